/* Key sets: what a document must be, and which keys a header selects. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness/judge.h"
#include "tests/vectors/jose_vectors.h"

#define GOOD RFC7515_A3_JWK
#define BAD  "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"
#define OCT  "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}"

static const struct {
	const char *text;
	size_t count, skipped; /* count 0: refused */
} documents[] = {
    {"{\"keys\":[" GOOD "]}", 1, 0},
    {"{\"keys\":[" GOOD "," RFC7515_A2_JWK "],\"more\":{}}", 2, 0},
    {"{\"keys\":[" BAD "," GOOD "]}", 1, 1},
    {"{\"keys\":[" GOOD "," OCT ",7,null,[],\"x\",{}]}", 1, 6},
    {"{\"keys\":[]}", 0, 0},
    {"{\"keys\":[" BAD "]}", 0, 0},
    {"{\"keys\":[" OCT "]}", 0, 0},
    {"{\"keys\":" GOOD "}", 0, 0},
    {"{\"keys\":\"" RFC7638_THUMBPRINT "\"}", 0, 0},
    {"{\"Keys\":[" GOOD "]}", 0, 0},
    {"{\"keys\":[" GOOD "],\"keys\":[" GOOD "]}", 0, 0},
    {"{\"keys\":[" GOOD "]", 0, 0},
    {"{\"keys\":[" GOOD "]}<html>", 0, 0},
    {"<html>", 0, 0},
    {"[" GOOD "]", 0, 0},
    {GOOD, 0, 0},
    {"{}", 0, 0},
    {"", 0, 0},
};

static void
documents_are_read_and_useless_keys_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		const char *why = NULL, *skipped_why = NULL;
		AUTO_JWKS set = NULL;
		int r = jwks_parse(
		    documents[i].text, strlen(documents[i].text), &set, &why);

		if (r != (documents[i].count ? 0 : -EINVAL))
			fail_msg("%s: %d (%s)", documents[i].text, r, why);
		assert_int_equal(why != NULL, r < 0);
		if (r < 0)
			continue;
		assert_int_equal(jwks_get_count(set), documents[i].count);
		assert_int_equal(
		    jwks_get_skipped(set, &skipped_why), documents[i].skipped);
		assert_int_equal(skipped_why != NULL, documents[i].skipped > 0);
	}
}

static char *
document_of(size_t count)
{
	char *text = malloc(64 + count * sizeof(GOOD ","));
	size_t used = (size_t)sprintf(text, "{\"keys\":[");

	for (size_t i = 0; i < count; i++)
		used += (size_t)sprintf(text + used, "%s" GOOD, i ? "," : "");
	(void)sprintf(text + used, "]}");
	return text;
}

static void
documents_have_limits(void **state)
{
	static const struct {
		size_t count;
		int result;
	} cases[] = {{JWKS_KEYS_MAX, 0}, {JWKS_KEYS_MAX + 1, -EINVAL},
	    {4000, -EINVAL}, {10000, -EINVAL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_TEXT text = document_of(cases[i].count);
		AUTO_JWKS set = NULL;
		const char *why = NULL;

		assert_int_equal(jwks_parse(text, strlen(text), &set, &why),
		    cases[i].result);
	}
}

static void
a_document_of_512_kib_is_the_largest(void **state)
{
	AUTO_TEXT text = malloc(JWKS_BYTES_MAX + 2);
	size_t used = (size_t)sprintf(text, "{\"keys\":[" GOOD "],\"more\":\"");

	(void)state;
	memset(text + used, 'x', JWKS_BYTES_MAX + 2 - used);
	memcpy(text + JWKS_BYTES_MAX - 2, "\"}}", 4);
	for (size_t size = JWKS_BYTES_MAX - 1; size <= JWKS_BYTES_MAX + 1;
	     size++) {
		AUTO_JWKS set = NULL;
		const char *why = NULL;

		assert_int_equal(jwks_parse(text, size, &set, &why),
		    size == JWKS_BYTES_MAX ? 0 : -EINVAL);
	}
}

/* Keys "rsa" (any RSA algorithm), "es" (ES256), one ES256 without a kid in the
 * first set, and two HS256 secrets, one with kid "es", in the second. */
struct sets {
	struct jwks *owned[JWKS_SELECTED_SETS];
	const struct jwk *keys[5];
};

static void
sets_make(struct sets *sets)
{
	struct forge rsa = forge_rsa(2048), ec = forge_curve("P-256");
	struct forge secret = forge_secret("a shared secret");
	struct jwk *keys[] = {forge_key(&rsa, NULL, "rsa"),
	    forge_key(&ec, NULL, "es"), forge_key(&ec, NULL, NULL),
	    forge_key(&secret, "HS256", NULL),
	    forge_key(&secret, "HS256", "es")};

	memcpy(sets->keys, keys, sizeof(keys));
	assert_int_equal(jwks_new(keys, 3, &sets->owned[0]), 0);
	assert_int_equal(jwks_new(keys + 3, 2, &sets->owned[1]), 0);
	forge_done(&rsa);
	forge_done(&ec);
}

static const struct {
	const char *alg, *kid;
	const char *keys; /* their numbers, in order */
	const char *why;
} selections[] = {
    {"RS256", "rsa", "0", NULL},
    {"PS512", "rsa", "0", NULL},
    {"RS256", NULL, "0", NULL},
    {"ES256", "es", "1", NULL},
    {"HS256", "es", "4", NULL},
    {"ES256", NULL, "12", NULL},
    {"HS256", NULL, "34", NULL},
    /* Keys without a kid serve those that nobody has. */
    {"ES256", "new", "2", NULL},
    {"HS256", "new", "3", NULL},
    {"RS256", "new", "", REASON_UNKNOWN_KEY},
    {"EdDSA", "new", "", REASON_UNKNOWN_KEY},
    {"EdDSA", NULL, "", REASON_UNKNOWN_KEY},
    {"ES384", NULL, "", REASON_UNKNOWN_KEY},
    /* A kid that is known, for another algorithm. */
    {"ES256", "rsa", "", REASON_ALG_MISMATCH},
    {"HS256", "rsa", "", REASON_ALG_MISMATCH},
    {"RS256", "es", "", REASON_ALG_MISMATCH},
    {"HS512", "es", "", REASON_ALG_MISMATCH},
    {"ES256", "ES", "2", NULL},
    {"ES256", "es ", "2", NULL},
    {"RS256", "rs", "", REASON_UNKNOWN_KEY},
};

static void
a_header_selects_keys(void **state)
{
	struct sets sets;
	const struct jwks *both[JWKS_SELECTED_SETS];

	(void)state;
	sets_make(&sets);
	memcpy(both, sets.owned, sizeof(both));
	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]);
	     i++) {
		const struct jwk *found[JWKS_FITTING_MAX];
		const char *why = NULL;
		size_t count = jwks_select(both, alg_find(selections[i].alg),
		    selections[i].kid, found, &why);

		assert_int_equal(count, strlen(selections[i].keys));
		judge_demand(why, selections[i].why, selections[i].alg);
		for (size_t k = 0; k < count; k++)
			assert_ptr_equal(
			    found[k], sets.keys[selections[i].keys[k] - '0']);
	}
	jwks_unref(sets.owned[0]);
	jwks_unref(sets.owned[1]);
}

