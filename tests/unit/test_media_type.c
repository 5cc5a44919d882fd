#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/media_type.h"

#define JSON "application/json"

static void
media_type_matches_without_case_and_parameters(void **state)
{
	static const struct {
		const char *content_type;
		bool matches;
	} cases[] = {
	    {JSON, true},
	    {"application/json;charset=UTF-8", true},
	    {"application/json; charset=utf-8", true},
	    {"application/json ; charset=\"utf-8\"; x=y", true},
	    {"Application/JSON", true},
	    {"application/json\t", true},
	    {"application/json;", true},
	    {NULL, false},
	    {"", false},
	    {"json", false},
	    {"application", false},
	    {"application/", false},
	    {"application/jso", false},
	    {"application/jsonp", false},
	    {"application/json+x", false},
	    {"application/json text/html", false},
	    {"application/json, text/html", false},
	    {"text/html, application/json", false},
	    {"text/html; x=application/json", false},
	    {"application/jwk-set+json", false},
	    {"application/ json", false},
	    {" application/json", false},
	    {"*/*", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (media_type_matches(cases[i].content_type, JSON) !=
		    cases[i].matches)
			fail_msg("'%s'", cases[i].content_type);
}

static void
media_type_is_one_type_alone(void **state)
{
	char longest[MEDIA_TYPE_BYTES_MAX + 2];

	(void)state;
	assert_true(media_type_is_valid(JSON));
	assert_true(media_type_is_valid("application/jwk-set+json"));
	assert_false(media_type_is_valid(""));
	assert_false(media_type_is_valid("/"));
	assert_false(media_type_is_valid("a/"));
	assert_false(media_type_is_valid("/b"));
	assert_false(media_type_is_valid("a/b/c"));
	assert_false(media_type_is_valid("a/b;c"));
	assert_false(media_type_is_valid("a/b, c/d"));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[1] = '/';
	longest[MEDIA_TYPE_BYTES_MAX] = '\0';
	assert_true(media_type_is_valid(longest));
	longest[MEDIA_TYPE_BYTES_MAX] = 'x';
	longest[MEDIA_TYPE_BYTES_MAX + 1] = '\0';
	assert_false(media_type_is_valid(longest));
}

/* A hostile server may send a token back in it. */
static void
media_type_has_a_name_that_holds_nothing_of_the_server(void **state)
{
	(void)state;
	assert_string_equal(
	    media_type_get_name("text/html; charset=eyJhbGci"), "text/html");
	assert_string_equal(
	    media_type_get_name("text/eyJhbGci"), "of another type");
	assert_string_equal(media_type_get_name(""), "of another type");
	assert_string_equal(media_type_get_name(NULL), "of no type at all");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(media_type_matches_without_case_and_parameters),
	    cmocka_unit_test(media_type_is_one_type_alone),
	    cmocka_unit_test(
		media_type_has_a_name_that_holds_nothing_of_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
