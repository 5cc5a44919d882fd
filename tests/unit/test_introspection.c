/* Answers of introspection endpoints: each row one member and its verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "token/introspection.h"

#define NOW INT64_C(1767225600)

/* The configuration owns its texts, so they are not constant. */
static char issuer[] = "https://a.example";
static char audience[] = "host1";
static char *audiences[] = {audience, NULL};

static const struct token_introspector plain = {.type = INTROSPECTOR_OPAQUE};
static const struct token_introspector strict = {
    .type = INTROSPECTOR_OPAQUE,
    .jwt_iss = issuer,
    .jwt_aud = audiences,
    .jwt_leeway_s = 30,
    .jwt_max_age_s = 600,
};

/* `members` follow "active":true. */
static const struct row {
	const struct token_introspector *introspector;
	const char *members, *why; /* NULL: it is good */
} rows[] = {
    {&plain, "", NULL},
    {&plain, ",\"iss\":\"https://any.example\",\"aud\":\"x\"", NULL},
    {&plain, ",\"iss\":1", "token-claims"},
    {&plain, ",\"exp\":1767225601", NULL},
    {&plain, ",\"exp\":1767225600", "token-expired"},
    {&plain, ",\"exp\":1767225600.9", "token-expired"},
    {&plain, ",\"exp\":\"1767225601\"", "token-claims"},
    {&plain, ",\"exp\":null", "token-claims"},
    {&plain, ",\"exp\":true", "token-claims"},
    {&plain, ",\"exp\":[1767225601]", "token-claims"},
    {&plain, ",\"exp\":1e300", "token-claims"},
    {&plain, ",\"exp\":-1", "token-expired"},
    {&plain, ",\"nbf\":1767225600", NULL},
    {&plain, ",\"nbf\":1767225601", "token-not-yet-valid"},
    {&plain, ",\"nbf\":{}", "token-claims"},
    {&plain, ",\"iat\":1767225601", "token-issued-in-the-future"},
    {&plain, ",\"iat\":\"now\"", "token-claims"},
    {&plain, ",\"client_id\":1", "token-claims"},
    {&plain, ",\"token_type\":\"Bearer\"", NULL},
    {&plain, ",\"token_type\":\"refresh_token\"", "token-is-refresh-token"},
    {&plain, ",\"token_type\":\"DPoP\"", "token-is-bound"},
    {&plain, ",\"token_type\":\"other\"", "token-type"},
    {&plain, ",\"token_type\":1", "token-claims"},
    {&plain, ",\"token_use\":\"refresh_token\"", "token-is-refresh-token"},
    {&plain, ",\"cnf\":{\"jkt\":\"x\"}", "token-is-bound"},

    {&strict, ",\"aud\":\"host1\",\"iat\":1767225600", NULL},
    {&strict, ",\"aud\":[\"x\",\"host1\"],\"iat\":1767225600", NULL},
    {&strict, ",\"client_id\":\"host1\",\"iat\":1767225600", NULL},
    {&strict, ",\"iat\":1767225600", "token-audience"},
    {&strict, ",\"aud\":\"host2\",\"iat\":1767225600", "token-audience"},
    {&strict, ",\"aud\":[],\"iat\":1767225600", "token-audience"},
    {&strict, ",\"aud\":[\"host1\",1],\"iat\":1767225600", "token-claims"},
    {&strict, ",\"aud\":{\"host1\":1},\"iat\":1767225600", "token-claims"},
    {&strict, ",\"client_id\":\"host2\",\"iat\":1767225600", "token-audience"},
    /* Whose client it is does not make up for another audience. */
    {&strict, ",\"aud\":\"host2\",\"client_id\":\"host1\",\"iat\":1767225600",
	"token-audience"},
    {&strict,
	",\"iss\":\"https://a.example\",\"aud\":\"host1\",\"iat\":1767225600",
	NULL},
    {&strict,
	",\"iss\":\"https://a.example/\",\"aud\":\"host1\","
	"\"iat\":1767225600",
	"token-issuer"},
    {&strict,
	",\"iss\":\"https://b.example\",\"aud\":\"host1\","
	"\"iat\":1767225600",
	"token-issuer"},
    {&strict, ",\"iss\":\"\",\"aud\":\"host1\",\"iat\":1767225600",
	"token-issuer"},
    /* Thirty seconds of leeway, and ten minutes of age. */
    {&strict, ",\"aud\":\"host1\",\"iat\":1767225600,\"exp\":1767225571", NULL},
    {&strict, ",\"aud\":\"host1\",\"iat\":1767225600,\"exp\":1767225570",
	"token-expired"},
    {&strict, ",\"aud\":\"host1\",\"iat\":1767225630", NULL},
    {&strict, ",\"aud\":\"host1\",\"iat\":1767225631",
	"token-issued-in-the-future"},
    {&strict, ",\"aud\":\"host1\",\"iat\":1767224970", NULL},
    {&strict, ",\"aud\":\"host1\",\"iat\":1767224969", "token-too-old"},
    {&strict, ",\"aud\":\"host1\"", "token-claim-missing"},
};

