/*
 * A table of buckets with PENDING_WAYS places each. References are random, so
 * their first digits spread them evenly.
 */
#include "login/pending.h"

#include <pthread.h>

#include "base/text.h"
#include "wire/stream.h"

#define PENDING_BUCKETS 4096 /* 16^3: three digits of the reference */
#define PENDING_WAYS	4

struct pending {
	pthread_mutex_t lock; /* of the places */
	struct pending_login *places[PENDING_BUCKETS][PENDING_WAYS];
};

void
pending_login_free(struct pending_login *login)
{
	if (!login)
		return;
	user_record_free(login->enrolment);
	cJSON_Delete(login->claims);
	person_free(login->person);
	free(login->user);
	free(login->service);
	secret_wipe(login, sizeof(*login));
	free(login);
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
	for (size_t i = 0; i < PENDING_BUCKETS; i++)
		for (size_t j = 0; j < PENDING_WAYS; j++)
			pending_login_free(pending->places[i][j]);
	(void)pthread_mutex_destroy(&pending->lock); /* nobody holds it */
	free(pending);
}

static struct pending_login **
pending_bucket(struct pending *pending, const char *reference)
{
	char digits[4] = {reference[0], reference[1], reference[2], '\0'};

	return pending->places[strtoul(digits, NULL, 16) % PENDING_BUCKETS];
}

void
pending_put(struct pending *pending, struct pending_login *login)
{
	struct pending_login **bucket, **place, *dropped;

	login->expires_ms = stream_now_ms() + PENDING_TTL_S * 1000;
	(void)pthread_mutex_lock(&pending->lock);
	bucket = place = pending_bucket(pending, login->reference);
	for (size_t i = 1; i < PENDING_WAYS && *place; i++)
		if (!bucket[i] || bucket[i]->expires_ms < (*place)->expires_ms)
			place = &bucket[i];
	dropped = *place;
	*place = login;
	(void)pthread_mutex_unlock(&pending->lock);
	pending_login_free(dropped);
}

int
pending_take(struct pending *pending, const char *reference,
    struct pending_login **ret_login)
{
	AUTO(pending_login) found = NULL;
	struct pending_login **places;

	(void)pthread_mutex_lock(&pending->lock);
	places = pending_bucket(pending, reference);
	for (size_t i = 0; i < PENDING_WAYS && !found; i++)
		if (places[i] &&
		    secret_equal_text(places[i]->reference, reference))
			found = TAKE(places[i]);
	(void)pthread_mutex_unlock(&pending->lock);

	if (!found || stream_now_ms() >= found->expires_ms)
		return 0;
	*ret_login = TAKE(found);
	return 1;
}
