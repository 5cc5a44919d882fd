/* An issuer with its keys, and what jwt_verify() says about a token. To be
 * included after <cmocka.h>. */
#ifndef TESTS_HARNESS_JUDGE_H
#define TESTS_HARNESS_JUDGE_H

#include "jose/jwt.h"
#include "jose/reason.h"
#include "tests/harness/forge.h"

#define JUDGE_ISS "https://issuer.example"
#define JUDGE_AUD "ssh.example"
#define JUDGE_NOW 1000000000
#define JUDGE_HEAD                                                             \
	"{\"iss\":\"" JUDGE_ISS "\",\"sub\":\"alice\",\"aud\":\"" JUDGE_AUD "\""
#define JUDGE_CLAIMS JUDGE_HEAD ",\"exp\":1000000300,\"iat\":1000000000}"

#define AUTO_JWKS __attribute__((cleanup(jwks_cleanup))) struct jwks *

static const char *const judge_auds[] = {"other.example", JUDGE_AUD, NULL};

static inline struct jwt_rules
judge_rules(const struct jwks *keys)
{
	return (struct jwt_rules){.claims = {.iss = JUDGE_ISS,
				      .auds = judge_auds,
				      .now_unix_s = JUDGE_NOW,
				      .leeway_s = 10},
	    .keys = {NULL, keys}};
}

/* A set of one key. */
static inline struct jwks *
judge_set(struct jwk *take_key)
{
	struct jwks *set;

	FORGE_DEMAND(jwks_new(&take_key, 1, &set) == 0);
	return set;
}

/* NULL: accepted; else the reason. */
static inline const char *
judge_bytes(const char *token, size_t size, const struct jwt_rules *rules)
{
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why = NULL;
	int r = jwt_unverified_parse(token, size, &unverified, &why);

	if (r == 1)
		r = jwt_verify(unverified, rules, &jwt, &why);
	FORGE_DEMAND(r == 1 ? jwt != NULL && why == NULL
			    : r == 0 && jwt == NULL && why != NULL);
	return why;
}

static inline const char *
judge(const char *token, const struct jwt_rules *rules)
{
	return judge_bytes(token, strlen(token), rules);
}

/* Sign with a shared secret, and judge with it. */
static inline const char *
judge_signed(
    const char *header, const char *payload, const struct jwt_rules *rules)
{
	struct forge forge = forge_for(alg_find("HS256"));
	AUTO_JWKS set = judge_set(forge_key(&forge, "HS256", NULL));
	struct jwt_rules with_key = *rules;
	AUTO_TEXT token =
	    forge_token(&forge, alg_find("HS256"), header, payload);

	with_key.keys[0] = set;
	return judge(token, &with_key);
}

/* `why` NULL: accepted. */
static inline void
judge_demand(const char *why, const char *expected, const char *what)
{
	if (why != expected && !streq_null(why, expected))
		fail_msg("%s: %s instead of %s", what, why ? why : "accepted",
		    expected ? expected : "accepted");
}

#endif
