#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fetch/question.h"

#define LONG_BYTES (QUESTION_BODY_BYTES_MAX + 1)

/* A good request; a test replaces one parameter. */
static cJSON *
good_new(void)
{
	cJSON *tree = NULL;
	static const char text[] =
	    "{\"method\":\"POST\",\"url\":\"https://hook.example:8443/a?b=c\","
	    "\"contentType\":\"application/json\",\"body\":\"{}\","
	    "\"headers\":[{\"name\":\"Authorization\",\"value\":\"Basic x\"}],"
	    "\"timeoutMs\":5000,\"bodyBytesMax\":1000}";

	assert_int_equal(json_parse(text, sizeof(text) - 1, &tree, NULL), 0);
	return tree;
}

/* The good request with `name` replaced by `value` (JSON; NULL: left out). */
static cJSON *
changed_new(const char *name, const char *value)
{
	cJSON *tree = good_new(), *item = NULL;

	cJSON_DeleteItemFromObjectCaseSensitive(tree, name);
	if (value) {
		item = cJSON_Parse(value);
		assert_non_null(item);
		assert_true(cJSON_AddItemToObject(tree, name, item));
	}
	return tree;
}

/* NULL: it is sent; else the parameter for which it is refused. */
static const char *
refused_for(const cJSON *parameters)
{
	struct question question;
	const char *wrong = NULL;
	int r = question_parse(parameters, &question, &wrong);

	if (r == 0) {
		question_done(&question);
		return NULL;
	}
	assert_int_equal(r, -EINVAL);
	assert_non_null(wrong);
	return wrong;
}

static void
question_takes_a_whole_request_apart(void **state)
{
	AUTO_JSON tree = good_new();
	struct question question;
	const char *wrong;

	(void)state;
	assert_int_equal(question_parse(tree, &question, &wrong), 0);
	assert_non_null(question.address);
	assert_true(question.is_post);
	assert_true(question.is_https);
	assert_string_equal(question.body, "{}");
	assert_string_equal(question.content_type, "application/json");
	assert_int_equal(question.header_count, 1);
	assert_string_equal(question.headers[0].name, "Authorization");
	assert_string_equal(question.headers[0].value, "Basic x");
	assert_int_equal(question.timeout_ms, 5000);
	assert_int_equal(question.body_bytes_max, 1000);
	assert_null(question.proxy);
	assert_null(question.ca);
	question_done(&question);
	assert_null(question.address);
}

