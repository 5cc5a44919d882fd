/* What issuers say about themselves: documents and the addresses in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/text.h"
#include "jose/alg.h"
#include "token/metadata.h"

#define ISSUER "https://idp.example"

static struct metadata *
good(const char *issuer, const char *text)
{
	struct metadata *metadata = NULL;
	const char *why = "";

	if (metadata_parse(text, strlen(text), issuer, &metadata, &why) != 0)
		fail_msg("%s: %s", text, why);
	return metadata;
}

static void
the_issuer_must_be_the_same_byte_by_byte(void **state)
{
	static const struct {
		const char *issuer, *said;
		int result;
	} cases[] = {
	    {ISSUER, "\"https://idp.example\"", 0},
	    {ISSUER "/", "\"https://idp.example/\"", 0},
	    {ISSUER "/tenant", "\"https://idp.example/tenant\"", 0},
	    {ISSUER, "\"https://idp.example/\"", -EINVAL},
	    {ISSUER "/", "\"https://idp.example\"", -EINVAL},
	    {ISSUER, "\"https://IDP.example\"", -EINVAL},
	    {ISSUER, "\"https://idp.example:443\"", -EINVAL},
	    {ISSUER, "\"https://idp.example.org\"", -EINVAL},
	    {ISSUER, "\"https://idp.exampl\"", -EINVAL},
	    {ISSUER, "\"http://idp.example\"", -EINVAL},
	    {ISSUER, "\"\"", -EINVAL},
	    {ISSUER, "null", -EINVAL},
	    {ISSUER, "[\"https://idp.example\"]", -EINVAL},
	    {ISSUER "/a", "\"https://idp.example/{tenantid}\"", -EINVAL},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct metadata *metadata = NULL;
		const char *why = "";
		int r;

		(void)snprintf(
		    text, sizeof(text), "{\"issuer\":%s}", cases[i].said);
		r = metadata_parse(
		    text, strlen(text), cases[i].issuer, &metadata, &why);
		if (r != cases[i].result)
			fail_msg("%s: %d", text, r);
		metadata_unref(metadata);
	}
}

static void
what_is_no_strict_document_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "{}",
	    "[]",
	    "null",
	    "<html></html>",
	    "{\"issuer\":\"https://idp.example\"",
	    "{\"issuer\":\"https://idp.example\"}}",
	    "{\"issuer\":\"https://x\",\"issuer\":\"https://idp.example\"}",
	    "{\"issuer\":\"https://idp.example\",\"issuer\":\"https://x\"}",
	    "{\"Issuer\":\"https://idp.example\"}",
	    "{\"issuer\":\"https://idp.example\\u0000\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct metadata *metadata = NULL;
		const char *why = "";

		if (metadata_parse(texts[i], strlen(texts[i]), ISSUER,
			&metadata, &why) != -EINVAL)
			fail_msg("taken: %s", texts[i]);
		assert_null(metadata);
	}
}

/* NULL: it is used; "": it is not there. */
static void
addresses_are_those_of_the_issuer_or_public_ones(void **state)
{
	static const struct {
		const char *issuer, *address, *why;
		bool is_elsewhere;
	} cases[] = {
	    {ISSUER, "\"https://idp.example/token\"", NULL, false},
	    {ISSUER, "\"https://IDP.example/token\"", NULL, false},
	    {ISSUER, "\"https://idp.example:8443/token\"", NULL, false},
	    {ISSUER "/realm", "\"https://idp.example/token\"", NULL, false},
	    /* As Google's and Entra's are. */
	    {ISSUER, "\"https://oauth2.example.org/token\"", NULL, true},
	    {ISSUER, "\"https://idp.example.evil.org/\"", NULL, true},
	    {ISSUER, "\"https://xn--a.example?x=1\"", NULL, true},

	    {ISSUER, "\"https://other.example:8443/\"",
		"is on another host, and not at the usual port", true},
	    {ISSUER, "\"https://localhost/\"", "no public name", true},
	    {ISSUER, "\"https://a.localhost/\"", "no public name", true},
	    {ISSUER, "\"https://a.LOCALHOST/\"", "no public name", true},
	    {ISSUER, "\"https://intranet/\"", "no public name", true},
	    {ISSUER, "\"https://other.example./\"", "no public name", true},
	    {ISSUER, "\"https://127.0.0.1/\"", "no public name", true},
	    {ISSUER, "\"https://127.1/\"", "no public name", true},
	    {ISSUER, "\"https://0x7f.0x1/\"", "no public name", true},
	    {ISSUER, "\"https://2130706433/\"", "no public name", true},
	    {ISSUER, "\"https://169.254.169.254/\"", "no public name", true},
	    {ISSUER, "\"https://[::1]/\"", "no public name", true},
	    {ISSUER, "\"https://[fe80::1]/\"", "no public name", true},

	    {ISSUER, "\"http://idp.example/token\"", "is not https", false},
	    {ISSUER, "\"http://127.0.0.1/token\"", "is not https", false},
	    {ISSUER, "\"ftp://idp.example/\"", "is no URL", false},
	    {ISSUER, "\"file:///etc/shadow\"", "is no URL", false},
	    {ISSUER, "\"//idp.example/\"", "is no URL", false},
	    {ISSUER, "\"/token\"", "is no URL", false},
	    {ISSUER, "\"\"", "is no URL", false},
	    {ISSUER, "\"https://idp.example@evil.org/\"", "is no URL", false},
	    {ISSUER, "\"https://idp.example\\\\@evil.org/\"", "is no URL",
		false},
	    {ISSUER, "\"https://idp.example/#a\"", "is no URL", false},
	    {ISSUER, "\"https://idp.example/a b\"", "is no URL", false},
	    {ISSUER, "\"https://idp.example/\\r\\nX: y\"", "is no URL", false},
	    {ISSUER, "\"https://idp.example:0/\"", "is no URL", false},
	    {ISSUER, "1", "is no text", false},
	    {ISSUER, "null", "is no text", false},
	    {ISSUER, "[\"https://idp.example/\"]", "is no text", false},

	    /* Of a test, or with "insecure: true": the same origin alone. */
	    {"http://127.0.0.1:80", "\"http://127.0.0.1:80/token\"", NULL,
		false},
	    {"http://127.0.0.1:80", "\"http://127.0.0.1:81/token\"",
		"is not https", false},
	    {"https://[::1]:1", "\"https://[::1]:2/token\"", NULL, false},
	    {"https://[::1]:1", "\"https://[::2]:1/token\"", "no public name",
		true},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct metadata_endpoint found;
		struct metadata *metadata;

		(void)snprintf(text, sizeof(text),
		    "{\"issuer\":\"%s\",\"token_endpoint\":%s}",
		    cases[i].issuer, cases[i].address);
		metadata = good(cases[i].issuer, text);
		metadata_get(metadata, ENDPOINT_TOKEN, false, &found);
		if (!found.address != (cases[i].why != NULL) ||
		    (cases[i].why && !strstr(found.why_not, cases[i].why)))
			fail_msg("%s: %s", text,
			    found.why_not ? found.why_not : "used");
		if (found.address &&
		    metadata_is_elsewhere(cases[i].issuer, found.address) !=
			cases[i].is_elsewhere)
			fail_msg("%s: elsewhere", text);
		metadata_get(metadata, ENDPOINT_JWKS, false, &found);
		assert_null(found.address);
		assert_null(found.why_not);
		metadata_unref(metadata);
	}
}

