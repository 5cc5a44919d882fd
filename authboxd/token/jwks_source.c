/* Who fetches holds a role, not the lock: `is_fetching`. */
#include "token/jwks_source.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "token/kept_text.h"
#include "token/refresh.h"

struct jwks_source {
	unsigned references; /* atomic */
	struct store *store;
	char *introspector, *issuer, *address;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct refresh refresh;
	struct jwks *set; /* NULL: none yet */
	bool is_loaded;	  /* the store was looked into */
	bool is_fetching;
	unsigned waiting;
	int error; /* of the last fetch; 0: it was good */
};

static void
jwks_source_free(struct jwks_source *source)
{
	jwks_unref(source->set);
	free(source->introspector);
	free(source->issuer);
	free(source->address);
	(void)pthread_cond_destroy(&source->changed);
	(void)pthread_mutex_destroy(&source->lock);
	free(source);
}

struct jwks_source *
jwks_source_new(struct store *store, const struct jwks_place *place)
{
	struct jwks_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	(void)pthread_mutex_init(&source->lock, NULL);	 /* cannot fail */
	(void)pthread_cond_init(&source->changed, NULL); /* the same */
	source->references = 1;
	source->store = store;
	source->introspector = strdup(place->introspector);
	source->issuer = strdup(place->issuer);
	source->address = strdup(place->address);
	if (source->introspector && source->issuer && source->address)
		return source;
	jwks_source_free(source);
	return NULL;
}

struct jwks_source *
jwks_source_ref(struct jwks_source *source)
{
	(void)__atomic_add_fetch(&source->references, 1, __ATOMIC_RELAXED);
	return source;
}

void
jwks_source_unref(struct jwks_source *source)
{
	if (source &&
	    __atomic_sub_fetch(&source->references, 1, __ATOMIC_ACQ_REL) == 0)
		jwks_source_free(source);
}

bool
jwks_source_is_at(
    const struct jwks_source *source, const struct jwks_place *place)
{
	return streq(source->introspector, place->introspector) &&
	       streq(source->issuer, place->issuer) &&
	       streq(source->address, place->address);
}

/* ---- fetching: without the lock, in the role ---- */

static struct kept_place
place_of(const struct jwks_source *source)
{
	return (struct kept_place){
	    "jwks", source->introspector, source->issuer, source->address};
}

static int
fetch_set(const struct jwks_source *source, const struct jwks_ask *ask,
    struct jwks **ret_set)
{
	struct kept_place place = place_of(source);
	AUTO(secret) text = NULL;
	const char *why = NULL;
	int r;

	r = ask->fetch(ask->context, source->address, ask->deadline_ms, &text);
	if (r < 0)
		return r;
	r = jwks_parse(text->bytes, text->size, ret_set, &why);
	if (r == -EINVAL) {
		log_warning("TokenIntrospector/%s: the key set of %s cannot be "
			    "used: %s; the last good one stays in use",
		    source->introspector, source->address, why);
		return -ENOMSG;
	}
	if (r < 0)
		return r;
	kept_text_put(source->store, &place, text, ask->now_unix_s);
	return 0;
}

/* Let go of the lock, fetch, and take it again. */
static void
lead_fetch(struct jwks_source *source, const struct jwks_ask *ask)
{
	struct jwks *set = NULL, *old = NULL;
	int r;

	source->is_fetching = true;
	(void)pthread_mutex_unlock(&source->lock);
	r = fetch_set(source, ask, &set);
	(void)pthread_mutex_lock(&source->lock);

	source->error = r;
	if (r == 0) {
		old = source->set;
		source->set = set;
		refresh_note_set(&source->refresh, 0, ask->now_ms);
	}
	source->is_fetching = false;
	(void)pthread_cond_broadcast(&source->changed);
	jwks_unref(old);
}

/* 1; 0; < 0. */
static int
find_kept(const struct jwks_source *source, struct jwks **ret_set,
    int64_t *ret_fetched_unix_s)
{
	struct kept_place place = place_of(source);
	AUTO(secret) text = NULL;
	const char *why;
	int r;

	r = kept_text_find(source->store, &place, &text, ret_fetched_unix_s);
	if (r <= 0)
		return r;
	r = jwks_parse(text->bytes, text->size, ret_set, &why);
	return r < 0 ? r : 1;
}

