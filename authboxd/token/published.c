/* Who fetches holds a role, not the lock: `is_fetching`. */
#include "token/published.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "net/troubles.h"
#include "token/kept_text.h"
#include "token/refresh.h"

struct published {
	unsigned references; /* atomic */
	const struct published_kind *kind;
	struct store *store;
	char *id, *issuer, *address;  /* owned: those of the place */
	struct published_place place; /* the same, lent to others */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct refresh refresh;
	void *document; /* NULL: none yet */
	bool is_loaded; /* the store was looked into */
	bool is_fetching;
	unsigned waiting;
	int error; /* of the last fetch; 0: it was good */
};

static void
published_free(struct published *published)
{
	published->kind->unref(published->document);
	free(published->id);
	free(published->issuer);
	free(published->address);
	(void)pthread_cond_destroy(&published->changed);
	(void)pthread_mutex_destroy(&published->lock);
	free(published);
}

struct published *
published_new(const struct published_kind *kind, struct store *store,
    const struct published_place *place)
{
	struct published *published = calloc(1, sizeof(*published));

	if (!published)
		return NULL;
	(void)pthread_mutex_init(&published->lock, NULL);   /* cannot fail */
	(void)pthread_cond_init(&published->changed, NULL); /* the same */
	published->references = 1;
	published->kind = kind;
	published->store = store;
	published->id = strdup(place->id);
	published->issuer = strdup(place->issuer);
	published->address = strdup(place->address);
	published->place = (struct published_place){
	    published->id, published->issuer, published->address};
	if (published->id && published->issuer && published->address)
		return published;
	published_free(published);
	return NULL;
}

struct published *
published_ref(struct published *published)
{
	(void)__atomic_add_fetch(&published->references, 1, __ATOMIC_RELAXED);
	return published;
}

void
published_unref(struct published *published)
{
	if (published && __atomic_sub_fetch(
			     &published->references, 1, __ATOMIC_ACQ_REL) == 0)
		published_free(published);
}

const struct published_place *
published_get_place(const struct published *published)
{
	return &published->place;
}

bool
published_is_at(
    const struct published *published, const struct published_place *place)
{
	return streq(published->id, place->id) &&
	       streq(published->issuer, place->issuer) &&
	       streq(published->address, place->address);
}

/* ---- fetching: without the lock, in the role ---- */

static struct kept_place
place_of(const struct published *published)
{
	return (struct kept_place){published->kind->name, published->id,
	    published->issuer, published->address};
}

/* Of the document's content; that it can be had at all is another matter. */
static uint64_t
trouble_key(const struct published *published)
{
	return ~(text_hash(published->id) ^ text_hash(published->address));
}

/* In the log, and for whoever asks for the status. */
static void
tell_unusable(const struct published *published,
    const struct published_ask *ask, const char *why)
{
	char text[TROUBLE_TEXT_BYTES];

	(void)snprintf(text, sizeof(text),
	    "%s/%s: the %s of %s cannot be used: %s; the last good one stays "
	    "in use",
	    published->kind->resource, published->id, published->kind->title,
	    published->address, why); /* cut where it does not fit */
	log_warning("%s", text);
	troubles_note(
	    ask->troubles, trouble_key(published), ask->now_unix_s, text);
}

static int
fetch(const struct published *published, const struct published_ask *ask,
    void **ret_document)
{
	struct kept_place place = place_of(published);
	AUTO(secret) text = NULL;
	const char *why = published->kind->absent;
	int r;

	r = ask->fetch(
	    ask->context, published->address, ask->deadline_ms, &text);
	if (r < 0)
		return r;
	r = text ? published->kind->parse(text->bytes, text->size,
		       published->issuer, ret_document, &why)
		 : -EINVAL;
	if (r == -EINVAL) {
		tell_unusable(published, ask, why);
		return -ENOMSG;
	}
	if (r < 0)
		return r;
	troubles_forget(ask->troubles, trouble_key(published));
	kept_text_put(published->store, &place, text, ask->now_unix_s);
	return 0;
}

/* Let go of the lock, fetch, and take it again. */
static void
lead_fetch(struct published *published, const struct published_ask *ask)
{
	void *document = NULL, *old = NULL;
	int r;

	published->is_fetching = true;
	(void)pthread_mutex_unlock(&published->lock);
	r = fetch(published, ask, &document);
	(void)pthread_mutex_lock(&published->lock);

	published->error = r;
	if (r == 0) {
		old = published->document;
		published->document = document;
		refresh_note_set(&published->refresh, 0, ask->now_ms);
	}
	published->is_fetching = false;
	(void)pthread_cond_broadcast(&published->changed);
	published->kind->unref(old);
}