static void
each_endpoint_is_found_under_its_name(void **state)
{
	struct metadata *metadata = good(ISSUER,
	    "{\"issuer\":\"https://idp.example\","
	    "\"jwks_uri\":\"https://idp.example/0\","
	    "\"introspection_endpoint\":\"https://idp.example/1\","
	    "\"token_endpoint\":\"https://idp.example/2\","
	    "\"userinfo_endpoint\":\"https://idp.example/3\","
	    "\"device_authorization_endpoint\":\"https://idp.example/4\","
	    "\"revocation_endpoint\":\"https://idp.example/5\"}");
	char address[32];

	(void)state;
	for (enum endpoint i = 0; i < ENDPOINT_COUNT; i++) {
		struct metadata_endpoint found;

		(void)snprintf(
		    address, sizeof(address), "%s/%d", ISSUER, (int)i);
		metadata_get(metadata, i, false, &found);
		assert_string_equal(found.address, address);
		assert_false(found.secret_in_form);
		assert_int_equal(found.algs, 0);
		metadata_get(metadata, i, true, &found);
		assert_string_equal(found.address, address);
	}
	metadata_unref(metadata);
}

static void
a_certificate_is_shown_at_its_own_place(void **state)
{
	struct metadata *metadata = good(ISSUER,
	    "{\"issuer\":\"https://idp.example\","
	    "\"token_endpoint\":\"https://idp.example/t\","
	    "\"revocation_endpoint\":\"https://idp.example/r\","
	    "\"mtls_endpoint_aliases\":{"
	    "\"token_endpoint\":\"https://mtls.idp.example/t\","
	    "\"revocation_endpoint\":\"http://mtls.idp.example/r\"}}");
	struct metadata_endpoint found;

	(void)state;
	metadata_get(metadata, ENDPOINT_TOKEN, true, &found);
	assert_string_equal(found.address, "https://mtls.idp.example/t");
	metadata_get(metadata, ENDPOINT_TOKEN, false, &found);
	assert_string_equal(found.address, "https://idp.example/t");
	metadata_get(metadata, ENDPOINT_REVOCATION, true, &found);
	assert_string_equal(found.address, "https://idp.example/r");
	metadata_unref(metadata);
}