static void
question_refuses_each_wrong_parameter_by_name(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} cases[] = {
	    {"method", NULL, false},
	    {"method", "\"get\"", false},
	    {"method", "\"DELETE\"", false},
	    {"method", "\"POST /x HTTP/1.1\\r\\nHost: y\\r\\n\"", false},
	    {"method", "1", false},
	    {"contentType", NULL, true},
	    {"contentType", "\"text/plain\\r\\nX: y\"", false},
	    {"contentType", "7", false},
	    {"body", NULL, true},
	    {"body", "\"\"", true},
	    {"body", "{}", false},
	    {"headers", NULL, true},
	    {"headers", "[]", true},
	    {"headers", "{}", false},
	    {"headers", "[1]", false},
	    {"headers", "[{\"name\":\"X\"}]", false},
	    {"headers", "[{\"name\":\"X\",\"value\":\"\"}]", true},
	    {"headers", "[{\"name\":\"X\",\"value\":\"a b\"}]", true},
	    {"headers", "[{\"name\":\"X\",\"value\":\"a\",\"z\":1}]", false},
	    {"headers", "[{\"name\":\"\",\"value\":\"a\"}]", false},
	    {"headers", "[{\"name\":\"X Y\",\"value\":\"a\"}]", false},
	    {"headers", "[{\"name\":\"X:\",\"value\":\"a\"}]", false},
	    {"headers", "[{\"name\":\"X\\r\\nY\",\"value\":\"a\"}]", false},
	    {"headers", "[{\"name\":\"X\",\"value\":\"a\\r\\nY: b\"}]", false},
	    {"headers", "[{\"name\":\"X\",\"value\":\"a\\nY: b\"}]", false},
	    {"headers", "[{\"name\":\"X\",\"value\":\"\\u007f\"}]", false},
	    {"headers", "[{\"name\":\"host\",\"value\":\"a\"}]", false},
	    {"headers", "[{\"name\":\"Content-Length\",\"value\":\"1\"}]",
		false},
	    {"headers", "[{\"name\":\"transfer-encoding\",\"value\":\"x\"}]",
		false},
	    {"headers", "[{\"name\":\"Accept-Encoding\",\"value\":\"gzip\"}]",
		false},
	    {"headers", "[{\"name\":\"Cookie\",\"value\":\"a=b\"}]", false},
	    {"timeoutMs", NULL, false},
	    {"timeoutMs", "0", false},
	    {"timeoutMs", "-1", false},
	    {"timeoutMs", "1.5", false},
	    {"timeoutMs", "\"5000\"", false},
	    {"timeoutMs", "30000", true},
	    {"timeoutMs", "30001", false},
	    {"bodyBytesMax", NULL, false},
	    {"bodyBytesMax", "0", true},
	    {"bodyBytesMax", "-1", false},
	    {"bodyBytesMax", "524288", true},
	    {"bodyBytesMax", "524289", false},
	    {"proxy", "\"http://proxy.example:3128\"", true},
	    {"proxy", "\"https://user:word@proxy.example\"", true},
	    {"proxy", "\"proxy.example:3128\"", false},
	    {"proxy", "\"socks5://proxy.example\"", false},
	    {"proxy", "\"http://a b\"", false},
	    {"proxy", "true", false},
	    {"ca", "\"/etc/ssl/own.pem\"", true},
	    {"ca", "\"own.pem\"", false},
	    {"ca", "\"\"", false},
	    {"answerTypes", "[]", true},
	    {"answerTypes", "[\"application/json\",\"text/x.y+json\"]", true},
	    {"answerTypes", "[\"a/b\",\"a/b\",\"a/b\",\"a/b\"]", true},
	    {"answerTypes", "[\"a/b\",\"a/b\",\"a/b\",\"a/b\",\"a/b\"]", false},
	    {"answerTypes", "\"application/json\"", false},
	    {"answerTypes", "[1]", false},
	    {"answerTypes", "[\"\"]", false},
	    {"answerTypes", "[\"json\"]", false},
	    {"answerTypes", "[\"a/b; q=1\"]", false},
	    {"answerTypes", "[\"a/b, c/d\"]", false},
	    {"answerTypes", "[\"a/b\\r\\nX: y\"]", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_JSON tree = changed_new(cases[i].name, cases[i].value);
		const char *wrong = refused_for(tree);

		if (cases[i].good != (wrong == NULL))
			fail_msg("%s = %s", cases[i].name, cases[i].value);
		if (wrong)
			assert_string_equal(wrong, cases[i].name);
	}
}

static void
question_takes_only_addresses_that_keep_a_secret(void **state)
{
	static const struct {
		const char *url;
		bool good, good_if_insecure;
	} cases[] = {
	    {"https://example.org", true, true},
	    {"https://example.org:8443/a/b?c=d#e", true, true},
	    {"https://[2001:db8::1]/", true, true},
	    {"HTTPS://example.org/", true, true},
	    {"http://example.org/", false, true},
	    {"http://devbox:8080/webhook", false, true},
	    {"http://localhost/", true, true},
	    {"http://LOCALHOST:3000/", true, true},
	    {"http://127.0.0.1:8080/", true, true},
	    {"http://127.1/", true, true},
	    {"http://127.255.255.254/", true, true},
	    {"http://[::1]:8080/", true, true},
	    {"http://[0:0::1]/", true, true},
	    {"http://128.0.0.1/", false, true},
	    {"http://0.0.0.0/", false, true},
	    {"http://localhost.example.org/", false, true},
	    {"http://127.0.0.1.example.org/", false, true},
	    {"http://127.0.0.1@example.org/", false, false},
	    {"https://user@example.org/", false, false},
	    {"https://user:word@example.org/", false, false},
	    {"http://[::ffff:127.0.0.1]/", false, true},
	    {"http://example.org\\@localhost/", false, false},
	    {"ftp://example.org/", false, false},
	    {"file:///etc/passwd", false, false},
	    {"gopher://localhost/", false, false},
	    {"https://", false, false},
	    {"example.org", false, false},
	    {"//example.org/", false, false},
	    {"https://example.org/a b", false, false},
	    {"https://example.org/\r\nX: y", false, false},
	    {"https://ex\xc3\xa4mple.org/", false, false},
	    {"https://example.org:99999/", false, false},
	    {"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_JSON tree = changed_new("url", NULL);
		const char *wrong;

		assert_non_null(
		    cJSON_AddStringToObject(tree, "url", cases[i].url));
		wrong = refused_for(tree);
		if (cases[i].good != (wrong == NULL))
			fail_msg("%s", cases[i].url);
		if (wrong)
			assert_string_equal(wrong, "url");
		assert_non_null(cJSON_AddTrueToObject(tree, "insecure"));
		wrong = refused_for(tree);
		if (cases[i].good_if_insecure != (wrong == NULL))
			fail_msg("insecure %s", cases[i].url);
	}
}

/* Both or none, over TLS alone, and not without end. */
static void
question_takes_a_certificate_with_its_key(void **state)
{
	AUTO(secret) large = secret_new(QUESTION_PEM_BYTES_MAX + 1);
	const struct {
		const char *url, *certificate, *key;
		bool good;
	} cases[] = {
	    {"https://idp.example/", "c", "k", true},
	    {"https://idp.example/", NULL, NULL, true},
	    {"https://idp.example/", "c", NULL, false},
	    {"https://idp.example/", NULL, "k", false},
	    {"https://idp.example/", large->bytes + 1, "k", true},
	    {"https://idp.example/", large->bytes, "k", false},
	    {"https://idp.example/", "c", large->bytes, false},
	    {"http://localhost/", "c", "k", false},
	};

	(void)state;
	for (size_t i = 0; i < large->size; i++)
		large->bytes[i] = 'x';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_JSON tree = changed_new("url", NULL);

		(void)cJSON_AddStringToObject(tree, "url", cases[i].url);
		if (cases[i].certificate)
			(void)cJSON_AddStringToObject(
			    tree, "certificate", cases[i].certificate);
		if (cases[i].key)
			(void)cJSON_AddStringToObject(
			    tree, "privateKey", cases[i].key);
		if (cases[i].good)
			assert_null(refused_for(tree));
		else
			assert_string_equal(refused_for(tree), "certificate");
	}
}

