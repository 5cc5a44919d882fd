#include "token/discovery.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "token/published.h"
#include "token/renewer.h"

struct discovery {
	struct store *store;
	struct issuer_client *client;
	struct renewer *renewer;

	pthread_mutex_t lock; /* of all below */
	struct published **all;
	size_t count;
};

/* ---- the metadata of one issuer ---- */

static int
parse_metadata(const char *text, size_t size, const char *issuer,
    void **ret_document, const char **ret_why)
{
	struct metadata *metadata;
	int r = metadata_parse(text, size, issuer, &metadata, ret_why);

	if (r == 0)
		*ret_document = metadata;
	return r;
}

static void *
ref_metadata(void *document)
{
	return metadata_ref(document);
}

static void
unref_metadata(void *document)
{
	metadata_unref(document);
}

static const struct published_kind kind = {
    .name = "metadata",
    .resource = "IdentityProvider",
    .title = "metadata",
    .absent = "there is none, neither as in OpenID Connect Discovery nor as in "
	      "RFC 8414",
    .parse = parse_metadata,
    .ref = ref_metadata,
    .unref = unref_metadata,
};

/* Its place: the address follows from the issuer. */
static struct published_place
place_of(const struct identity_provider *provider)
{
	return (struct published_place){
	    provider->id, provider->issuer, provider->issuer};
}

/* Those of providers that are no more, or have another issuer now. With the
 * lock held. */
static void
drop_old(struct discovery *discovery, const struct config *config)
{
	for (size_t i = discovery->count; i-- > 0;) {
		const struct published_place *place =
		    published_get_place(discovery->all[i]);
		const struct identity_provider *provider =
		    config_find_identity_provider(config, place->id);

		if (provider && streq_null(provider->issuer, place->issuer))
			continue;
		published_unref(discovery->all[i]);
		discovery->all[i] = discovery->all[--discovery->count];
	}
}

/* With the lock held. NULL: no memory. */
static struct published *
add_source(struct discovery *discovery, const struct config *config,
    const struct published_place *place)
{
	struct published **all;

	drop_old(discovery, config);
	all = realloc(discovery->all, (discovery->count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	discovery->all = all;
	all[discovery->count] = published_new(&kind, discovery->store, place);
	return all[discovery->count] ? all[discovery->count++] : NULL;
}

/* For published_unref(). NULL: no memory. */
static struct published *
get_source(struct discovery *discovery, const struct config *config,
    const struct identity_provider *provider)
{
	const struct published_place place = place_of(provider);
	struct published *source = NULL;

	(void)pthread_mutex_lock(&discovery->lock);
	for (size_t i = 0; i < discovery->count && !source; i++)
		if (published_is_at(discovery->all[i], &place))
			source = discovery->all[i];
	if (!source)
		source = add_source(discovery, config, &place);
	if (source)
		(void)published_ref(source);
	(void)pthread_mutex_unlock(&discovery->lock);
	return source;
}

/* ---- asking ---- */

/* The context of one fetch, in the configuration that it is asked in. */
struct fetch {
	struct discovery *discovery;
	struct config *config;
	const struct identity_provider *provider;
};

/* 1: *ret_text; 0: nothing is there; < 0. */
static int
fetch_at(const struct fetch *fetch, enum metadata_place place,
    int64_t deadline_ms, struct secret **ret_text)
{
	struct issuer issuer = issuer_of_provider(fetch->provider);
	AUTO_TEXT address =
	    metadata_print_address(fetch->provider->issuer, place);
	struct http_request request = {
	    .method = "GET",
	    .url = address,
	    .body_bytes_max = METADATA_BYTES_MAX,
	};
	struct http_answer answer = {0};
	int r;

	if (!address)
		return -ENOMEM;
	r = issuer_exchange(fetch->discovery->client, fetch->config, &issuer,
	    &request, deadline_ms, &answer);
	if (r < 0)
		return r;
	if (answer.status >= 200 && answer.status < 300)
		*ret_text = TAKE(answer.body);
	http_answer_done(&answer);
	return *ret_text != NULL;
}

static int
fetch_metadata(void *context, const char *issuer, int64_t deadline_ms,
    struct secret **ret_text)
{
	const struct fetch *fetch = context;
	int r;

	(void)issuer; /* the provider's */
	r = fetch_at(fetch, METADATA_OPENID, deadline_ms, ret_text);
	if (r == 0)
		r = fetch_at(fetch, METADATA_OAUTH, deadline_ms, ret_text);
	return r < 0 ? r : 0;
}

static struct published_ask
ask_with(struct fetch *fetch, int64_t deadline_ms)
{
	return (struct published_ask){
	    .fetch = fetch_metadata,
	    .context = fetch,
	    .now_ms = clock_monotonic_ms(),
	    .deadline_ms = deadline_ms,
	    .now_unix_s = clock_unix_s(),
	    .troubles = issuer_client_get_troubles(fetch->discovery->client),
	};
}

/* ---- renewing ---- */

struct due {
	struct published *source;
	struct fetch fetch; /* its configuration owns the provider */
};

static void
renew(void *context)
{
	struct due *due = context;
	const struct published_ask ask =
	    ask_with(&due->fetch, clock_monotonic_ms() + ISSUER_TIMEOUT_MS);

	/* A failure was logged, and whoever asks next tries again. */
	(void)published_refresh(due->source, &ask);
}

static void
due_done(void *context)
{
	struct due *due = context;

	published_unref(due->source);
	config_unref(due->fetch.config);
	free(due);
}

static void
put_due(struct published *source, const struct fetch *fetch)
{
	struct due *due = malloc(sizeof(*due));
	struct renewal renewal = {source, renew, due_done, due};

	if (!due)
		return; /* whoever asks next tries again */
	*due = (struct due){published_ref(source), *fetch};
	(void)config_ref(fetch->config);
	renewer_put(fetch->discovery->renewer, &renewal);
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
		published_unref(discovery->all[i]);
	free(discovery->all);
	(void)pthread_mutex_destroy(&discovery->lock);
	free(discovery);
}

int
discovery_get(struct discovery *discovery, struct config *config,
    const struct identity_provider *provider, int64_t deadline_ms,
    struct metadata **ret_metadata)
{
	struct fetch fetch = {discovery, config, provider};
	const struct published_ask ask = ask_with(&fetch, deadline_ms);
	struct published *source = get_source(discovery, config, provider);
	void *document = NULL;
	bool due = false;
	int r;

	if (!source)
		return -ENOMEM;
	r = published_get(source, &ask, &document, &due);
	if (r == 0)
		*ret_metadata = document;
	if (due)
		put_due(source, &fetch);
	published_unref(source);
	return r;
}
