/*
 * A table of buckets with PENDING_WAYS places each. References are random, so
 * their first digits spread them evenly. All of them also hang in two lists by
 * age, for those that are to go: of root's programs, and of all others.
 */
#include "login/pending.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "wire/stream.h"

#define PENDING_BUCKETS 4096 /* 16^3: three digits of the reference */
#define PENDING_WAYS	4

struct line {
	struct pending_login *oldest, *newest;
	struct pending_stats stats;
};

enum { ROOT, OTHERS, LINE_COUNT };

static const size_t claims_bytes_max[LINE_COUNT] = {
    [ROOT] = PENDING_CLAIMS_BYTES_MAX - PENDING_CLAIMS_BYTES_OTHERS_MAX,
    [OTHERS] = PENDING_CLAIMS_BYTES_OTHERS_MAX,
};

struct pending {
	pthread_mutex_t lock; /* of all below */
	struct pending_login *places[PENDING_BUCKETS][PENDING_WAYS];
	struct line lines[LINE_COUNT];
};

static void
forget_text(struct pending_login *login)
{
	if (login->claims_text)
		secret_wipe(login->claims_text, login->claims_bytes);
	free(login->claims_text);
	login->claims_text = NULL;
	login->claims_bytes = 0;
}

void
pending_login_free(struct pending_login *login)
{
	if (!login)
		return;
	user_record_free(login->enrolment);
	cJSON_Delete(login->claims);
	forget_text(login);
	person_free(login->person);
	free(login->user);
	free(login->service);
	secret_wipe(login, sizeof(*login));
	free(login);
}

/* With all that are newer. */
static void
free_chain(struct pending_login *login)
{
	while (login) {
		struct pending_login *newer = login->newer;

		pending_login_free(login);
		login = newer;
	}
}

struct pending *
pending_new(void)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending)
		(void)pthread_mutex_init(&pending->lock, NULL);
	return pending;
}

void
pending_free(struct pending *pending)
{
	if (!pending)
		return;
	for (size_t i = 0; i < LINE_COUNT; i++)
		free_chain(pending->lines[i].oldest);
	(void)pthread_mutex_destroy(&pending->lock); /* nobody holds it */
	free(pending);
}

static struct pending_login **
pending_bucket(struct pending *pending, const char *reference)
{
	char digits[4];

	(void)snprintf(digits, sizeof(digits), "%.3s", reference);
	return pending->places[strtoul(digits, NULL, 16) % PENDING_BUCKETS];
}

/* Without memory it stays a tree, and counts for nothing. */
static void
pack_claims(struct pending_login *login)
{
	AUTO(secret) text = NULL;

	if (!login->claims)
		return;
	text = json_print(login->claims);
	login->claims_text = text ? malloc(text->size) : NULL;
	if (!login->claims_text)
		return;
	memcpy(login->claims_text, text->bytes, text->size);
	login->claims_bytes = text->size;
	cJSON_Delete(TAKE(login->claims));
}

static int
unpack_claims(struct pending_login *login)
{
	int r;

	if (!login->claims_text)
		return 0;
	r = json_parse(
	    login->claims_text, login->claims_bytes, &login->claims, NULL);
	forget_text(login);
	return r;
}

/* ---- with the lock held ---- */

static bool
is_of_root(const struct pending_login *login)
{
	return login->peer_uid == 0;
}

static struct line *
line_of(struct pending *pending, const struct pending_login *login)
{
	return &pending->lines[is_of_root(login) ? ROOT : OTHERS];
}

/* Out of the list by age. */
static void
unchain(struct pending *pending, struct pending_login *login)
{
	struct line *line = line_of(pending, login);

	*(login->older ? &login->older->newer : &line->oldest) = login->newer;
	*(login->newer ? &login->newer->older : &line->newest) = login->older;
	login->older = login->newer = NULL;
	line->stats.logins--;
	line->stats.claims_bytes -= login->claims_bytes;
}

