/*
 * An issuer that signs whatever it is given: a header, a line end, and claims.
 * What is accepted has an issuer, an audience and an end, and is no other kind
 * of token; what is refused says why, and nothing comes out of it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "jose/jwt.h"
#include "tests/harness/forge.h"

#define NOW	 1000000000
#define LEEWAY_S 30
#define ISS	 "https://issuer.example"
#define AUD	 "ssh.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static bool
has_audience(const cJSON *aud)
{
	const cJSON *each;

	if (cJSON_IsString(aud))
		return streq(aud->valuestring, AUD);
	cJSON_ArrayForEach (each, aud)
		if (cJSON_IsString(each) && streq(each->valuestring, AUD))
			return true;
	return false;
}

/* Its numbers, read once more by somebody else. */
static void
check_accepted(const struct jwt *jwt)
{
	static const char *const others[] = {
	    "nonce", "at_hash", "c_hash", "s_hash", "events", "cnf"};
	const cJSON *claims = jwt_get_claims(jwt);
	const cJSON *exp = json_find(claims, "exp");
	const cJSON *nbf = json_find(claims, "nbf");
	const cJSON *sub = json_find(claims, "sub");
	const cJSON *iss = json_find(claims, "iss");

	demand(cJSON_IsString(iss) && streq(iss->valuestring, ISS));
	demand(has_audience(json_find(claims, "aud")));
	demand(cJSON_IsNumber(exp) && exp->valuedouble > NOW - LEEWAY_S - 1);
	demand(jwt_get_exp_unix_s(jwt) > NOW - LEEWAY_S);
	demand((double)jwt_get_exp_unix_s(jwt) <= exp->valuedouble);
	demand(!nbf ||
	       (cJSON_IsNumber(nbf) && nbf->valuedouble < NOW + LEEWAY_S + 1));
	demand(!sub || cJSON_IsString(sub));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		demand(!json_find(claims, others[i]));
}

static void
judge(const char *token, const struct jwks *keys)
{
	static const char *const auds[] = {"other.example", AUD, NULL};
	const struct jwt_rules rules = {
	    .claims = {.iss = ISS,
		.auds = auds,
		.now_unix_s = NOW,
		.leeway_s = LEEWAY_S},
	    .keys = {keys, NULL},
	};
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why = NULL;
	int r = jwt_unverified_parse(token, strlen(token), &unverified, &why);

	if (r == 1)
		r = jwt_verify(unverified, &rules, &jwt, &why);
	demand(r == 1 ? jwt && !why : r == 0 && !jwt && why);
	if (r == 1)
		check_accepted(jwt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct forge forge;
	static struct jwks *keys;
	const char *text = (const char *)data;
	const char *line_end = size > 0 ? memchr(text, '\n', size) : NULL;
	uint8_t signature[1024];
	char *token;
	size_t header;

	if (!keys) {
		struct jwk *key;

		forge = forge_for(alg_find("HS256"));
		key = forge_key(&forge, "HS256", NULL);
		demand(jwks_new(&key, 1, &keys) == 0);
	}
	if (!line_end || size > 12000)
		return 0;
	header = (size_t)(line_end - text);
	token = forge_input(text, header, line_end + 1, size - header - 1);
	header = forge_sign(&forge, alg_find("HS256"), token, signature);
	forge_append(token, signature, header);
	judge(token, keys);
	free(token);
	return 0;
}
