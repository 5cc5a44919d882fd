/* What a provider may answer in a device login, and what of it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "token/device_answer.h"

#define GRANT                                                                  \
	"\"device_code\":\"secret\",\"user_code\":\"WDJB-MJHT\","              \
	"\"verification_uri\":\"https://idp.example/device\""
#define TIMES ",\"expires_in\":600,\"interval\":5"

static int
parse(const char *text, struct device_grant *ret_grant)
{
	const char *why = NULL;
	int r = device_grant_parse(text, strlen(text), false, ret_grant, &why);

	assert_int_equal(r < 0, why != NULL);
	return r;
}

static void
the_answer_of_the_rfc_is_read(void **state)
{
	/* RFC 8628 3.2 */
	static const char text[] =
	    "{\"device_code\":\"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS\","
	    "\"user_code\":\"WDJB-MJHT\","
	    "\"verification_uri\":\"https://example.com/device\","
	    "\"verification_uri_complete\":"
	    "\"https://example.com/device?user_code=WDJB-MJHT\","
	    "\"expires_in\":1800,\"interval\":5}";
	struct device_grant grant = {0};

	(void)state;
	assert_int_equal(parse(text, &grant), 0);
	assert_string_equal(grant.device_code->bytes,
	    "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
	assert_string_equal(grant.user_code, "WDJB-MJHT");
	assert_string_equal(grant.uri, "https://example.com/device");
	assert_string_equal(grant.complete_uri,
	    "https://example.com/device?user_code=WDJB-MJHT");
	assert_int_equal(grant.interval_s, 5);
	assert_int_equal(grant.life_s, DEVICE_LIFE_S_MAX);
	device_grant_done(&grant);
}

static void
what_may_be_left_out_has_a_default(void **state)
{
	struct device_grant grant = {0};

	(void)state;
	assert_int_equal(parse("{" GRANT ",\"expires_in\":60}", &grant), 0);
	assert_int_equal(grant.interval_s, 5);
	assert_int_equal(grant.life_s, 60);
	assert_string_equal(grant.complete_uri, "");
	device_grant_done(&grant);
	assert_int_equal(
	    parse("{" GRANT ",\"expires_in\":60,\"interval\":0}", &grant), 0);
	assert_int_equal(grant.interval_s, 1);
	device_grant_done(&grant);
}

#define CODE(user_code)                                                        \
	"{\"device_code\":\"secret\",\"user_code\":\"" user_code "\","         \
	"\"verification_uri\":\"https://idp.example/device\"" TIMES "}"
#define URI(uri)                                                               \
	"{\"device_code\":\"secret\",\"user_code\":\"A\","                     \
	"\"verification_uri\":\"" uri "\"" TIMES "}"
#define COMPLETE(uri) "{" GRANT ",\"verification_uri_complete\":" uri TIMES "}"

