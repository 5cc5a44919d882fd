#include "token/client_auth.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/json.h"
#include "jose/signer.h"
#include "jose/certificate.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

void
client_request_done(struct client_request *request)
{
	secret_free(request->body);
	for (size_t i = 0; i < request->header_count; i++) {
		free(request->headers[i].name);
		secret_free(request->headers[i].value);
	}
	*request = (struct client_request){0};
}

const char *
client_auth_get_audience(const struct client_auth *auth, const char *issuer,
    const char *token_endpoint, const char *address)
{
	if (auth->audience)
		return auth->audience;
	if (issuer)
		return issuer;
	return token_endpoint ? token_endpoint : address;
}

static int
put_header(
    struct client_request *request, const char *name, struct secret *take_value)
{
	struct header *header = &request->headers[request->header_count++];

	header->name = strdup(name);
	header->value = take_value;
	return header->name && header->value ? 0 : -ENOMEM;
}

/* ---- with a secret ---- */

static struct secret *
print_basic(const struct client_auth *auth)
{
	static const char scheme[] = "Basic ";
	AUTO(secret) pair = form_print_pair(auth->id, auth->secret->bytes);
	size_t head = sizeof(scheme) - 1;
	struct secret *value;

	if (!pair)
		return NULL;
	value = secret_new(head + 4 * ((pair->size + 2) / 3));
	if (!value)
		return NULL;
	memcpy(value->bytes, scheme, head);
	(void)EVP_EncodeBlock((unsigned char *)value->bytes + head,
	    (const unsigned char *)pair->bytes, (int)pair->size);
	return value;
}

/* ---- with an assertion ---- */

static cJSON *
claims_new(
    const struct client_auth *auth, const struct client_auth_facts *facts)
{
	AUTO_JSON claims = cJSON_CreateObject();
	double now_unix_s = (double)facts->now_unix_s;

	if (!cJSON_AddStringToObject(claims, "iss", auth->id) ||
	    !cJSON_AddStringToObject(claims, "sub", auth->id) ||
	    !cJSON_AddStringToObject(claims, "aud", facts->audience) ||
	    !cJSON_AddStringToObject(claims, "jti", facts->jti) ||
	    !cJSON_AddNumberToObject(claims, "iat", now_unix_s) ||
	    !cJSON_AddNumberToObject(
		claims, "exp", now_unix_s + CLIENT_AUTH_ASSERTION_S))
		return NULL;
	return TAKE(claims);
}

static int
put_thumbprints(const struct client_auth *auth, cJSON *header)
{
	char x5t[CERTIFICATE_SHA1_CHARS + 1],
	    s256[CERTIFICATE_SHA256_CHARS + 1];
	int r = certificate_print_thumbprints(auth->certificate, x5t, s256);

	if (r < 0)
		return r;
	return cJSON_AddStringToObject(header, "x5t", x5t) &&
		       cJSON_AddStringToObject(header, "x5t#S256", s256)
		   ? 0
		   : -ENOMEM;
}

static int
print_assertion(const struct client_auth *auth,
    const struct client_auth_facts *facts, struct secret **ret_assertion)
{
	AUTO_JSON header = cJSON_CreateObject();
	AUTO_JSON claims = claims_new(auth, facts);
	AUTO(signer) signer = NULL;
	const char *why;
	int r;

	if (!claims || !cJSON_AddStringToObject(header, "typ", "JWT") ||
	    (auth->kid && !cJSON_AddStringToObject(header, "kid", auth->kid)))
		return -ENOMEM;
	if (auth->certificate) {
		r = put_thumbprints(auth, header);
		if (r < 0)
			return r;
	}
	r = signer_parse(auth->private_key_pem, &signer, &why);
	if (r < 0)
		return r;
	return signer_sign(signer, signer_get_alg(signer, facts->algs), header,
	    claims, ret_assertion);
}

/* ---- the whole ---- */

/* What is added to the caller's fields. */
struct proof {
	const char *client_id, *client_secret;
	struct secret *assertion;
};

static int
make_proof(const struct client_auth *auth,
    const struct client_auth_facts *facts, struct client_request *request,
    struct proof *proof)
{
	bool post =
	    auth->method == CLIENT_AUTH_POST ||
	    (auth->method == CLIENT_AUTH_SECRET && facts->secret_in_form);

	/* In Basic it stands in the header, and once is enough. */
	proof->client_id = auth->id;
	switch (auth->method) {
	case CLIENT_AUTH_NONE:
		return 0;
	case CLIENT_AUTH_SECRET:
	case CLIENT_AUTH_BASIC:
	case CLIENT_AUTH_POST:
		if (post) {
			proof->client_secret = auth->secret->bytes;
			return 0;
		}
		proof->client_id = NULL;
		return put_header(request, "Authorization", print_basic(auth));
	case CLIENT_AUTH_PRIVATE_KEY_JWT:
		return print_assertion(auth, facts, &proof->assertion);
	case CLIENT_AUTH_MTLS:
		request->certificate = auth->certificate;
		request->private_key = auth->private_key_pem;
		return 0;
	}
	return -EINVAL;
}

static int
put_body(struct client_request *request, const struct form_field fields[],
    size_t count, const struct proof *proof)
{
	struct form_field all[CLIENT_AUTH_FIELDS_MAX + 4] = {{0}};

	if (count > CLIENT_AUTH_FIELDS_MAX)
		return -EINVAL;
	memcpy(all, fields, count * sizeof(*fields));
	all[count++] = (struct form_field){"client_id", proof->client_id};
	all[count++] =
	    (struct form_field){"client_secret", proof->client_secret};
	if (proof->assertion) {
		all[count++] = (struct form_field){
		    "client_assertion_type", ASSERTION_TYPE};
		all[count++] = (struct form_field){
		    "client_assertion", proof->assertion->bytes};
	}
	request->body = form_print(all, count);
	return request->body ? 0 : -ENOMEM;
}

int
client_request_print(const struct client_auth *auth,
    const struct client_auth_facts *facts, const struct form_field fields[],
    size_t count, struct client_request *ret_request)
{
	struct client_request request = {0};
	struct proof proof = {0};
	int r = 0;

	if (auth)
		r = make_proof(auth, facts, &request, &proof);
	if (r == 0)
		r = put_body(&request, fields, count, &proof);
	secret_free(proof.assertion);
	if (r < 0)
		client_request_done(&request);
	else
		*ret_request = request;
	return r;
}

int
client_request_print_authorized(const struct secret *authorization,
    const struct form_field fields[], size_t count,
    struct client_request *ret_request)
{
	struct client_request request = {0};
	const struct proof nothing = {0};
	int r;

	r = put_header(&request, "Authorization",
	    secret_copy(authorization->bytes, authorization->size));
	if (r == 0)
		r = put_body(&request, fields, count, &nothing);
	if (r < 0)
		client_request_done(&request);
	else
		*ret_request = request;
	return r;
}
