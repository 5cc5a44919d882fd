/* Strict JSON: what passes, what is refused and why, and that whatever passes
 * means the same to cJSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"

#define CASES(table) (sizeof(table) / sizeof((table)[0]))

/* A text with its size, so that it may hold NUL. */
#define TEXT(s) s, sizeof(s) - 1

struct refusal {
	const char *text;
	size_t size;
	const char *why;
};

static const struct refusal refusals[] = {
    {TEXT(""), "a value was expected"},
    {TEXT(" "), "a value was expected"},
    {TEXT("\xef\xbb\xbf{}"), "a value was expected"},
    {TEXT("{"), "a string was expected"},
    {TEXT("["), "a value was expected"},
    {TEXT("[1"), "object or array without end"},
    {TEXT("[1,"), "a value was expected"},
    {TEXT("[1,]"), "a value was expected"},
    {TEXT("[,1]"), "a value was expected"},
    {TEXT("[1 2]"), "object or array without end"},
    {TEXT("[1}"), "object or array without end"},
    {TEXT("{]"), "a string was expected"},
    {TEXT("{\"a\"}"), "':' was expected"},
    {TEXT("{\"a\":}"), "a value was expected"},
    {TEXT("{\"a\":1,}"), "a string was expected"},
    {TEXT("{a:1}"), "a string was expected"},
    {TEXT("{'a':1}"), "a string was expected"},
    {TEXT("{1:1}"), "a string was expected"},
    {TEXT("{} {}"), "text after the end"},
    {TEXT("1 2"), "text after the end"},
    {TEXT("{}x"), "text after the end"},
    {TEXT("{}\0"), "not UTF-8"},
    {TEXT("[1]//"), "text after the end"},
    {TEXT("/**/[1]"), "a value was expected"},
    {TEXT("tru"), "a value was expected"},
    {TEXT("truee"), "text after the end"},
    {TEXT("True"), "a value was expected"},
    {TEXT("nul"), "a value was expected"},
    {TEXT("NaN"), "a value was expected"},
    {TEXT("Infinity"), "a value was expected"},
    {TEXT("-Infinity"), "a value was expected"},
    {TEXT("undefined"), "a value was expected"},
    {TEXT("+1"), "a value was expected"},
    {TEXT("-"), "a value was expected"},
    {TEXT("01"), "text after the end"},
    {TEXT("-01"), "text after the end"},
    {TEXT("0x10"), "text after the end"},
    {TEXT(".5"), "a value was expected"},
    {TEXT("1."), "number without digits after the point"},
    {TEXT("1.e3"), "number without digits after the point"},
    {TEXT("1e"), "number without exponent"},
    {TEXT("1e+"), "number without exponent"},
    {TEXT("1e1.5"), "text after the end"},
    {TEXT("1000000000000000000000000000000000000000000000000000000000000000"),
	"number too long"},
    {TEXT("1e400"), "number out of range"},
    {TEXT("[-1e309]"), "number out of range"},
    {TEXT("\"a"), "string without end"},
    {TEXT("\"a\\\""), "string without end"},
    {TEXT("\"\\"), "cut escape"},
    {TEXT("\"\\x41\""), "unknown escape"},
    {TEXT("\"\\a\""), "unknown escape"},
    {TEXT("\"\\U0041\""), "unknown escape"},
    {TEXT("\"\\\0\""), "not UTF-8"},
    {TEXT("\"a\nb\""), "control character in a string"},
    {TEXT("\"a\tb\""), "control character in a string"},
    {TEXT("\"\x1f\""), "control character in a string"},
    {TEXT("\"a\0b\""), "not UTF-8"},
    {TEXT("\"\\u0000\""), "NUL in a string"},
    {TEXT("{\"a\\u0000b\":1}"), "NUL in a string"},
    {TEXT("\"\\u00"), "cut \\u escape"},
    {TEXT("\"\\u00g0\""), "bad \\u escape"},
    {TEXT("\"\\u00 0\""), "bad \\u escape"},
    {TEXT("\"\\ud800\""), "lone surrogate"},
    {TEXT("\"\\udc00\""), "lone surrogate"},
    {TEXT("\"\\ud800x\""), "lone surrogate"},
    {TEXT("\"\\ud800\\n\""), "lone surrogate"},
    {TEXT("\"\\ud800\\u0041\""), "lone surrogate"},
    {TEXT("\"\\udc00\\ud800\""), "lone surrogate"},
    {TEXT("\"\xff\""), "not UTF-8"},
    {TEXT("\"\xc3\""), "not UTF-8"},
    {TEXT("\"\xc0\xaf\""), "not UTF-8"},
    {TEXT("\"\xe0\x80\xaf\""), "not UTF-8"},
    {TEXT("\"\xed\xa0\x80\""), "not UTF-8"},
    {TEXT("\"\xf4\x90\x80\x80\""), "not UTF-8"},
    {TEXT("{\"a\":1,\"a\":2}"), "doubled key"},
    {TEXT("{\"a\":1,\"\\u0061\":2}"), "doubled key"},
    {TEXT("{\"\":1,\"\":2}"), "doubled key"},
    {TEXT("[[{\"x\":{\"b\":1,\"c\":2,\"b\":1}}]]"), "doubled key"},
    {TEXT("{\"/\":1,\"\\/\":2}"), "doubled key"},
    {TEXT("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), "nested too deep"},
    {TEXT("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"), "nested too deep"},
};

static void
refused_texts_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES(refusals); i++) {
		const struct refusal *c = &refusals[i];
		const char *why = NULL;
		cJSON *tree = NULL;

		if (json_parse(c->text, c->size, &tree, &why) != -EBADMSG)
			fail_msg("passed: %.*s", (int)c->size, c->text);
		assert_null(tree);
		if (!streq_null(why, c->why))
			fail_msg("%.*s: %s", (int)c->size, c->text, why);
		assert_int_equal(
		    json_parse(c->text, c->size, &tree, NULL), -EBADMSG);
	}
}