static const struct {
	const char *text;
	bool is_good;
} grants[] = {
    {"{" GRANT TIMES "}", true},
    {"{" GRANT TIMES ",\"more\":[1]}", true},
    {CODE("123 456 789"), true},
    {CODE("12345678901234567890123456789012"), true},
    {COMPLETE("\"https://idp.example/d?c=A\""), true},

    /* To be shown: nothing that a terminal would obey, or a person mistake. */
    {CODE("123456789012345678901234567890123"), false},
    {CODE(""), false},
    {CODE(" A"), false},
    {CODE("A "), false},
    {CODE("A  B"), false},
    {CODE("A\\u001b[2J"), false},
    {CODE("A\\rB"), false},
    {CODE("A\\nPassword: "), false},
    {CODE("A\\u009b2J"), false},
    {CODE("A\\u202eB"), false},
    {CODE("A\\u0000B"), false},
    {CODE("\xc3\xbc"), false},
    {URI("https://idp.example/\\u001b[31m"), false},
    {URI("https://idp.example/a b"), false},
    {URI("https://idp.example@evil.example/"), false},
    {URI("https://idp.example/\\r\\nOpen https://evil.example/"), false},
    {URI("http://idp.example/device"), false},
    {URI("http://127.0.0.1:3000/device"), true},
    {URI("javascript:alert(1)"), false},
    {URI("file:///etc/passwd"), false},
    {URI("idp.example/device"), false},
    {URI(""), false},
    {COMPLETE("\"http://idp.example/d?c=A\""), false},
    {COMPLETE("\"\\u001b]0;x\\u0007\""), false},
    {COMPLETE("7"), false},

    /* Times out of all range, or none. */
    {"{" GRANT "}", false},
    {"{" GRANT ",\"expires_in\":0}", false},
    {"{" GRANT ",\"expires_in\":-1}", false},
    {"{" GRANT ",\"expires_in\":1.5}", false},
    {"{" GRANT ",\"expires_in\":\"600\"}", false},
    {"{" GRANT ",\"expires_in\":1e999}", false},
    {"{" GRANT ",\"expires_in\":1000000000}", true},
    {"{" GRANT ",\"expires_in\":600,\"interval\":-1}", false},
    {"{" GRANT ",\"expires_in\":600,\"interval\":61}", false},
    {"{" GRANT ",\"expires_in\":600,\"interval\":1000000000}", false},
    {"{" GRANT ",\"expires_in\":600,\"interval\":\"5\"}", false},

    /* Something else. */
    {"{\"user_code\":\"A\",\"verification_uri\":\"https://a.example\"" TIMES
     "}",
	false},
    {"{\"device_code\":\"\",\"user_code\":\"A\","
     "\"verification_uri\":\"https://a.example\"" TIMES "}",
	false},
    {"{\"device_code\":\"a\\nb\",\"user_code\":\"A\","
     "\"verification_uri\":\"https://a.example\"" TIMES "}",
	false},
    {"{" GRANT TIMES ",\"user_code\":\"B\"}", false},
    {"{" GRANT TIMES "} {}", false},
    {"[]", false},
    {"\"\"", false},
    {"null", false},
    {"", false},
    {"<html>", false},
};

static void
only_what_can_be_shown_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		struct device_grant grant = {0};
		int r = parse(grants[i].text, &grant);

		if ((r == 0) != grants[i].is_good)
			fail_msg("%s: %d", grants[i].text, r);
		assert_true(r == 0 || r == -EBADMSG);
		assert_true(r == 0 || !grant.device_code);
		device_grant_done(&grant);
	}
}

static void
huge_codes_are_refused(void **state)
{
	static char text[300000];
	struct device_grant grant = {0};
	char letters[200001];

	(void)state;
	memset(letters, 'A', sizeof(letters) - 1);
	letters[sizeof(letters) - 1] = '\0';
	(void)snprintf(text, sizeof(text),
	    "{\"device_code\":\"d\",\"user_code\":\"%s\","
	    "\"verification_uri\":\"https://a.example\"" TIMES "}",
	    letters);
	assert_int_equal(parse(text, &grant), -EBADMSG);
	(void)snprintf(text, sizeof(text),
	    "{\"device_code\":\"%s\",\"user_code\":\"A\","
	    "\"verification_uri\":\"https://a.example\"" TIMES "}",
	    letters);
	assert_int_equal(parse(text, &grant), -EBADMSG);
	letters[300] = '\0';
	(void)snprintf(
	    text, sizeof(text), URI("https://a.example/%s"), letters);
	assert_int_equal(parse(text, &grant), -EBADMSG);
}

static void
plain_http_needs_a_yes(void **state)
{
	static const char text[] = URI("http://idp.example/device");
	struct device_grant grant = {0};
	const char *why;

	(void)state;
	assert_int_equal(
	    device_grant_parse(text, strlen(text), true, &grant, &why), 0);
	device_grant_done(&grant);
}