static void
the_proofs_that_it_takes_are_known(void **state)
{
	static const struct {
		const char *members;
		enum endpoint which;
		bool secret_in_form;
		const char *alg;
	} cases[] = {
	    {"\"token_endpoint_auth_methods_supported\":"
	     "[\"client_secret_post\",\"private_key_jwt\"]",
		ENDPOINT_TOKEN, true, NULL},
	    /* It stands for those that say nothing themselves. */
	    {"\"token_endpoint_auth_methods_supported\":"
	     "[\"client_secret_post\"]",
		ENDPOINT_INTROSPECTION, true, NULL},
	    {"\"token_endpoint_auth_methods_supported\":"
	     "[\"client_secret_post\"],"
	     "\"introspection_endpoint_auth_methods_supported\":"
	     "[\"client_secret_basic\"]",
		ENDPOINT_INTROSPECTION, false, NULL},
	    {"\"token_endpoint_auth_methods_supported\":"
	     "[\"client_secret_post\",\"client_secret_basic\"]",
		ENDPOINT_TOKEN, false, NULL},
	    {"\"token_endpoint_auth_methods_supported\":[]", ENDPOINT_TOKEN,
		false, NULL},
	    {"\"token_endpoint_auth_methods_supported\":"
	     "\"client_secret_post\"",
		ENDPOINT_TOKEN, false, NULL},
	    {"\"token_endpoint_auth_methods_supported\":[1,null,{}]",
		ENDPOINT_TOKEN, false, NULL},
	    {"\"token_endpoint_auth_signing_alg_values_supported\":"
	     "[\"none\",\"PS256\",7]",
		ENDPOINT_DEVICE_AUTHORIZATION, false, "PS256"},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct metadata_endpoint found;
		struct metadata *metadata;

		(void)snprintf(text, sizeof(text), "{\"issuer\":\"%s\",%s}",
		    ISSUER, cases[i].members);
		metadata = good(ISSUER, text);
		metadata_get(metadata, cases[i].which, false, &found);
		if (found.secret_in_form != cases[i].secret_in_form)
			fail_msg("%s", text);
		assert_int_equal(found.algs,
		    cases[i].alg ? alg_bit(alg_find(cases[i].alg)) : 0);
		metadata_unref(metadata);
	}
}

static void
the_document_is_where_the_standards_put_it(void **state)
{
	static const struct {
		const char *issuer, *openid, *oauth;
	} cases[] = {
	    {"https://a.example",
		"https://a.example/.well-known/openid-configuration",
		"https://a.example/.well-known/oauth-authorization-server"},
	    {"https://a.example/",
		"https://a.example/.well-known/openid-configuration",
		"https://a.example/.well-known/oauth-authorization-server"},
	    {"https://a.example:1/b/c",
		"https://a.example:1/b/c/.well-known/openid-configuration",
		"https://a.example:1/.well-known/oauth-authorization-server"
		"/b/c"},
	    {"https://a.example/b/",
		"https://a.example/b/.well-known/openid-configuration",
		"https://a.example/.well-known/oauth-authorization-server/b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_TEXT openid =
		    metadata_print_address(cases[i].issuer, METADATA_OPENID);
		AUTO_TEXT oauth =
		    metadata_print_address(cases[i].issuer, METADATA_OAUTH);

		assert_string_equal(openid, cases[i].openid);
		assert_string_equal(oauth, cases[i].oauth);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_issuer_must_be_the_same_byte_by_byte),
	    cmocka_unit_test(what_is_no_strict_document_is_refused),
	    cmocka_unit_test(addresses_are_those_of_the_issuer_or_public_ones),
	    cmocka_unit_test(each_endpoint_is_found_under_its_name),
	    cmocka_unit_test(a_certificate_is_shown_at_its_own_place),
	    cmocka_unit_test(the_proofs_that_it_takes_are_known),
	    cmocka_unit_test(the_document_is_where_the_standards_put_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
