/* Regular expressions: what matches, what is no pattern, and that no text and
 * no pattern takes more steps than it was given. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/regex.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct regex *
parse(const char *pattern)
{
	char why[REGEX_WHY_BYTES_MAX] = "";
	struct regex *regex = NULL;

	if (regex_parse(pattern, &regex, why) != 0)
		fail_msg("%s: %s", pattern, why);
	return regex;
}

struct search {
	const char *pattern, *text;
	int result;
};

static const struct search searches[] = {
    {"", "", 1},
    {"a", "bab", 1},
    {"a", "bcb", 0},
    {"^a", "ba", 0},
    {"a$", "ab", 0},
    {"^a$", "a\n", 0},
    {"^a$", "b\na", 0},
    {"\\d+", "x2345", 1},
    {"\\d+", "abc", 0},
    {"\\d", "\xd9\xa3", 0}, /* an Arabic digit */
    {"A", "a", 0},
    {"(?i)A", "a", 1},
    {"^.$", "\xc3\xa9", 1},
    {"^(?!/admin)", "/admin/x", 0},
    {"^(?!/admin)", "/x", 1},
    {"^(a)\\1$", "aa", 1},
    {"a", "\xff", -EBADMSG},
    {"", "\xc3", -EBADMSG},
};

static void
it_finds_what_the_pattern_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		AUTO(regex) regex = parse(searches[i].pattern);
		size_t steps = 1000;

		if (regex_match(regex, searches[i].text, &steps) !=
		    searches[i].result)
			fail_msg(
			    "%s on %s", searches[i].pattern, searches[i].text);
		assert_true(steps < 1000);
	}
}

struct whole {
	const char *pattern, *text;
	const char *part; /* NULL: no match */
};

static const struct whole wholes[] = {
    {"a", "a", "a"},
    {"a", "ab", NULL},
    {"a", "ba", NULL},
    {"a|ab", "ab", "ab"},
    {"a)|(b", "b", "refused"},
    {"([a-z]+)@example\\.com", "alice@example.com", "alice"},
    {"([a-z]+)@example\\.com", "alice@example.com\n", NULL},
    {"([a-z]+)@example\\.com", "alice@example.com.evil", NULL},
    {"([a-z]+)@example\\.com", "Alice@example.com", NULL},
    {"(a)?b", "b", ""},
    {"(?:x)(a)(b)(c)", "xabc", "a"},
};

static void
it_matches_whole_texts_and_gives_the_first_group(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wholes); i++) {
		const struct whole *w = &wholes[i];
		char why[REGEX_WHY_BYTES_MAX];
		size_t steps = REGEX_STEPS_MAX;
		AUTO(regex) regex = NULL;
		struct regex_part part;
		int r;

		if (regex_parse(w->pattern, &regex, why) != 0) {
			assert_string_equal(w->part, "refused");
			continue;
		}
		r = regex_match_whole(regex, w->text, &steps, &part);
		assert_int_equal(r, w->part ? 1 : 0);
		if (r == 0)
			continue;
		assert_int_equal(part.size, strlen(w->part));
		assert_memory_equal(w->text + part.start, w->part, part.size);
	}
}

static void
it_gives_all_groups_and_nothing_for_others(void **state)
{
	static const char *const parts[REGEX_PARTS_MAX] = {
	    "xbc", "", "b", "c", "", "", "", "", "", ""};
	AUTO(regex) regex = parse("(?:x)(a)?(b)(c)");
	struct regex_part found[REGEX_PARTS_MAX];
	size_t steps = REGEX_STEPS_MAX;

	(void)state;
	assert_int_equal(regex_get_group_count(regex), 3);
	assert_int_equal(regex_match_parts(regex, "xb", &steps, found), 0);
	assert_int_equal(regex_match_parts(regex, "xbc", &steps, found), 1);
	for (size_t i = 0; i < REGEX_PARTS_MAX; i++) {
		assert_int_equal(found[i].size, strlen(parts[i]));
		assert_memory_equal(
		    "xbc" + found[i].start, parts[i], found[i].size);
	}
}