#define JWT "eyJhbGciOiJub25lIn0.e30.AA"
static const struct {
	unsigned status;
	const char *text;
	enum device_event event;
	const char *id_token, *access_token; /* NULL: none */
} answers[] = {
    {400, "{\"error\":\"authorization_pending\"}", DEVICE_PENDING, NULL, NULL},
    {400, "{\"error\":\"slow_down\"}", DEVICE_SLOW_DOWN, NULL, NULL},
    {400, "{\"error\":\"access_denied\",\"error_description\":\"no\"}",
	DEVICE_DENIED, NULL, NULL},
    {400, "{\"error\":\"expired_token\"}", DEVICE_EXPIRED, NULL, NULL},
    {401, "{\"error\":\"invalid_client\"}", DEVICE_FAILED, NULL, NULL},
    {400, "{\"error\":\"invalid_grant\"}", DEVICE_FAILED, NULL, NULL},
    {400, "{\"error\":\"\\u001b[2J\"}", DEVICE_FAILED, NULL, NULL},
    {400, "{\"error\":\"\"}", DEVICE_FAILED, NULL, NULL},
    {400, "{\"error\":7}", DEVICE_FAILED, NULL, NULL},
    {400, "{}", DEVICE_FAILED, NULL, NULL},
    {400, "<html>", DEVICE_FAILED, NULL, NULL},
    {404, "", DEVICE_FAILED, NULL, NULL},
    {429, "<html>", DEVICE_SLOW_DOWN, NULL, NULL},
    {500, "{\"error\":\"access_denied\"}", DEVICE_SILENT, NULL, NULL},
    {503, "", DEVICE_SILENT, NULL, NULL},
    /* An error with a good status is no error code, and no token. */
    {200, "{\"error\":\"authorization_pending\"}", DEVICE_FAILED, NULL, NULL},
    {400, "{\"access_token\":\"" JWT "\",\"error\":\"authorization_pending\"}",
	DEVICE_PENDING, NULL, NULL},

    {200, "{\"access_token\":\"" JWT "\",\"token_type\":\"Bearer\"}",
	DEVICE_APPROVED, NULL, JWT},
    {200,
	"{\"access_token\":\"opaque\",\"id_token\":\"" JWT
	"\",\"refresh_token\":\"r\"}",
	DEVICE_APPROVED, JWT, "opaque"},
    {200, "{\"access_token\":\"x.y.z\",\"id_token\":\"" JWT "\"}",
	DEVICE_APPROVED, JWT, "x.y.z"},
    {200, "{\"access_token\":\"opaque\"}", DEVICE_FAILED, NULL, NULL},
    /* One of our own sessions is none of theirs. */
    {200, "{\"access_token\":\"abx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	DEVICE_FAILED, NULL, NULL},
    {200, "{\"refresh_token\":\"" JWT "\"}", DEVICE_FAILED, NULL, NULL},
    {200, "{\"access_token\":null}", DEVICE_FAILED, NULL, NULL},
    {200, "{\"access_token\":\"" JWT "\",\"id_token\":[]}", DEVICE_FAILED, NULL,
	NULL},
    {200, "{\"access_token\":\"" JWT "\",\"access_token\":\"" JWT "\"}",
	DEVICE_FAILED, NULL, NULL},
    {200, "[\"" JWT "\"]", DEVICE_FAILED, NULL, NULL},
    {200, "", DEVICE_FAILED, NULL, NULL},
};

static void
expect_token(const struct secret *got, const char *expected)
{
	assert_int_equal(!got, !expected);
	if (got)
		assert_string_equal(got->bytes, expected);
}

static void
an_answer_is_one_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct device_answer answer = {0};
		const char *text = answers[i].text;

		assert_int_equal(device_answer_parse(answers[i].status, text,
				     strlen(text), &answer),
		    0);
		if (answer.event != answers[i].event)
			fail_msg("%s: %d", text, answer.event);
		assert_int_equal(
		    answer.event == DEVICE_FAILED, answer.why[0] != '\0');
		assert_true(text_is_printable(answer.why, strlen(answer.why)));
		expect_token(answer.id_token, answers[i].id_token);
		expect_token(answer.access_token, answers[i].access_token);
		device_answer_done(&answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_answer_of_the_rfc_is_read),
	    cmocka_unit_test(what_may_be_left_out_has_a_default),
	    cmocka_unit_test(only_what_can_be_shown_is_taken),
	    cmocka_unit_test(huge_codes_are_refused),
	    cmocka_unit_test(plain_http_needs_a_yes),
	    cmocka_unit_test(an_answer_is_one_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