static void
check(const struct token_introspector *introspector, const char *text,
    const char *why)
{
	struct introspection introspection = {0};

	assert_int_equal(introspection_check(introspector, text, strlen(text),
			     NOW, &introspection),
	    0);
	if (introspection.is_active != !why ||
	    (why && !streq_null(introspection.why, why)))
		fail_msg("%s: %s", text,
		    introspection.why ? introspection.why : "good");
	assert_int_equal(introspection.answer != NULL, !why);
	introspection_done(&introspection);
}

static void
members_are_checked_like_claims(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)snprintf(
		    text, sizeof(text), "{\"active\":true%s}", rows[i].members);
		check(rows[i].introspector, text, rows[i].why);
	}
}

static void
active_must_be_true_and_nothing_like_it(void **state)
{
	(void)state;
	check(&plain, "{\"active\":true}", NULL);
	check(&plain, "{\"active\":false}", "token-inactive");
	check(&plain, "{\"active\":\"true\"}", "token-claims");
	check(&plain, "{\"active\":1}", "token-claims");
	check(&plain, "{\"active\":null}", "token-claims");
	check(&plain, "{\"active\":[true]}", "token-claims");
	check(&plain, "{\"active\":{}}", "token-claims");
}

static void
what_is_no_answer_says_nothing_about_the_token(void **state)
{
	static const char *const texts[] = {
	    "",
	    "{}",
	    "true",
	    "[]",
	    "null",
	    "<html>",
	    "{\"Active\":true}",
	    "{\"error\":\"invalid_client\"}",
	    "{\"active\":true",
	    "{\"active\":true}x",
	    "{\"active\":false,\"active\":true}",
	};
	struct introspection introspection = {.why = "untouched"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(introspection_check(&plain, texts[i],
				     strlen(texts[i]), NOW, &introspection),
		    -EBADMSG);
	assert_string_equal(introspection.why, "untouched");
}

static void
the_expiry_is_told(void **state)
{
	static const char with[] =
	    "{\"active\":true,\"aud\":\"host1\",\"iat\":1767225600,"
	    "\"exp\":1767225700}";
	static const char without[] = "{\"active\":true}";
	struct introspection introspection = {0};

	(void)state;
	assert_int_equal(introspection_check(
			     &strict, with, strlen(with), NOW, &introspection),
	    0);
	assert_true(introspection.expires_unix_s == NOW + 100);
	introspection_done(&introspection);
	assert_int_equal(introspection_check(&plain, without, strlen(without),
			     NOW, &introspection),
	    0);
	assert_true(introspection.expires_unix_s == INT64_MAX);
	introspection_done(&introspection);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_are_checked_like_claims),
	    cmocka_unit_test(active_must_be_true_and_nothing_like_it),
	    cmocka_unit_test(what_is_no_answer_says_nothing_about_the_token),
	    cmocka_unit_test(the_expiry_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