static void
chain(struct pending *pending, struct pending_login *login)
{
	struct line *line = line_of(pending, login);

	login->older = line->newest;
	*(login->older ? &login->older->newer : &line->oldest) = login;
	line->newest = login;
	line->stats.logins++;
	line->stats.claims_bytes += login->claims_bytes;
}

/* Take the login out of its place; it joins those in `*dropped`, for
 * free_chain(). */
static void
drop(struct pending *pending, struct pending_login **place,
    struct pending_login **dropped)
{
	struct pending_login *login = TAKE(*place);

	unchain(pending, login);
	login->newer = *dropped;
	*dropped = login;
}

static struct pending_login **
place_of(struct pending *pending, struct pending_login *login)
{
	struct pending_login **place =
	    pending_bucket(pending, login->reference);

	while (*place != login)
		place++;
	return place;
}

/* All that are not to be here any more. */
static void
drop_old(
    struct pending *pending, int64_t now_ms, struct pending_login **dropped)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		struct line *line = &pending->lines[i];

		while (line->oldest &&
		       (now_ms >= line->oldest->expires_ms ||
			   line->stats.claims_bytes > claims_bytes_max[i]))
			drop(pending, place_of(pending, line->oldest), dropped);
	}
}

static bool
gives_way_before(
    const struct pending_login *login, const struct pending_login *other)
{
	if (is_of_root(login) != is_of_root(other))
		return !is_of_root(login);
	return login->expires_ms < other->expires_ms;
}

/* A free place, or that of the first to give way. NULL: to such a login nobody
 * gives way. */
static struct pending_login **
find_place(struct pending *pending, const struct pending_login *login)
{
	struct pending_login **bucket =
	    pending_bucket(pending, login->reference);
	struct pending_login **place = bucket;

	for (size_t i = 1; i < PENDING_WAYS && *place; i++)
		if (!bucket[i] || gives_way_before(bucket[i], *place))
			place = &bucket[i];
	return *place && is_of_root(*place) && !is_of_root(login) ? NULL
								  : place;
}

void
pending_put(struct pending *pending, struct pending_login *login)
{
	int64_t now_ms = stream_now_ms();
	struct pending_login **place, *dropped = NULL;

	pack_claims(login);
	login->expires_ms = now_ms + PENDING_TTL_S * 1000;
	(void)pthread_mutex_lock(&pending->lock);
	place = find_place(pending, login);
	if (place) {
		if (*place)
			drop(pending, place, &dropped);
		*place = login;
		chain(pending, login);
	}
	drop_old(pending, now_ms, &dropped);
	(void)pthread_mutex_unlock(&pending->lock);
	free_chain(dropped);
	if (!place)
		pending_login_free(login);
}

int
pending_take(struct pending *pending, const char *reference,
    struct pending_login **ret_login)
{
	AUTO(pending_login) found = NULL;
	struct pending_login **places;
	int r;

	(void)pthread_mutex_lock(&pending->lock);
	places = pending_bucket(pending, reference);
	for (size_t i = 0; i < PENDING_WAYS && !found; i++)
		if (places[i] &&
		    secret_equal_text(places[i]->reference, reference))
			found = TAKE(places[i]);
	if (found)
		unchain(pending, found);
	(void)pthread_mutex_unlock(&pending->lock);

	if (!found || stream_now_ms() >= found->expires_ms)
		return 0;
	r = unpack_claims(found);
	if (r < 0)
		return r;
	*ret_login = TAKE(found);
	return 1;
}

void
pending_stats(struct pending *pending, struct pending_stats *ret_stats)
{
	(void)pthread_mutex_lock(&pending->lock);
	*ret_stats = (struct pending_stats){0};
	for (size_t i = 0; i < LINE_COUNT; i++) {
		const struct pending_stats *stats = &pending->lines[i].stats;

		ret_stats->logins += stats->logins;
		ret_stats->claims_bytes += stats->claims_bytes;
	}
	(void)pthread_mutex_unlock(&pending->lock);
}
