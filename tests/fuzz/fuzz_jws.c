/*
 * Any bytes as a token. What is taken apart names an algorithm that exists and
 * a payload that lies within; and whatever was changed in a token of the RFCs,
 * only what was signed there is good with their keys.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "jose/jws.h"
#include "jose/jwt.h"
#include "tests/vectors/jose_vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static const char *const signed_tokens[] = {RFC7515_A1, RFC7515_A2, RFC7515_A3,
    RFC7515_A4, RFC7520_RS256, RFC7520_PS384, RFC7520_ES512, RFC7520_HS256,
    RFC8037_JWS};
#define TOKENS (sizeof(signed_tokens) / sizeof(signed_tokens[0]))

static struct jwk *
public_key(const char *text)
{
	AUTO_JSON tree = NULL;
	const char *why = NULL;
	struct jwk *key = NULL;

	demand(json_parse(text, strlen(text), &tree, NULL) == 0);
	demand(jwk_parse(tree, &key, &why) == 0);
	return key;
}

static struct jwk *
secret_key(const char *k)
{
	struct jwk_given given = {.k = k, .kty = "OCT", .format = "base64url"};
	const char *why = NULL;
	struct jwk *key = NULL;

	demand(jwk_parse_given(&given, &key, &why) == 0);
	return key;
}

/* The RFCs' keys; made once, for ever. */
static const struct jwks *
get_keys(void)
{
	static struct jwks *keys;
	struct jwk *each[] = {public_key(RFC7515_A2_JWK),
	    public_key(RFC7515_A3_JWK), public_key(RFC7515_A4_JWK),
	    public_key(RFC7520_RSA_JWK), public_key(RFC7520_EC_JWK),
	    public_key(RFC8037_JWK), secret_key(RFC7515_A1_KEY),
	    secret_key(RFC7520_SECRET)};

	demand(jwks_new(each, sizeof(each) / sizeof(each[0]), &keys) == 0);
	return keys;
}

/* What stands in front of the signature was signed. (An ECDSA signature can be
 * written in a second way, so that itself may differ.) */
static bool
was_signed(const char *token, size_t size)
{
	size_t input = size;

	while (input > 0 && token[input - 1] != '.')
		input--;
	for (size_t i = 0; i < TOKENS; i++)
		if (strlen(signed_tokens[i]) >= input &&
		    memcmp(token, signed_tokens[i], input) == 0)
			return true;
	return false;
}

static void
check_parts(const struct jws *jws, size_t size)
{
	const char *kid = jws_get_kid(jws);
	size_t payload_size;

	demand(jws_get_alg(jws) != NULL);
	demand(alg_find(jws_get_alg(jws)->name) == jws_get_alg(jws));
	demand(!kid || strlen(kid) <= JWK_KID_BYTES_MAX);
	demand(jws_get_unverified_payload(jws, &payload_size) != NULL);
	demand(payload_size < size);
}

/* Its claims stay where they are while nobody has verified them. */
static void
check_jwt(const char *token, size_t size, const struct jwks *keys)
{
	const struct jwt_rules rules = {
	    .claims = {.iss = "nobody", .now_unix_s = RFC7515_EXP - 1},
	    .keys = {keys, NULL}};
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why = NULL;
	int r = jwt_unverified_parse(token, size, &unverified, &why);

	demand(r == 1 || (r == 0 && why && !unverified));
	if (r == 1)
		demand(jwt_verify(unverified, &rules, &jwt, &why) == 0 && why &&
		       !jwt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jwks *keys;
	const char *token = (const char *)data, *why = NULL;
	const struct jwks *sets[JWKS_SELECTED_SETS] = {NULL};
	AUTO(jws) jws = NULL;
	int r;

	if (!keys)
		keys = get_keys();
	sets[0] = keys;
	r = jws_parse(token, size, &jws, &why);
	demand(r == 1 ? jws && !why : r == 0 && why && !jws);
	if (r == 0)
		return 0;
	demand(size <= JWS_BYTES_MAX);
	check_parts(jws, size);
	r = jws_match(jws, sets, UINT32_MAX, &why);
	demand(r == 1 ? was_signed(token, size) : r == 0 && why);
	check_jwt(token, size, keys);
	return 0;
}