static void
it_says_what_is_wrong_with_a_pattern(void **state)
{
	static const char *const wrong[] = {"(", ")", "[", "*", "a{2,1}", "\\",
	    "(?<=a*)", "\\C", "(*UCP)\\d", "(a{1,65535}){1,65535}",
	    "((((a{0,100}){0,100}){0,10}){0,10})", "\xff", "(?P<1>a)"};
	char deep[3 * 40 + 1] = "", longer[REGEX_PATTERN_BYTES_MAX + 2];
	char why[REGEX_WHY_BYTES_MAX];
	struct regex *regex = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		why[0] = '\0';
		if (regex_parse(wrong[i], &regex, why) != -EINVAL)
			fail_msg("%s was read", wrong[i]);
		assert_true(strlen(why) > 0);
	}
	assert_int_equal(regex_parse("ab(", &regex, why), -EINVAL);
	assert_string_equal(why, "missing closing parenthesis (at byte 4)");

	memset(deep, '(', 40);
	memset(deep + 40, 'a', 40);
	memset(deep + 80, ')', 40);
	assert_int_equal(regex_parse(deep, &regex, why), -EINVAL);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(regex_parse(longer, &regex, why), -EINVAL);
	longer[sizeof(longer) - 2] = '\0';
	regex_free(parse(longer));
}

/* Steps, not seconds: the same on every machine. */
static void
nothing_takes_more_steps_than_it_was_given(void **state)
{
	static const char *const bombs[] = {"^(a+)+$", "^(a|aa)+$",
	    "(a{1,100}){1,100}$", "^(a*)*b*$", "^(([a-z])+.)+[A-Z]([a-z])+$",
	    "(.*)*[^a]{2}", "^(?:a?){20}a{20}$", "(?=(a+))\\1\\1b*!$",
	    "^((a+)?)+$", "(a(?1)?a?)+!!", "^(\\1|a)+$", "(?>a+|aa)*$"};
	char text[4001];
	unsigned given_up = 0;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 2] = '!';
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < COUNT(bombs); i++) {
		AUTO(regex) regex = parse(bombs[i]);
		size_t steps = 20000;
		int r = regex_match(regex, text, &steps);

		assert_true(steps <= 20000);
		assert_true(r == 0 || r == 1 || r == -E2BIG);
		given_up += r == -E2BIG;
	}
	assert_true(given_up > COUNT(bombs) / 2);
}

static void
a_text_that_is_too_long_is_not_looked_at(void **state)
{
	static char text[REGEX_TEXT_BYTES_MAX + 2];
	AUTO(regex) regex = parse("^a");
	size_t steps = REGEX_STEPS_MAX;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(regex_match(regex, text, &steps), -E2BIG);
	assert_int_equal(steps, REGEX_STEPS_MAX);
	text[REGEX_TEXT_BYTES_MAX] = '\0';
	assert_int_equal(regex_match(regex, text, &steps), 1);
}

static void
long_texts_pay_with_dearer_steps(void **state)
{
	static char text[REGEX_TEXT_BYTES_MAX + 1];
	AUTO(regex) regex = parse("^a");
	size_t first = REGEX_STEPS_MAX, second = REGEX_STEPS_MAX;

	(void)state;
	text[0] = 'a';
	assert_int_equal(regex_match(regex, text, &first), 1);
	memset(text, 'a', REGEX_TEXT_BYTES_MAX);
	assert_int_equal(regex_match(regex, text, &second), 1);
	assert_true(REGEX_STEPS_MAX - second > 30 * (REGEX_STEPS_MAX - first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_finds_what_the_pattern_says),
	    cmocka_unit_test(it_matches_whole_texts_and_gives_the_first_group),
	    cmocka_unit_test(it_gives_all_groups_and_nothing_for_others),
	    cmocka_unit_test(it_says_what_is_wrong_with_a_pattern),
	    cmocka_unit_test(nothing_takes_more_steps_than_it_was_given),
	    cmocka_unit_test(a_text_that_is_too_long_is_not_looked_at),
	    cmocka_unit_test(long_texts_pay_with_dearer_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
