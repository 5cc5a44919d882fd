#include "token/endpoint.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "token/client_auth.h"
#include "token/discovery.h"

struct endpoints {
	struct issuer_client *client;
	struct discovery *discovery;
};

struct endpoints *
endpoints_new(
    struct store *store, struct issuer_client *client, struct renewer *renewer)
{
	AUTO(endpoints) endpoints = calloc(1, sizeof(*endpoints));

	if (!endpoints)
		return NULL;
	endpoints->client = client;
	endpoints->discovery = discovery_new(store, client, renewer);
	return endpoints->discovery ? TAKE(endpoints) : NULL;
}

void
endpoints_free(struct endpoints *endpoints)
{
	if (!endpoints)
		return;
	discovery_free(endpoints->discovery);
	free(endpoints);
}

/* ---- where ---- */

static const char *
get_of_provider(const struct identity_provider *provider, enum endpoint which)
{
	const char *const addresses[ENDPOINT_COUNT] = {
	    [ENDPOINT_JWKS] = provider->jwks_uri,
	    [ENDPOINT_INTROSPECTION] = provider->introspection_endpoint,
	    [ENDPOINT_TOKEN] = provider->token_endpoint,
	    [ENDPOINT_USERINFO] = provider->userinfo_endpoint,
	    [ENDPOINT_DEVICE_AUTHORIZATION] =
		provider->device_authorization_endpoint,
	    [ENDPOINT_REVOCATION] = provider->revocation_endpoint,
	};

	return addresses[which];
}

/* NULL: the configuration does not give it. */
static const char *
get_configured(const struct issuer *issuer, enum endpoint which)
{
	const struct token_introspector *introspector = issuer->introspector;
	const char *address = NULL;

	if (introspector && which == ENDPOINT_JWKS)
		address = introspector->jwks_uri;
	if (introspector && which == ENDPOINT_INTROSPECTION)
		address = introspector->introspection_url;
	if (!address && issuer->provider)
		address = get_of_provider(issuer->provider, which);
	return address;
}

bool
endpoint_is_configured(const struct issuer *issuer, enum endpoint which)
{
	return get_configured(issuer, which) != NULL;
}

bool
endpoint_is_elsewhere(const struct issuer *issuer, const char *address)
{
	for (enum endpoint i = 0; i < ENDPOINT_COUNT; i++)
		if (streq_null(get_configured(issuer, i), address))
			return false;
	return issuer->provider && issuer->provider->issuer &&
	       metadata_is_elsewhere(issuer->provider->issuer, address);
}

static const struct client_auth *
get_client_auth(const struct issuer *issuer)
{
	if (issuer->introspector)
		return config_get_client_auth(issuer->introspector);
	return &issuer->provider->client;
}

/* Where a question goes, and what it needs there. */
struct place {
	char *address; /* owned */
	bool secret_in_form;
	uint32_t algs;
};

static int
look_up(struct endpoints *endpoints, const struct endpoint_question *question,
    struct place *place)
{
	const struct issuer *issuer = &question->issuer;
	const struct client_auth *auth = get_client_auth(issuer);
	bool mtls = auth && auth->method == CLIENT_AUTH_MTLS;
	AUTO(metadata) metadata = NULL;
	struct metadata_endpoint found;
	int r;

	r = discovery_get(endpoints->discovery, question->config,
	    issuer->provider, question->deadline_ms, &metadata);
	if (r < 0)
		return r;
	metadata_get(metadata, question->which, mtls, &found);
	if (!found.address) {
		log_error("%s/%s: the metadata of %s give no %s that can be "
			  "used%s%s; set it, or do without",
		    issuer_get_kind(issuer), issuer_get_id(issuer),
		    issuer->provider->issuer,
		    metadata_get_name(question->which),
		    found.why_not ? ": what is there " : "",
		    found.why_not ? found.why_not : "");
		return -EDESTADDRREQ;
	}
	place->secret_in_form = found.secret_in_form;
	place->algs = found.algs;
	place->address = strdup(found.address);
	return place->address ? 0 : -ENOMEM;
}

static int
locate(struct endpoints *endpoints, const struct endpoint_question *question,
    struct place *ret_place)
{
	const struct issuer *issuer = &question->issuer;
	const char *address = get_configured(issuer, question->which);
	struct place place = {0};
	int r = 0;

