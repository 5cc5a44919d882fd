#include "token/endpoint.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "token/client_auth.h"

struct endpoints {
	struct issuer_client *client;
};

struct endpoints *
endpoints_new(struct store *store, struct issuer_client *client)
{
	struct endpoints *endpoints = calloc(1, sizeof(*endpoints));

	(void)store;
	if (endpoints)
		endpoints->client = client;
	return endpoints;
}

void
endpoints_free(struct endpoints *endpoints)
{
	free(endpoints);
}

/* ---- where ---- */

/* Names in the configuration; those of an introspector are its own. */
static const char *const names[ENDPOINT_COUNT] = {
    [ENDPOINT_JWKS] = "jwks_uri",
    [ENDPOINT_INTROSPECTION] = "introspection_endpoint",
    [ENDPOINT_TOKEN] = "token_endpoint",
    [ENDPOINT_USERINFO] = "userinfo_endpoint",
    [ENDPOINT_DEVICE_AUTHORIZATION] = "device_authorization_endpoint",
    [ENDPOINT_REVOCATION] = "revocation_endpoint",
};

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

int
endpoint_find(struct endpoints *endpoints,
    const struct endpoint_question *question, char **ret_address)
{
	const struct issuer *issuer = &question->issuer;
	const char *address = get_configured(issuer, question->which);

	(void)endpoints;
	if (!address) {
		log_error("%s/%s: no %s is known; set it",
		    issuer_get_kind(issuer), issuer_get_id(issuer),
		    names[question->which]);
		return -EDESTADDRREQ;
	}
	*ret_address = strdup(address);
	return *ret_address ? 0 : -ENOMEM;
}

/* ---- asking ---- */

static const struct client_auth *
get_client_auth(const struct issuer *issuer)
{
	if (issuer->introspector)
		return config_get_client_auth(issuer->introspector);
	return &issuer->provider->client;
}

static int
print_request(const struct endpoint_question *question, const char *address,
    const struct form_field fields[], size_t count,
    struct client_request *ret_request)
{
	const struct issuer *issuer = &question->issuer;
	const struct client_auth *auth = get_client_auth(issuer);
	const struct secret *authorization = NULL;
	char jti[CLIENT_AUTH_JTI_DIGITS + 1];
	struct client_auth_facts facts = {
	    .jti = jti,
	    .now_unix_s = clock_unix_s(),
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
			get_configured(issuer, ENDPOINT_TOKEN), address);
	return client_request_print(auth, &facts, fields, count, ret_request);
}

/* *ret_address is set also where the answer is missing, or NULL. */
static int
post(struct endpoints *endpoints, const struct endpoint_question *question,
    const struct form_field fields[], size_t count, char **ret_address,
    struct http_answer *ret_answer)
{
	struct client_request proven = {0};
	struct http_request request;
	int r;

	r = endpoint_find(endpoints, question, ret_address);
	if (r < 0)
		return r;
	r = print_request(question, *ret_address, fields, count, &proven);
	if (r < 0)
		return r;
	request = (struct http_request){
	    .method = "POST",
	    .url = *ret_address,
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
	AUTO_TEXT address = NULL;

	return post(endpoints, question, fields, count, &address, ret_answer);
}

int
endpoint_ask(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct form_field fields[],
    size_t count, struct secret **ret_text)
{
	AUTO_TEXT address = NULL;
	struct http_answer answer = {0};
	int r;

	r = post(endpoints, question, fields, count, &address, &answer);
	return r < 0 ? r
		     : issuer_judge(
			   &question->issuer, address, &answer, ret_text);
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
	return issuer_exchange(endpoints->client, question->config,
	    &question->issuer, &request, question->deadline_ms, ret_answer);
}
