/* Who asks holds a role, not the lock: `is_fetching`. */
#include "token/discovery.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "token/kept_text.h"
#include "token/refresh.h"
#include "token/renewer.h"

#define KIND "metadata"

/* One issuer's. */
struct source {
	unsigned references; /* atomic */
	struct discovery *discovery;
	char *provider, *issuer;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct refresh refresh;
	struct metadata *metadata; /* NULL: none yet */
	bool is_loaded;		   /* the store was looked into */
	bool is_fetching;
	int error; /* of the last fetch; 0: it was good */
};

struct discovery {
	struct store *store;
	struct issuer_client *client;
	struct renewer *renewer;

	pthread_mutex_t lock; /* of all below; before a source's */
	struct source **all;
	size_t count;
};

/* One asking, in the configuration that it is asked in. */
struct ask {
	struct config *config;
	const struct identity_provider *provider;
	int64_t now_ms, deadline_ms;
};

/* ---- sources ---- */

static void
source_free(struct source *source)
{
	metadata_unref(source->metadata);
	free(source->provider);
	free(source->issuer);
	(void)pthread_cond_destroy(&source->changed);
	(void)pthread_mutex_destroy(&source->lock);
	free(source);
}

static struct source *
source_new(
    struct discovery *discovery, const struct identity_provider *provider)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	(void)pthread_mutex_init(&source->lock, NULL);	 /* cannot fail */
	(void)pthread_cond_init(&source->changed, NULL); /* the same */
	source->references = 1;
	source->discovery = discovery;
	source->provider = strdup(provider->id);
	source->issuer = strdup(provider->issuer);
	if (source->provider && source->issuer)
		return source;
	source_free(source);
	return NULL;
}

static struct source *
source_ref(struct source *source)
{
	(void)__atomic_add_fetch(&source->references, 1, __ATOMIC_RELAXED);
	return source;
}

static void
source_unref(struct source *source)
{
	if (__atomic_sub_fetch(&source->references, 1, __ATOMIC_ACQ_REL) == 0)
		source_free(source);
}

static bool
is_of(const struct source *source, const struct identity_provider *provider)
{
	return provider && streq(source->provider, provider->id) &&
	       streq_null(provider->issuer, source->issuer);
}

/* Those of providers that are no more, or have another issuer now. With the
 * lock held. */
static void
drop_old(struct discovery *discovery, const struct config *config)
{
	for (size_t i = discovery->count; i-- > 0;) {
		struct source *source = discovery->all[i];

		if (is_of(source, config_find_identity_provider(
				      config, source->provider)))
			continue;
		source_unref(source);
		discovery->all[i] = discovery->all[--discovery->count];
	}
}