static const char *const good[] = {
    "{}",
    "[]",
    "\"\"",
    "0",
    "-0",
    "-0.5",
    "1e3",
    "1E+3",
    "1.25e-3",
    "9007199254740993",
    "1e308",
    "true",
    "false",
    "null",
    " \t\r\n{ \"a\" : [ 1 , 2 ] } \n",
    "{\"a\":1,\"A\":2}",
    "{\"a\":{\"a\":{\"a\":1}}}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u00e9\\u20ac\\ud83d\\ude00\"",
    "\"\\uD83D\\uDE00\"",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "\"\x7f\"",
    "\"\\u0001\"",
    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
    "[null,true,false,0,\"\",{},[]]",
};

static void
good_texts_pass_and_survive_printing(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES(good); i++) {
		AUTO_JSON tree = NULL;
		AUTO_JSON again = NULL;
		AUTO(secret) text = NULL;

		if (json_parse(good[i], strlen(good[i]), &tree, NULL) != 0)
			fail_msg("refused: %s", good[i]);
		text = json_print(tree);
		assert_non_null(text);
		assert_int_equal(text->size, strlen(text->bytes));
		assert_int_equal(
		    json_parse(text->bytes, text->size, &again, NULL), 0);
		assert_true(cJSON_Compare(tree, again, true));
	}
}

static const char *const printed[] = {
    "[0,-0,1,-1,2147483647,2147483648,-2147483649,999999999999999]",
    "[1000000000000000,9007199254740991,9007199254740993,-1e15,1e300,5e-324]",
    "[0.5,-0.1,1e-7,123456.789,0.1e1,1.5e10]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f \"",
    "{\"a\\n\":{\"\":[{},[],\"\",null,true,false]},\"b\":-12}",
};

/* Its slow version is the oracle. */
static void
printing_is_as_cjson_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES(good) + CASES(printed); i++) {
		const char *given =
		    i < CASES(good) ? good[i] : printed[i - CASES(good)];
		AUTO_JSON tree = NULL;
		AUTO(secret) text = NULL;
		char *expected;

		assert_int_equal(
		    json_parse(given, strlen(given), &tree, NULL), 0);
		text = json_print(tree);
		expected = cJSON_PrintUnformatted(tree);
		assert_non_null(text);
		assert_string_equal(text->bytes, expected);
		cJSON_free(expected);
	}
	assert_null(json_print(NULL));
}

static void
the_size_given_is_the_end(void **state)
{
	AUTO_JSON tree = NULL;

	(void)state;
	assert_int_equal(json_parse("12345", 3, &tree, NULL), 0);
	assert_int_equal(tree->valueint, 123);
	assert_int_equal(json_parse("{\"a\":1}", 6, &tree, NULL), -EBADMSG);
}

