#include "token/jwks_sources.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "token/jwt_check.h"
#include "token/published.h"
#include "token/renewer.h"

struct jwks_sources {
	struct store *store;
	struct issuer_client *client;
	struct endpoints *endpoints;
	struct renewer *renewer;
	uint64_t fetches; /* atomic */

	pthread_mutex_t lock; /* of all below */
	struct published **all;
	size_t count;
};

/* ---- a key set ---- */

/* What a token's kid is compared with, for who wonders at "token-unknown-key".
 */
static void
log_set(const char *issuer, const struct jwks *set)
{
	const char *why = NULL;
	size_t skipped = jwks_get_skipped(set, &why);

	for (size_t i = 0; i < jwks_get_count(set); i++) {
		const struct jwk *key = jwks_get_key(set, i);
		const char *kid = jwk_get_kid(key);
		char text[JWK_KID_BYTES_MAX + 1];

		text_copy_for_log(kid ? kid : "none", text, sizeof(text));
		log_debug("%s: key with kid %s, RFC 7638 thumbprint %s", issuer,
		    text, jwk_get_thumbprint(key));
	}
	if (skipped > 0)
		log_debug("%s: %zu keys cannot be used, the first of them: %s",
		    issuer, skipped, why);
}

static int
parse_set(const char *text, size_t size, const char *issuer,
    void **ret_document, const char **ret_why)
{
	struct jwks *set;
	int r = jwks_parse(text, size, &set, ret_why);

	if (r == 0) {
		log_set(issuer, set);
		*ret_document = set;
	}
	return r;
}

static void *
ref_set(void *document)
{
	return jwks_ref(document);
}

static void
unref_set(void *document)
{
	jwks_unref(document);
}

const struct published_kind jwks_sources_kind = {
    .name = "jwks",
    .resource = "TokenIntrospector",
    .title = "key set",
    .parse = parse_set,
    .ref = ref_set,
    .unref = unref_set,
};

/* ---- asking ---- */

/* The context of one fetch. */
struct fetch {
	struct jwks_sources *sources;
	const struct config *config;
	const struct token_introspector *introspector;
};

static int
fetch_set(void *context, const char *address, int64_t deadline_ms,
    struct secret **ret_text)
{
	const struct fetch *fetch = context;
	struct issuer issuer = issuer_of_introspector(fetch->introspector);
	/* RFC 7517 8.5.2; most send the first. */
	static const char *const types[] = {
	    "application/json", "application/jwk-set+json", NULL};
	struct http_request request = {
	    .method = "GET",
	    .url = address,
	    .public_only = endpoint_is_elsewhere(&issuer, address),
	    .answer_types = types,
	    .body_bytes_max = JWKS_BYTES_MAX,
	};

	(void)__atomic_add_fetch(&fetch->sources->fetches, 1, __ATOMIC_RELAXED);
	return issuer_ask(fetch->sources->client, fetch->config, &issuer,
	    &request, deadline_ms, ret_text);
}

static struct published_ask
ask_with(struct fetch *fetch, int64_t deadline_ms)
{
	return (struct published_ask){
	    .fetch = fetch_set,
	    .context = fetch,
	    .now_ms = clock_monotonic_ms(),
	    .deadline_ms = deadline_ms,
	    .now_unix_s = clock_unix_s(),
	    .troubles = issuer_client_get_troubles(fetch->sources->client),
	};
}

/* ---- the sources: with the lock held ---- */

/* Those of introspectors that are no more, and one whose place has changed. */
static void
drop_old(struct jwks_sources *sources, const struct config *config,
    const char *introspector)
{
	for (size_t i = sources->count; i-- > 0;) {
		const char *id = published_get_place(sources->all[i])->id;

		if (!streq(id, introspector) &&
		    config_find_introspector(config, id))
			continue;
		published_unref(sources->all[i]);
		sources->all[i] = sources->all[--sources->count];
	}
}

