#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/http.h"
#include "tests/unit/fake_fetch.h"

static const struct http_request get = {
    .method = "GET",
    .url = "https://issuer.example/jwks",
    .timeout_ms = 2000,
};

static int
ask(const struct http_request *request, const char *const *script,
    struct http_answer *ret_answer, char *ret_why)
{
	struct fake_fetch fake;
	int r;

	fake_fetch_start(&fake, script);
	r = http_ask(fake.path, request, ret_answer, ret_why, 128);
	fake_fetch_stop(&fake);
	return r;
}

static void
http_sends_all_of_the_request(void **state)
{
	struct secret *value = secret_copy("Basic c2VjcmV0", 14);
	struct header header = {.name = (char[]){"Authorization"}, value};
	static const char *const types[] = {"a/b", "c/d", NULL};
	struct http_request request = {
	    .method = "POST",
	    .url = "http://devbox:8080/hook",
	    .insecure = true,
	    .content_type = "application/json",
	    .body = "{}",
	    .headers = &header,
	    .header_count = 1,
	    .answer_types = types,
	    .timeout_ms = 1234,
	    .proxy = "http://proxy.example:3128",
	    .ca = "/etc/authbox/ca.pem",
	};
	const char *const script[] = {
	    "{\"parameters\":{\"status\":204}}|", NULL};
	struct http_answer answer = {0};
	struct fake_fetch fake;
	AUTO(secret) text = NULL;

	(void)state;
	fake_fetch_start(&fake, script);
	assert_int_equal(http_ask(fake.path, &request, &answer, NULL, 0), 0);
	text = json_print(fake_fetch_question(&fake, 1));
	assert_string_equal(text->bytes,
	    "{\"method\":\"POST\",\"url\":\"http://devbox:8080/hook\","
	    "\"contentType\":\"application/json\",\"body\":\"{}\","
	    "\"proxy\":\"http://proxy.example:3128\","
	    "\"ca\":\"/etc/authbox/ca.pem\",\"headers\":[{\"name\":"
	    "\"Authorization\",\"value\":\"Basic c2VjcmV0\"}],"
	    "\"answerTypes\":[\"a/b\",\"c/d\"],"
	    "\"insecure\":true,\"publicOnly\":false,\"timeoutMs\":1234,"
	    "\"bodyBytesMax\":262144}");
	fake_fetch_stop(&fake);
	assert_int_equal(answer.status, 204);
	assert_int_equal(answer.body->size, 0);
	http_answer_done(&answer);
	secret_free(value);
}

static void
http_joins_a_body_that_comes_in_parts(void **state)
{
	const char *const script[] = {
	    "{\"parameters\":{\"status\":404,\"body\":\"one, \"},"
	    "\"continues\":true}|{\"parameters\":{\"body\":\"two, \"},"
	    "\"continues\":true}|{\"parameters\":{\"body\":\"three\"}}|",
	    NULL};
	struct http_answer answer = {0};
	char why[128];

	(void)state;
	assert_int_equal(ask(&get, script, &answer, why), 0);
	assert_int_equal(answer.status, 404);
	assert_string_equal(answer.body->bytes, "one, two, three");
	assert_int_equal(answer.body->size, strlen("one, two, three"));
	http_answer_done(&answer);
}

#define UNAVAILABLE(reason)                                                    \
	"{\"error\":\"io.authbox.Unavailable\",\"parameters\":{"               \
	"\"reason\":\"" reason "\"}}|"