static void
an_object_has_a_limit_of_keys(void **state)
{
	(void)state;
	for (unsigned count = JSON_KEYS_MAX; count <= JSON_KEYS_MAX + 1;
	     count++) {
		AUTO_JSON tree = NULL;
		const char *why = NULL;
		char text[16 * (JSON_KEYS_MAX + 1)];
		size_t size = 0;
		int r;

		for (unsigned i = 0; i < count; i++)
			size += (size_t)sprintf(
			    text + size, "%c\"k%u\":0", i ? ',' : '{', i);
		text[size++] = '}';
		r = json_parse(text, size, &tree, &why);
		assert_int_equal(r, count > JSON_KEYS_MAX ? -EBADMSG : 0);
		if (r < 0)
			assert_string_equal(why, "too many keys");
	}
}

/* Every text that passes must be one that cJSON takes whole, or json_parse()
 * would report a lack of memory. */
static void
mutations_never_reach_cjson_when_bad(void **state)
{
	static const char seed[] =
	    "{\"a\":[1,-2.5e+3,\"\\ud83d\\ude00\xc3\xa9\\n\"],\"b\":{\"c\":nul"
	    "l,\"d\":true}}";
	static const char alphabet[] = "{}[]:,\"\\u0189.e+-tnf \x80\xc3\n";
	uint32_t random = 1;
	unsigned passed = 0;

	(void)state;
	for (unsigned round = 0; round < 50000; round++) {
		char text[sizeof(seed)];
		AUTO_JSON tree = NULL;
		AUTO_JSON oracle = NULL;
		const char *end;
		int r;

		memcpy(text, seed, sizeof(seed));
		for (unsigned n = 0; n <= round % 3; n++) {
			random = random * 1664525 + 1013904223;
			text[(random >> 8) % (sizeof(seed) - 1)] =
			    alphabet[(random >> 24) % sizeof(alphabet)];
		}
		r = json_parse(text, sizeof(seed) - 1, &tree, NULL);
		assert_true(r == 0 || r == -EBADMSG);
		if (r < 0)
			continue;
		passed++;
		oracle =
		    cJSON_ParseWithLengthOpts(text, sizeof(seed), &end, true);
		assert_non_null(oracle);
		assert_true(cJSON_Compare(tree, oracle, true));
	}
	assert_true(passed > 100);
}

static void
members_are_found_by_exact_name_and_type(void **state)
{
	static const char text[] = "{\"Text\":\"no\",\"text\":\"yes\",\"n\":7,"
				   "\"b\":false,\"null\":null}";
	AUTO_JSON tree = NULL;
	const char *found = "untouched";
	int64_t n = -1;
	bool b = true;

	(void)state;
	assert_int_equal(json_parse(TEXT(text), &tree, NULL), 0);
	assert_int_equal(json_find_text(tree, "TEXT", &found), 0);
	assert_string_equal(found, "untouched");
	assert_int_equal(json_find_text(tree, "n", &found), -EBADMSG);
	assert_int_equal(json_find_text(tree, "null", &found), -EBADMSG);
	assert_int_equal(json_find_text(tree, "text", &found), 1);
	assert_string_equal(found, "yes");
	assert_int_equal(json_find_int(tree, "text", &n), -EBADMSG);
	assert_int_equal(json_find_int(tree, "n", &n), 1);
	assert_int_equal(n, 7);
	assert_int_equal(json_find_bool(tree, "n", &b), -EBADMSG);
	assert_int_equal(json_find_bool(tree, "b", &b), 1);
	assert_false(b);
	assert_null(json_find(NULL, "a"));
	assert_null(json_find(json_find(tree, "n"), "a"));
	assert_int_equal(json_find_text(NULL, "a", &found), 0);
}