static void
no_more_than_some_keys_are_tried(void **state)
{
	struct forge secret = forge_secret("the right one");
	struct forge other = forge_secret("another one");
	const struct alg *alg = alg_find("HS256");

	(void)state;
	for (size_t count = 1; count <= JWKS_FITTING_MAX + 1; count++) {
		struct jwk *keys[JWKS_FITTING_MAX + 1];
		AUTO_JWKS set = NULL;
		struct jwt_rules rules;
		AUTO_TEXT token = forge_token(
		    &secret, alg, "{\"alg\":\"HS256\"}", JUDGE_CLAIMS);

		for (size_t i = 0; i < count; i++)
			keys[i] = forge_key(
			    i + 1 < count ? &other : &secret, NULL, NULL);
		assert_int_equal(jwks_new(keys, count, &set), 0);
		rules = judge_rules(set);
		judge_demand(judge(token, &rules),
		    count > JWKS_FITTING_MAX ? REASON_AMBIGUOUS_KEY : NULL,
		    "keys");
	}
}

static void
no_set_knows_no_key(void **state)
{
	const struct jwks *none[JWKS_SELECTED_SETS] = {NULL};
	const struct jwk *found[JWKS_FITTING_MAX];
	AUTO_JWKS empty = NULL;
	const char *why = NULL;

	(void)state;
	assert_int_equal(
	    jwks_select(none, alg_find("RS256"), NULL, found, &why), 0);
	assert_string_equal(why, REASON_UNKNOWN_KEY);
	assert_int_equal(jwks_new(NULL, 0, &empty), 0);
	none[1] = empty;
	assert_int_equal(
	    jwks_select(none, alg_find("RS256"), "x", found, &why), 0);
	assert_string_equal(why, REASON_UNKNOWN_KEY);
}

static void
a_set_lives_as_long_as_a_reference(void **state)
{
	struct forge secret = forge_secret("a shared secret");
	struct jwk *key = forge_key(&secret, NULL, NULL);
	struct jwks *set;

	(void)state;
	assert_int_equal(jwks_new(&key, 1, &set), 0);
	assert_null(key);
	assert_ptr_equal(jwks_ref(set), set);
	jwks_unref(set);
	assert_int_equal(jwks_get_count(set), 1);
	assert_non_null(jwks_get_key(set, 0));
	jwks_unref(set);
	jwks_unref(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(documents_are_read_and_useless_keys_skipped),
	    cmocka_unit_test(documents_have_limits),
	    cmocka_unit_test(a_document_of_512_kib_is_the_largest),
	    cmocka_unit_test(a_header_selects_keys),
	    cmocka_unit_test(no_more_than_some_keys_are_tried),
	    cmocka_unit_test(no_set_knows_no_key),
	    cmocka_unit_test(a_set_lives_as_long_as_a_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