/* With the lock held. NULL: no memory. */
static struct source *
add_source(struct discovery *discovery, const struct config *config,
    const struct identity_provider *provider)
{
	struct source **all;

	drop_old(discovery, config);
	all = realloc(discovery->all, (discovery->count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	discovery->all = all;
	all[discovery->count] = source_new(discovery, provider);
	return all[discovery->count] ? all[discovery->count++] : NULL;
}

/* For source_unref(). NULL: no memory. */
static struct source *
get_source(struct discovery *discovery, const struct config *config,
    const struct identity_provider *provider)
{
	struct source *source = NULL;

	(void)pthread_mutex_lock(&discovery->lock);
	for (size_t i = 0; i < discovery->count && !source; i++)
		if (is_of(discovery->all[i], provider))
			source = discovery->all[i];
	if (!source)
		source = add_source(discovery, config, provider);
	if (source)
		(void)source_ref(source);
	(void)pthread_mutex_unlock(&discovery->lock);
	return source;
}

/* ---- asking: without the lock, in the role ---- */

/* 1: *ret_text; 0: nothing is there; < 0. */
static int
fetch_text(const struct source *source, const struct ask *ask,
    enum metadata_place place, struct secret **ret_text)
{
	struct issuer issuer = issuer_of_provider(ask->provider);
	AUTO_TEXT address = metadata_print_address(source->issuer, place);
	struct http_request request = {
	    .method = "GET",
	    .url = address,
	    .body_bytes_max = METADATA_BYTES_MAX,
	};
	struct http_answer answer = {0};
	int r;

	if (!address)
		return -ENOMEM;
	r = issuer_exchange(source->discovery->client, ask->config, &issuer,
	    &request, ask->deadline_ms, &answer);
	if (r < 0)
		return r;
	if (answer.status >= 200 && answer.status < 300)
		*ret_text = TAKE(answer.body);
	http_answer_done(&answer);
	return *ret_text != NULL;
}

static struct kept_place
place_of(const struct source *source)
{
	return (struct kept_place){
	    KIND, source->provider, source->issuer, source->issuer};
}

static int
fetch(const struct source *source, const struct ask *ask,
    struct metadata **ret_metadata)
{
	struct kept_place place = place_of(source);
	AUTO(secret) text = NULL;
	const char *why = "is not there, neither as in OpenID Connect "
			  "Discovery nor as in RFC 8414";
	int r;

	r = fetch_text(source, ask, METADATA_OPENID, &text);
	if (r == 0)
		r = fetch_text(source, ask, METADATA_OAUTH, &text);
	if (r < 0)
		return r;
	r = text ? metadata_parse(text->bytes, text->size, source->issuer,
		       ret_metadata, &why)
		 : -EINVAL;
	if (r == -EINVAL) {
		log_warning("IdentityProvider/%s: the metadata of %s cannot be "
			    "used: the document %s; what was good before stays "
			    "in use",
		    source->provider, source->issuer, why);
		return -ENOMSG;
	}
	if (r == 0)
		kept_text_put(
		    source->discovery->store, &place, text, clock_unix_s());
	return r;
}

/* 1; 0; < 0. */
static int
find_kept(const struct source *source, struct metadata **ret_metadata,
    int64_t *ret_fetched_unix_s)
{
	struct kept_place place = place_of(source);
	AUTO(secret) text = NULL;
	const char *why;
	int r;

	r = kept_text_find(
	    source->discovery->store, &place, &text, ret_fetched_unix_s);
	if (r <= 0)
		return r;
	r = metadata_parse(
	    text->bytes, text->size, source->issuer, ret_metadata, &why);
	return r < 0 ? r : 1;
}

/* ---- with the lock held, which is let go of while asking ---- */

static void
lead_fetch(struct source *source, const struct ask *ask)
{
	struct metadata *metadata = NULL;
	int r;

	source->is_fetching = true;
	(void)pthread_mutex_unlock(&source->lock);
	r = fetch(source, ask, &metadata);
	(void)pthread_mutex_lock(&source->lock);

	source->error = r;
	if (r == 0) {
		metadata_unref(source->metadata);
		source->metadata = metadata;
		refresh_note_set(&source->refresh, 0, ask->now_ms);
	}
	source->is_fetching = false;
	(void)pthread_cond_broadcast(&source->changed);
}

static void
lead_load(struct source *source, const struct ask *ask)
{
	struct metadata *metadata = NULL;
	int64_t fetched_unix_s = 0;
	int r;

	source->is_fetching = true;
	(void)pthread_mutex_unlock(&source->lock);
	r = find_kept(source, &metadata, &fetched_unix_s);
	(void)pthread_mutex_lock(&source->lock);

	source->is_loaded = true;
	if (r > 0) {
		source->metadata = metadata;
		refresh_note_set(&source->refresh,
		    (clock_unix_s() - fetched_unix_s) * 1000, ask->now_ms);
	}
	source->is_fetching = false;
	(void)pthread_cond_broadcast(&source->changed);
}

static int
wait_for_leader(struct source *source, int64_t deadline_ms)
{
	struct timespec end = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	int r = 0;

	while (source->is_fetching && r == 0)
		r = pthread_cond_clockwait(
		    &source->changed, &source->lock, CLOCK_MONOTONIC, &end);
	return -r;
}

static bool
is_usable(const struct source *source, const struct ask *ask)
{
	return source->metadata &&
	       refresh_is_usable(&source->refresh, ask->now_ms);
}

static int
make_usable(struct source *source, const struct ask *ask)
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

/* ---- renewing ---- */

/* The configuration owns the provider. */
struct due {
	struct source *source;
	struct config *config;
	const struct identity_provider *provider;
};

static void
renew(void *context)
{
	const struct due *due = context;
	struct source *source = due->source;
	int64_t now_ms = clock_monotonic_ms();
	const struct ask ask = {
	    due->config, due->provider, now_ms, now_ms + ISSUER_TIMEOUT_MS};

	(void)pthread_mutex_lock(&source->lock);
	if (!source->is_fetching && refresh_is_due(&source->refresh, now_ms) &&
	    refresh_admit(&source->refresh, now_ms))
		lead_fetch(source, &ask);
	(void)pthread_mutex_unlock(&source->lock);
}

static void
due_done(void *context)
{
	struct due *due = context;

	source_unref(due->source);
	config_unref(due->config);
	free(due);
}

static void
put_due(struct source *source, const struct ask *ask)
{
	struct due *due = malloc(sizeof(*due));
	struct renewal renewal = {source, renew, due_done, due};

	if (!due)
		return; /* whoever asks next tries again */
	*due = (struct due){
	    source_ref(source), config_ref(ask->config), ask->provider};
	renewer_put(source->discovery->renewer, &renewal);
}

/* ---- the whole ---- */

struct discovery *
discovery_new(
    struct store *store, struct issuer_client *client, struct renewer *renewer)
{
	struct discovery *discovery = calloc(1, sizeof(*discovery));

	if (!discovery)
		return NULL;
	(void)pthread_mutex_init(&discovery->lock, NULL); /* cannot fail */
	discovery->store = store;
	discovery->client = client;
	discovery->renewer = renewer;
	return discovery;
}

void
discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	for (size_t i = 0; i < discovery->count; i++)
		source_unref(discovery->all[i]);
	free(discovery->all);
	(void)pthread_mutex_destroy(&discovery->lock);
	free(discovery);
}

int
discovery_get(struct discovery *discovery, struct config *config,
    const struct identity_provider *provider, int64_t deadline_ms,
    struct metadata **ret_metadata)
{
	const struct ask ask = {
	    config, provider, clock_monotonic_ms(), deadline_ms};
	struct source *source = get_source(discovery, config, provider);
	bool due = false;
	int r;

	if (!source)
		return -ENOMEM;
	(void)pthread_mutex_lock(&source->lock);
	r = make_usable(source, &ask);
	if (r == 0) {
		*ret_metadata = metadata_ref(source->metadata);
		due = !source->is_fetching &&
		      refresh_is_due(&source->refresh, ask.now_ms);
	}
	(void)pthread_mutex_unlock(&source->lock);
	if (due)
		put_due(source, &ask);
	source_unref(source);
	return r;
}