static void
integers_must_be_exact(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
	} cases[] = {
	    {"{\"n\":0}", 1, 0},
	    {"{\"n\":-1}", 1, -1},
	    {"{\"n\":1e3}", 1, 1000},
	    {"{\"n\":2147483648}", 1, 2147483648},
	    {"{\"n\":9007199254740992}", 1, 9007199254740992},
	    {"{\"n\":-9007199254740992}", 1, -9007199254740992},
	    {"{\"n\":9007199254740994}", -EBADMSG, 0},
	    {"{\"n\":1.5}", -EBADMSG, 0},
	    {"{\"n\":1e300}", -EBADMSG, 0},
	    {"{\"n\":\"1\"}", -EBADMSG, 0},
	    {"{\"n\":true}", -EBADMSG, 0},
	    {"{}", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < CASES(cases); i++) {
		AUTO_JSON tree = NULL;
		int64_t value = 0;

		assert_int_equal(json_parse(cases[i].text,
				     strlen(cases[i].text), &tree, NULL),
		    0);
		assert_int_equal(json_find_int(tree, "n", &value), cases[i].r);
		assert_int_equal(value, cases[i].value);
	}
}

static void
the_first_unknown_member_is_named(void **state)
{
	static const char *const names[] = {"a", "b", NULL};
	AUTO_JSON tree = NULL;
	const char *unknown = NULL;

	(void)state;
	assert_int_equal(
	    json_parse(TEXT("{\"b\":1,\"A\":2,\"c\":3}"), &tree, NULL), 0);
	assert_false(json_has_only(tree, names, &unknown));
	assert_string_equal(unknown, "A");
	cJSON_DeleteItemFromObjectCaseSensitive(tree, "A");
	cJSON_DeleteItemFromObjectCaseSensitive(tree, "c");
	assert_true(json_has_only(tree, names, &unknown));
	assert_true(json_has_only(NULL, names, &unknown));
}

static void
long_trees_are_printed_whole(void **state)
{
	AUTO_JSON tree = cJSON_CreateArray();
	AUTO_JSON again = NULL;
	AUTO(secret) text = NULL;

	(void)state;
	for (int i = 0; i < 5000; i++)
		cJSON_AddItemToArray(tree, cJSON_CreateNumber(i));
	text = json_print(tree);
	assert_non_null(text);
	assert_int_equal(json_parse(text->bytes, text->size, &again, NULL), 0);
	assert_true(cJSON_Compare(tree, again, true));
}

static void
a_copy_outlives_what_it_was_copied_from(void **state)
{
	static const char text[] =
	    "{\"a\":[{\"b\":\"\\u0041\",\"c\":[]},1.5],\"d\":{\"e\":null}}";
	AUTO(secret) whole = NULL;
	AUTO(secret) part = NULL;
	AUTO_JSON member = NULL;
	AUTO_JSON copy = NULL;
	cJSON *tree = NULL;

	(void)state;
	assert_null(json_tree_copy(NULL));
	assert_int_equal(json_parse(TEXT(text), &tree, NULL), 0);
	copy = json_tree_copy(tree);
	member = json_tree_copy(json_find(tree, "d"));
	cJSON_Delete(tree);
	whole = json_print(copy);
	assert_string_equal(whole->bytes,
	    "{\"a\":[{\"b\":\"A\",\"c\":[]},1.5],\"d\":{\"e\":null}}");
	part = json_print(member);
	assert_string_equal(part->bytes, "{\"e\":null}");
	assert_string_equal(member->string, "d");
}

static void
wiping_leaves_no_text(void **state)
{
	AUTO_JSON tree = NULL;
	const char *deep = NULL;

	(void)state;
	assert_int_equal(
	    json_parse(TEXT("{\"a\":[{\"b\":\"secret\"}]}"), &tree, NULL), 0);
	json_find_text(json_find(tree, "a")->child, "b", &deep);
	json_wipe(tree);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(deep[i], 0);
	json_wipe(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refused_texts_say_why),
	    cmocka_unit_test(good_texts_pass_and_survive_printing),
	    cmocka_unit_test(printing_is_as_cjson_prints),
	    cmocka_unit_test(the_size_given_is_the_end),
	    cmocka_unit_test(an_object_has_a_limit_of_keys),
	    cmocka_unit_test(mutations_never_reach_cjson_when_bad),
	    cmocka_unit_test(members_are_found_by_exact_name_and_type),
	    cmocka_unit_test(integers_must_be_exact),
	    cmocka_unit_test(the_first_unknown_member_is_named),
	    cmocka_unit_test(long_trees_are_printed_whole),
	    cmocka_unit_test(a_copy_outlives_what_it_was_copied_from),
	    cmocka_unit_test(wiping_leaves_no_text),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