static void
http_tells_failures_apart(void **state)
{
	static const struct {
		const char *reply;
		int number;
		const char *why;
	} cases[] = {
	    {UNAVAILABLE("resolve"), -EHOSTUNREACH,
		"the server's name is not known"},
	    {UNAVAILABLE("refused"), -EHOSTUNREACH,
		"the server cannot be reached"},
	    {UNAVAILABLE("timeout"), -ETIMEDOUT,
		"the server did not answer in time"},
	    {UNAVAILABLE("tls\",\"message\":\"certificate\\u001b expired"),
		-EPROTO, "certificate? expired"},
	    {UNAVAILABLE("too-large"), -EMSGSIZE, "the answer is too large"},
	    {UNAVAILABLE("not-text"), -EIO, "the answer is not text in UTF-8"},
	    {UNAVAILABLE("media-type"), -EIO,
		"the answer is of another type than was asked for"},
	    {UNAVAILABLE("ca\",\"message\":\"no such file"), -EIO,
		"no such file"},
	    {UNAVAILABLE("something new"), -EIO,
		"authbox-fetch refused the request"},
	    {"{\"error\":\"org.varlink.service.InvalidParameter\","
	     "\"parameters\":{\"parameter\":\"url\"}}|",
		-EINVAL, "the request's url is not one that may be sent"},
	    {"", -EIO, "authbox-fetch broke off"},
	    {"{\"parameters\":", -EIO, "authbox-fetch broke off"},
	    {"nonsense|", -EIO, "authbox-fetch broke off"},
	    {"{\"parameters\":{}}|", -EIO, "authbox-fetch answered nonsense"},
	    {"{\"parameters\":{\"status\":99}}|", -EIO,
		"authbox-fetch answered nonsense"},
	    {"{\"parameters\":{\"status\":\"200\"}}|", -EIO,
		"authbox-fetch answered nonsense"},
	    {"{\"parameters\":{\"status\":200,\"body\":1}}|", -EIO,
		"authbox-fetch answered nonsense"},
	    {"{\"parameters\":{\"status\":200},\"continues\":true}|"
	     "{\"parameters\":{\"status\":200}}|",
		-EIO, "authbox-fetch answered nonsense"},
	    {"{\"parameters\":{\"status\":200},\"continues\":true}|", -EIO,
		"authbox-fetch broke off"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const script[] = {cases[i].reply, NULL};
		struct http_answer answer = {0};
		char why[128] = "";

		assert_int_equal(
		    ask(&get, script, &answer, why), cases[i].number);
		assert_string_equal(why, cases[i].why);
		assert_null(answer.body);
	}
}

static void
http_refuses_more_body_than_was_asked_for(void **state)
{
	const char *const script[] = {
	    "{\"parameters\":{\"status\":200,\"body\":\"12345678\"},"
	    "\"continues\":true}|{\"parameters\":{\"body\":\"9\"}}|",
	    NULL};
	struct http_request request = get;
	struct http_answer answer = {0};
	char why[128];

	(void)state;
	request.body_bytes_max = 8;
	assert_int_equal(ask(&request, script, &answer, why), -EMSGSIZE);
	assert_string_equal(why, "the answer is too large");
	request.body_bytes_max = 9;
	assert_int_equal(ask(&request, script, &answer, why), 0);
	assert_string_equal(answer.body->bytes, "123456789");
	http_answer_done(&answer);
}

static void
http_asks_for_no_body_where_only_the_status_counts(void **state)
{
	static const char *const script[] = {
	    "{\"parameters\":{\"status\":200}}|", NULL};
	struct http_request request = get;
	struct http_answer answer = {0};
	struct fake_fetch fake;
	int64_t bytes_max = -1;

	(void)state;
	request.ignore_body = true;
	fake_fetch_start(&fake, script);
	assert_int_equal(http_ask(fake.path, &request, &answer, NULL, 0), 0);
	assert_int_equal(json_find_int(fake_fetch_question(&fake, 1),
			     "bodyBytesMax", &bytes_max),
	    1);
	assert_int_equal(bytes_max, 0);
	fake_fetch_stop(&fake);
	http_answer_done(&answer);
}

static void
http_says_that_nobody_is_there(void **state)
{
	struct http_answer answer = {0};
	char why[128];

	(void)state;
	assert_int_equal(http_ask("/nonexistent/fetch.sock", &get, &answer, why,
			     sizeof(why)),
	    -ECONNREFUSED);
	assert_string_equal(
	    why, "authbox-fetch is not running, or does not let us in");
}

static void
http_ends_in_time_when_nothing_comes(void **state)
{
	const char *const script[] = {"hang", NULL};
	struct http_request request = get;
	struct http_answer answer = {0};
	char why[128];

	(void)state;
	request.timeout_ms = 1;
	/* Had it waited for more than its time, the other side would have
	 * closed by then, which is another failure. */
	assert_int_equal(ask(&request, script, &answer, why), -ETIMEDOUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(http_sends_all_of_the_request),
	    cmocka_unit_test(http_joins_a_body_that_comes_in_parts),
	    cmocka_unit_test(http_tells_failures_apart),
	    cmocka_unit_test(http_refuses_more_body_than_was_asked_for),
	    cmocka_unit_test(
		http_asks_for_no_body_where_only_the_status_counts),
	    cmocka_unit_test(http_says_that_nobody_is_there),
	    cmocka_unit_test(http_ends_in_time_when_nothing_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
