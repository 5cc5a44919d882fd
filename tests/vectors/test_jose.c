/* What RFC 7515 A, RFC 7519 3.1 and 6.1, RFC 7520 4, RFC 7638 3.1 and RFC 8037
 * A publish, each signature with its own key and with every other one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "jose/jws.h"
#include "jose/jwt.h"
#include "jose/reason.h"
#include "tests/vectors/jose_vectors.h"

#define AUTO_JWKS __attribute__((cleanup(jwks_cleanup))) struct jwks *

static const struct {
	const char *name;
	const char *jwk;    /* or ... */
	const char *secret; /* ... base64url */
	const char *token;
} vectors[] = {
    {"RFC 7515 A.1", NULL, RFC7515_A1_KEY, RFC7515_A1},
    {"RFC 7515 A.2", RFC7515_A2_JWK, NULL, RFC7515_A2},
    {"RFC 7515 A.3", RFC7515_A3_JWK, NULL, RFC7515_A3},
    {"RFC 7515 A.4", RFC7515_A4_JWK, NULL, RFC7515_A4},
    {"RFC 7520 4.1", RFC7520_RSA_JWK, NULL, RFC7520_RS256},
    {"RFC 7520 4.2", RFC7520_RSA_JWK, NULL, RFC7520_PS384},
    {"RFC 7520 4.3", RFC7520_EC_JWK, NULL, RFC7520_ES512},
    {"RFC 7520 4.4", NULL, RFC7520_SECRET, RFC7520_HS256},
    {"RFC 8037 A.4", RFC8037_JWK, NULL, RFC8037_JWS},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct jwk *
key_of(size_t i)
{
	struct jwk_given given = {
	    .k = vectors[i].secret, .kty = "OCT", .format = "base64url"};
	struct jwk *key = NULL;
	const char *why = NULL;
	AUTO_JSON tree = NULL;
	int r;

	if (vectors[i].secret) {
		r = jwk_parse_given(&given, &key, &why);
	} else {
		assert_int_equal(json_parse(vectors[i].jwk,
				     strlen(vectors[i].jwk), &tree, NULL),
		    0);
		r = jwk_parse(tree, &key, &why);
	}
	if (r != 0)
		fail_msg("%s: %s", vectors[i].name, why);
	return key;
}

static int
match(const char *token, size_t key, const char **ret_why)
{
	struct jwk *keys[] = {key_of(key)};
	AUTO_JWKS set = NULL;
	const struct jwks *sets[JWKS_SELECTED_SETS] = {NULL};
	AUTO(jws) jws = NULL;

	assert_int_equal(jwks_new(keys, 1, &set), 0);
	sets[0] = set;
	assert_int_equal(jws_parse(token, strlen(token), &jws, ret_why), 1);
	return jws_match(jws, sets, UINT32_MAX, ret_why);
}

static void
each_signature_is_good_with_its_own_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const char *why = NULL;

		if (match(vectors[i].token, i, &why) != 1)
			fail_msg("%s: %s", vectors[i].name, why);
	}
}

static void
no_signature_is_good_with_another_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++)
		for (size_t key = 0; key < VECTORS; key++) {
			const char *why = NULL;

			if (key == i ||
			    streq_null(vectors[i].jwk, vectors[key].jwk))
				continue;
			assert_int_equal(match(vectors[i].token, key, &why), 0);
			assert_non_null(why);
		}
}

static void
an_unsecured_token_is_none(void **state)
{
	AUTO(jws) jws = NULL;
	const char *why = NULL;

	(void)state;
	assert_int_equal(
	    jws_parse(RFC7515_A5, strlen(RFC7515_A5), &jws, &why), 0);
	assert_string_equal(why, REASON_UNSIGNED);
}

/* RFC 7519 3.1 is the token of RFC 7515 A.1. */
static void
the_claims_of_a_good_token_come_out(void **state)
{
	struct jwk *keys[] = {key_of(0)};
	struct jwt_rules rules = {
	    .claims = {.iss = "joe", .now_unix_s = RFC7515_EXP - 1}};
	AUTO(jwt_unverified) unverified = NULL;
	AUTO_JWKS set = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why = NULL;
	bool root = false;

	(void)state;
	assert_int_equal(jwks_new(keys, 1, &set), 0);
	rules.keys[1] = set;
	assert_int_equal(jwt_unverified_parse(
			     RFC7515_A1, strlen(RFC7515_A1), &unverified, &why),
	    1);
	assert_string_equal(jwt_unverified_get_iss(unverified), "joe");

	rules.claims.now_unix_s = RFC7515_EXP;
	assert_int_equal(jwt_verify(unverified, &rules, &jwt, &why), 0);
	assert_string_equal(why, REASON_EXPIRED);

	rules.claims.now_unix_s = RFC7515_EXP - 1;
	assert_int_equal(jwt_verify(unverified, &rules, &jwt, &why), 1);
	assert_int_equal(jwt_get_exp_unix_s(jwt), RFC7515_EXP);
	assert_int_equal(json_find_bool(jwt_get_claims(jwt),
			     "http://example.com/is_root", &root),
	    1);
	assert_true(root);
	/* They are out, and do not come out again. */
	assert_null(jwt_unverified_get_iss(unverified));
	assert_int_not_equal(jwt_verify(unverified, &rules, &jwt, &why), 1);
}

static void
thumbprints_are_those_of_the_rfcs(void **state)
{
	static const struct {
		const char *jwk, *thumbprint;
	} keys[] = {
	    {RFC7638_JWK, RFC7638_THUMBPRINT},
	    {RFC8037_JWK, RFC8037_THUMBPRINT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *why = NULL;
		AUTO_JSON tree = NULL;
		AUTO(jwk) key = NULL;

		assert_int_equal(
		    json_parse(keys[i].jwk, strlen(keys[i].jwk), &tree, NULL),
		    0);
		assert_int_equal(jwk_parse(tree, &key, &why), 0);
		assert_string_equal(
		    jwk_get_thumbprint(key), keys[i].thumbprint);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_signature_is_good_with_its_own_key),
	    cmocka_unit_test(no_signature_is_good_with_another_key),
	    cmocka_unit_test(an_unsecured_token_is_none),
	    cmocka_unit_test(the_claims_of_a_good_token_come_out),
	    cmocka_unit_test(thumbprints_are_those_of_the_rfcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