static struct published *
add_source(struct jwks_sources *sources, const struct published_place *place)
{
	struct published **all;

	all = realloc(sources->all, (sources->count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	sources->all = all;
	all[sources->count] =
	    published_new(&jwks_sources_kind, sources->store, place);
	return all[sources->count] ? all[sources->count++] : NULL;
}

/* For published_unref(). NULL: no memory. */
static struct published *
get_source(struct jwks_sources *sources, const struct config *config,
    const struct published_place *place)
{
	struct published *source = NULL;

	(void)pthread_mutex_lock(&sources->lock);
	for (size_t i = 0; i < sources->count && !source; i++)
		if (published_is_at(sources->all[i], place))
			source = sources->all[i];
	if (!source) {
		drop_old(sources, config, place->id);
		source = add_source(sources, place);
	}
	if (source)
		(void)published_ref(source);
	(void)pthread_mutex_unlock(&sources->lock);
	return source;
}

/* ---- renewing ---- */

/* The configuration owns the introspector. */
struct due {
	struct jwks_sources *sources;
	struct published *source;
	struct config *config;
	const struct token_introspector *introspector;
};

static void
renew(void *context)
{
	struct due *due = context;
	struct fetch fetch = {due->sources, due->config, due->introspector};
	struct published_ask ask =
	    ask_with(&fetch, clock_monotonic_ms() + ISSUER_TIMEOUT_MS);

	/* A failure was logged, and the next login says it again. */
	(void)published_refresh(due->source, &ask);
}

static void
due_done(void *context)
{
	struct due *due = context;

	published_unref(due->source);
	config_unref(due->config);
	free(due);
}

static void
put_due(struct jwks_sources *sources, struct config *config,
    const struct token_introspector *introspector, struct published *source)
{
	struct due *due = malloc(sizeof(*due));
	struct renewal renewal = {source, renew, due_done, due};

	if (!due)
		return; /* the next login tries again */
	*due = (struct due){
	    sources, published_ref(source), config_ref(config), introspector};
	renewer_put(sources->renewer, &renewal);
}

/* ---- the whole ---- */

struct jwks_sources *
jwks_sources_new(struct store *store, struct issuer_client *client,
    struct endpoints *endpoints, struct renewer *renewer)
{
	struct jwks_sources *sources = calloc(1, sizeof(*sources));

	if (!sources)
		return NULL;
	(void)pthread_mutex_init(&sources->lock, NULL); /* cannot fail */
	sources->store = store;
	sources->client = client;
	sources->endpoints = endpoints;
	sources->renewer = renewer;
	return sources;
}

void
jwks_sources_free(struct jwks_sources *sources)
{
	if (!sources)
		return;
	for (size_t i = 0; i < sources->count; i++)
		published_unref(sources->all[i]);
	free(sources->all);
	(void)pthread_mutex_destroy(&sources->lock);
	free(sources);
}

/* Where its keys are published. NULL: they are not looked up, since others are
 * configured: who gives keys means these alone. */
static int
find_address(struct jwks_sources *sources, struct config *config,
    const struct token_introspector *introspector, int64_t deadline_ms,
    char **ret_address)
{
	const struct endpoint_question question = {
	    .config = config,
	    .issuer = issuer_of_introspector(introspector),
	    .which = ENDPOINT_JWKS,
	    .deadline_ms = deadline_ms,
	};

	*ret_address = NULL;
	if (introspector->jwt_keys &&
	    !endpoint_is_configured(&question.issuer, ENDPOINT_JWKS))
		return 0;
	return endpoint_find(sources->endpoints, &question, ret_address);
}

int
jwks_sources_check(struct jwks_sources *sources, struct config *config,
    const struct jwt_question *question, int64_t deadline_ms,
    struct jwt **ret_jwt, const char **ret_why)
{
	const struct token_introspector *introspector = question->introspector;
	struct fetch fetch = {sources, config, introspector};
	struct published_ask ask = ask_with(&fetch, deadline_ms);
	struct published *source = NULL;
	AUTO_TEXT address = NULL;
	bool due = false;
	int r;

	r = find_address(sources, config, introspector, deadline_ms, &address);
	if (r < 0)
		return r;
	if (address) {
		const struct published_place place = {
		    introspector->id, introspector->jwt_iss, address};

		source = get_source(sources, config, &place);
		if (!source)
			return -ENOMEM;
	}
	r = jwt_check(question, source, &ask, ret_jwt, ret_why, &due);
	if (due)
		put_due(sources, config, introspector, source);
	published_unref(source);
	return r;
}

uint64_t
jwks_sources_get_fetches(const struct jwks_sources *sources)
{
	return __atomic_load_n(&sources->fetches, __ATOMIC_RELAXED);
}