/* 1; 0; < 0. */
static int
find_kept(const struct published *published, void **ret_document,
    int64_t *ret_fetched_unix_s)
{
	struct kept_place place = place_of(published);
	AUTO(secret) text = NULL;
	const char *why;
	int r;

	r = kept_text_find(published->store, &place, &text, ret_fetched_unix_s);
	if (r <= 0)
		return r;
	r = published->kind->parse(
	    text->bytes, text->size, published->issuer, ret_document, &why);
	return r < 0 ? r : 1;
}

/* The same, from the store. */
static void
lead_load(struct published *published, const struct published_ask *ask)
{
	void *document = NULL;
	int64_t fetched_unix_s = 0;
	int r;

	published->is_fetching = true;
	(void)pthread_mutex_unlock(&published->lock);
	r = find_kept(published, &document, &fetched_unix_s);
	(void)pthread_mutex_lock(&published->lock);

	published->is_loaded = true;
	if (r > 0) {
		published->document = document;
		refresh_note_set(&published->refresh,
		    (ask->now_unix_s - fetched_unix_s) * 1000, ask->now_ms);
	}
	published->is_fetching = false;
	(void)pthread_cond_broadcast(&published->changed);
}

static int
wait_for_leader(struct published *published, int64_t deadline_ms)
{
	struct timespec end = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	int r = 0;

	published->waiting++;
	while (published->is_fetching && r == 0)
		r = pthread_cond_clockwait(&published->changed,
		    &published->lock, CLOCK_MONOTONIC, &end);
	published->waiting--;
	return -r;
}

/* ---- with the lock held ---- */

static bool
is_usable(const struct published *published, const struct published_ask *ask)
{
	return published->document &&
	       refresh_is_usable(&published->refresh, ask->now_ms);
}

/* Without a usable document: get one in whatever way is open now. */
static int
make_usable(struct published *published, const struct published_ask *ask)
{
	while (!is_usable(published, ask)) {
		int r;

		if (published->is_fetching) {
			r = wait_for_leader(published, ask->deadline_ms);
			if (r < 0)
				return r;
		} else if (!published->is_loaded) {
			lead_load(published, ask);
		} else if (refresh_admit(&published->refresh, ask->now_ms)) {
			lead_fetch(published, ask);
		} else {
			return published->error < 0 ? published->error
						    : -EHOSTUNREACH;
		}
	}
	return 0;
}

int
published_get(struct published *published, const struct published_ask *ask,
    void **ret_document, bool *ret_due)
{
	int r;

	(void)pthread_mutex_lock(&published->lock);
	r = make_usable(published, ask);
	if (r == 0) {
		*ret_document = published->kind->ref(published->document);
		*ret_due = !published->is_fetching &&
			   refresh_is_due(&published->refresh, ask->now_ms);
	}
	(void)pthread_mutex_unlock(&published->lock);
	return r;
}

/* By its digest, so that it may have any length and content. */
static uint64_t
sought_key(const char *sought)
{
	uint64_t key = text_hash(sought ? sought : "");

	return key ? key : 1;
}

/* 1: there is a newer one now; 0; < 0. */
static int
seek_newer(struct published *published, const struct published_ask *ask,
    const void *old, const char *sought)
{
	if (published->document != old)
		return is_usable(published, ask);
	if (refresh_is_unknown(
		&published->refresh, sought_key(sought), ask->now_ms))
		return 0;
	if (published->is_fetching) {
		/* A flood of forged tokens must not make all threads wait. */
		if (published->waiting >= PUBLISHED_WAITING_MAX)
			return 0;
		if (wait_for_leader(published, ask->deadline_ms) < 0)
			return -ETIMEDOUT;
	} else if (refresh_admit(&published->refresh, ask->now_ms)) {
		lead_fetch(published, ask);
	}
	if (published->document != old)
		return is_usable(published, ask);
	return published->error;
}

int
published_renew(struct published *published, const struct published_ask *ask,
    const void *old, const char *sought, void **ret_document)
{
	int r;

	(void)pthread_mutex_lock(&published->lock);
	r = seek_newer(published, ask, old, sought);
	if (r > 0)
		*ret_document = published->kind->ref(published->document);
	(void)pthread_mutex_unlock(&published->lock);
	return r;
}

void
published_note_unknown(
    struct published *published, const char *sought, int64_t now_ms)
{
	(void)pthread_mutex_lock(&published->lock);
	refresh_note_unknown(&published->refresh, sought_key(sought), now_ms);
	(void)pthread_mutex_unlock(&published->lock);
}

int
published_refresh(struct published *published, const struct published_ask *ask)
{
	int r = 0;

	(void)pthread_mutex_lock(&published->lock);
	if (!published->is_fetching &&
	    refresh_is_due(&published->refresh, ask->now_ms) &&
	    refresh_admit(&published->refresh, ask->now_ms)) {
		lead_fetch(published, ask);
		r = published->error;
	}
	(void)pthread_mutex_unlock(&published->lock);
	return r;
}