/* The same, from the store. */
static void
lead_load(struct jwks_source *source, const struct jwks_ask *ask)
{
	struct jwks *set = NULL;
	int64_t fetched_unix_s = 0;
	int r;

	source->is_fetching = true;
	(void)pthread_mutex_unlock(&source->lock);
	r = find_kept(source, &set, &fetched_unix_s);
	(void)pthread_mutex_lock(&source->lock);

	source->is_loaded = true;
	if (r > 0) {
		source->set = set;
		refresh_note_set(&source->refresh,
		    (ask->now_unix_s - fetched_unix_s) * 1000, ask->now_ms);
	}
	source->is_fetching = false;
	(void)pthread_cond_broadcast(&source->changed);
}

static int
wait_for_leader(struct jwks_source *source, int64_t deadline_ms)
{
	struct timespec end = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	int r = 0;

	source->waiting++;
	while (source->is_fetching && r == 0)
		r = pthread_cond_clockwait(
		    &source->changed, &source->lock, CLOCK_MONOTONIC, &end);
	source->waiting--;
	return -r;
}

/* ---- with the lock held ---- */

static bool
is_usable(const struct jwks_source *source, const struct jwks_ask *ask)
{
	return source->set && refresh_is_usable(&source->refresh, ask->now_ms);
}

/* Without a usable set: get one in whatever way is open now. */
static int
make_usable(struct jwks_source *source, const struct jwks_ask *ask)
{
	while (!is_usable(source, ask)) {
		int r;

		if (source->is_fetching) {
			r = wait_for_leader(source, ask->deadline_ms);
			if (r < 0)
				return r;
		} else if (!source->is_loaded) {
			lead_load(source, ask);
		} else if (refresh_admit(&source->refresh, ask->now_ms)) {
			lead_fetch(source, ask);
		} else {
			return source->error < 0 ? source->error
						 : -EHOSTUNREACH;
		}
	}
	return 0;
}

int
jwks_source_get(struct jwks_source *source, const struct jwks_ask *ask,
    struct jwks **ret_set, bool *ret_due)
{
	int r;

	(void)pthread_mutex_lock(&source->lock);
	r = make_usable(source, ask);
	if (r == 0) {
		*ret_set = jwks_ref(source->set);
		*ret_due = !source->is_fetching &&
			   refresh_is_due(&source->refresh, ask->now_ms);
	}
	(void)pthread_mutex_unlock(&source->lock);
	return r;
}

/* A key id by its digest, so that it may have any length and content. */
static uint64_t
kid_key(const char *kid)
{
	uint64_t key = text_hash(kid ? kid : "");

	return key ? key : 1;
}

/* 1: there is a newer set now; 0; < 0. */
static int
seek_newer(struct jwks_source *source, const struct jwks_ask *ask,
    const struct jwks *old, const char *kid)
{
	if (source->set != old)
		return is_usable(source, ask);
	if (refresh_is_unknown(&source->refresh, kid_key(kid), ask->now_ms))
		return 0;
	if (source->is_fetching) {
		/* A flood of forged tokens must not make all threads wait. */
		if (source->waiting >= JWKS_SOURCE_WAITING_MAX)
			return 0;
		if (wait_for_leader(source, ask->deadline_ms) < 0)
			return -ETIMEDOUT;
	} else if (refresh_admit(&source->refresh, ask->now_ms)) {
		lead_fetch(source, ask);
	}
	if (source->set != old)
		return is_usable(source, ask);
	return source->error;
}

int
jwks_source_renew(struct jwks_source *source, const struct jwks_ask *ask,
    const struct jwks *old, const char *kid, struct jwks **ret_set)
{
	int r;

	(void)pthread_mutex_lock(&source->lock);
	r = seek_newer(source, ask, old, kid);
	if (r > 0)
		*ret_set = jwks_ref(source->set);
	(void)pthread_mutex_unlock(&source->lock);
	return r;
}

void
jwks_source_note_unknown(
    struct jwks_source *source, const char *kid, int64_t now_ms)
{
	(void)pthread_mutex_lock(&source->lock);
	refresh_note_unknown(&source->refresh, kid_key(kid), now_ms);
	(void)pthread_mutex_unlock(&source->lock);
}

int
jwks_source_refresh(struct jwks_source *source, const struct jwks_ask *ask)
{
	int r = 0;

	(void)pthread_mutex_lock(&source->lock);
	if (!source->is_fetching &&
	    refresh_is_due(&source->refresh, ask->now_ms) &&
	    refresh_admit(&source->refresh, ask->now_ms)) {
		lead_fetch(source, ask);
		r = source->error;
	}
	(void)pthread_mutex_unlock(&source->lock);
	return r;
}