static void
question_uses_no_proxy_for_this_host(void **state)
{
	static const struct {
		const char *url;
		bool used;
	} cases[] = {{"\"https://localhost/\"", false},
	    {"\"http://127.0.0.1/\"", false},
	    {"\"https://example.org/\"", true}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		AUTO_JSON tree = changed_new("url", cases[i].url);
		struct question question;
		const char *wrong;

		assert_non_null(cJSON_AddStringToObject(
		    tree, "proxy", "http://proxy.example"));
		assert_int_equal(question_parse(tree, &question, &wrong), 0);
		assert_int_equal(question.proxy != NULL, cases[i].used);
		question_done(&question);
	}
}

static void
question_bounds_every_text(void **state)
{
	static const struct {
		const char *name;
		size_t bytes_max;
	} cases[] = {{"url", QUESTION_URL_BYTES_MAX},
	    {"body", QUESTION_BODY_BYTES_MAX},
	    {"contentType", QUESTION_HEADER_BYTES_MAX}};
	static const char start[] = "https://a/";
	char *text = malloc(LONG_BYTES + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 3; i++) {
		size_t size = cases[i].bytes_max;

		for (int more = 0; more < 2; more++) {
			AUTO_JSON tree = changed_new(cases[i].name, NULL);
			const char *wrong;

			memset(text, 'x', size);
			text[size] = '\0';
			memcpy(text, start, sizeof(start) - 1);
			assert_non_null(
			    cJSON_AddStringToObject(tree, cases[i].name, text));
			wrong = refused_for(tree);
			assert_int_equal(wrong != NULL, more);
			if (wrong)
				assert_string_equal(wrong, cases[i].name);
			size++;
		}
	}
	free(text);
}

static void
question_bounds_the_number_of_headers(void **state)
{
	AUTO_JSON tree = changed_new("headers", "[]");
	cJSON *headers = cJSON_GetObjectItemCaseSensitive(tree, "headers");

	(void)state;
	for (int i = 0; i <= QUESTION_HEADERS_MAX; i++) {
		assert_null(refused_for(tree));
		assert_true(cJSON_AddItemToArray(
		    headers, cJSON_Parse("{\"name\":\"X\",\"value\":\"y\"}")));
	}
	assert_string_equal(refused_for(tree), "headers");
}

static void
question_sends_no_body_with_get(void **state)
{
	AUTO_JSON tree = changed_new("method", "\"GET\"");

	(void)state;
	assert_string_equal(refused_for(tree), "body");
	cJSON_DeleteItemFromObjectCaseSensitive(tree, "body");
	assert_null(refused_for(tree));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(question_takes_a_whole_request_apart),
	    cmocka_unit_test(question_refuses_each_wrong_parameter_by_name),
	    cmocka_unit_test(question_takes_only_addresses_that_keep_a_secret),
	    cmocka_unit_test(question_takes_a_certificate_with_its_key),
	    cmocka_unit_test(question_uses_no_proxy_for_this_host),
	    cmocka_unit_test(question_bounds_every_text),
	    cmocka_unit_test(question_bounds_the_number_of_headers),
	    cmocka_unit_test(question_sends_no_body_with_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