	if (address) {
		place.address = strdup(address);
		r = place.address ? 0 : -ENOMEM;
	} else if (issuer->provider && issuer->provider->issuer) {
		r = look_up(endpoints, question, &place);
	} else {
		log_error("%s/%s: no %s is known; set it, or the issuer of "
			  "its IdentityProvider",
		    issuer_get_kind(issuer), issuer_get_id(issuer),
		    metadata_get_name(question->which));
		r = -EDESTADDRREQ;
	}
	if (r == 0)
		*ret_place = place;
	return r;
}

int
endpoint_find(struct endpoints *endpoints,
    const struct endpoint_question *question, char **ret_address)
{
	struct place place;
	int r = locate(endpoints, question, &place);

	if (r == 0)
		*ret_address = place.address;
	return r;
}

/* ---- asking ---- */

static int
print_request(const struct endpoint_question *question,
    const struct place *place, const struct form_field fields[], size_t count,
    struct client_request *ret_request)
{
	const struct issuer *issuer = &question->issuer;
	const struct client_auth *auth = get_client_auth(issuer);
	const struct secret *authorization = NULL;
	char jti[CLIENT_AUTH_JTI_DIGITS + 1];
	struct client_auth_facts facts = {
	    .jti = jti,
	    .now_unix_s = clock_unix_s(),
	    .secret_in_form = place->secret_in_form,
	    .algs = place->algs,
	};
	int r;

	if (issuer->introspector && question->which == ENDPOINT_INTROSPECTION)
		authorization =
		    issuer->introspector->introspection_authorization;
	if (authorization)
		return client_request_print_authorized(
		    authorization, fields, count, ret_request);
	r = random_hex(jti, CLIENT_AUTH_JTI_DIGITS);
	if (r < 0)
		return r;
	if (auth)
		facts.audience =
		    client_auth_get_audience(auth, issuer_get_name(issuer),
			get_configured(issuer, ENDPOINT_TOKEN), place->address);
	return client_request_print(auth, &facts, fields, count, ret_request);
}

/* The place is the caller's, also after a failure. */
static int
post(struct endpoints *endpoints, const struct endpoint_question *question,
    const struct form_field fields[], size_t count, struct place *place,
    struct http_answer *ret_answer)
{
	struct client_request proven = {0};
	struct http_request request;
	int r;

	r = locate(endpoints, question, place);
	if (r < 0)
		return r;
	r = print_request(question, place, fields, count, &proven);
	if (r < 0)
		return r;
	request = (struct http_request){
	    .method = "POST",
	    .url = place->address,
	    .public_only =
		endpoint_is_elsewhere(&question->issuer, place->address),
	    .content_type = FORM_TYPE,
	    .body = proven.body->bytes,
	    .headers = proven.headers,
	    .header_count = proven.header_count,
	};
	if (proven.certificate) {
		request.certificate = proven.certificate->bytes;
		request.private_key = proven.private_key->bytes;
	}
	r = issuer_exchange(endpoints->client, question->config,
	    &question->issuer, &request, question->deadline_ms, ret_answer);
	client_request_done(&proven);
	return r;
}

int
endpoint_post(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct form_field fields[],
    size_t count, struct http_answer *ret_answer)
{
	struct place place = {0};
	int r;

	r = post(endpoints, question, fields, count, &place, ret_answer);
	free(place.address);
	return r;
}

int
endpoint_ask(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct form_field fields[],
    size_t count, struct secret **ret_text)
{
	struct http_answer answer = {0};
	struct place place = {0};
	int r;

	r = post(endpoints, question, fields, count, &place, &answer);
	if (r == 0)
		r = issuer_judge(endpoints->client, &question->issuer,
		    place.address, &answer, ret_text);
	free(place.address);
	return r;
}

int
endpoint_get(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct header headers[],
    size_t count, struct http_answer *ret_answer)
{
	struct http_request request = {
	    .method = "GET",
	    .headers = headers,
	    .header_count = count,
	};
	AUTO_TEXT address = NULL;
	int r;

	r = endpoint_find(endpoints, question, &address);
	if (r < 0)
		return r;
	request.url = address;
	request.public_only = endpoint_is_elsewhere(&question->issuer, address);
	return issuer_exchange(endpoints->client, question->config,
	    &question->issuer, &request, question->deadline_ms, ret_answer);
}
