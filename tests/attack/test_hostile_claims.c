/*
 * A provider whose claims are of another kind than they should be: numbers in
 * the place of texts, lists of ten thousand, texts that end early, members
 * twice, at each place.
 */
#include "tests/harness/claims_trial.h"

/* "[[[…]]]", or with `member` "{"a":{"a":…}}"; malloc()ed. */
static char *
nested(size_t levels, bool member)
{
	char *text = malloc(levels * 7 + 2), *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < levels; i++)
		at = stpcpy(at, member ? "{\"a\":" : "[");
	*at++ = '1';
	for (size_t i = 0; i < levels; i++)
		*at++ = member ? '}' : ']';
	*at = '\0';
	return text;
}

/* So many of them in a list, or as members of other names. */
static char *
many(size_t count, const char *item, bool members)
{
	char *text = malloc(count * (strlen(item) + 16) + 3), *at = text;

	assert_non_null(text);
	*at++ = members ? '{' : '[';
	for (size_t i = 0; i < count; i++) {
		at = stpcpy(at, i ? "," : "");
		if (members)
			at += sprintf(at, "\"%zu\":", i);
		at = stpcpy(at, item);
	}
	at = stpcpy(at, members ? "}" : "]");
	return text;
}

static void
use_kinds(struct trial *trial)
{
	static const char *const kinds[] = {"0", "1", "-1", "1.5", "1e400",
	    "-0", "00", "NaN", "Infinity", "9007199254740993", "true", "false",
	    "null", "[]", "{}", "[\"alice\"]", "[[\"alice\"]]",
	    "{\"a\":\"alice\"}", "{\"a\":1,\"a\":2}", "{\"\":{\"\":null}}",
	    "\"alice", "alice", "'alice'", "", "\"\\ud800\"",
	    "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"al\\u0000ice\"", "\"\\x\"",
	    "\"a\nb\"", "\"a\tb\"", "\"alice\",\"login\":\"bob\"",
	    "1,\"sub\":\"s2\"", "\"alice\"},{\"login\":\"bob\"", "/*x*/1",
	    "[1,]", "{,}"};
	static const size_t levels[] = {9, 10, 11, 12, 15, 16, 17, 100, 10000};
	static const size_t counts[] = {63, 64, 65, 255, 256, 257, 10000};

	for (size_t i = 0; i < HOSTILE_COUNT(kinds); i++)
		use_kind(trial, kinds[i]);
	for (size_t i = 0; i < HOSTILE_COUNT(levels) * 2; i++) {
		AUTO_TEXT text = nested(levels[i / 2], i % 2);

		use_kind(trial, text);
	}
	for (size_t i = 0; i < HOSTILE_COUNT(counts) * 4; i++) {
		AUTO_TEXT text =
		    many(counts[i / 4], i & 1 ? "\"d\"" : "7", i & 2);

		use_kind(trial, text);
	}
}

static void
what_is_no_text_names_nobody_and_breaks_no_record(void **state)
{
	size_t rows = 0;
	struct trial trial;

	(void)state;
	trial_init(&trial, &rules[1], "{\"sub\":\"s1\",\"login\":%s}");
	use_kinds(&trial);
	assert_int_equal(trial.made, 0);
	rows += trial_done(&trial);
	for (size_t i = 0; i < HOSTILE_COUNT(other_claims); i++) {
		trial_init(&trial, &rules[1], other_claims[i]);
		use_kinds(&trial);
		assert_true(trial.made > 0 && trial.unread > 10);
		rows += trial_done(&trial);
	}
	print_message("%zu rows\n", rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_text_names_nobody_and_breaks_no_record),
	};

	return cmocka_run_group_tests(tests, trial_set_up, trial_tear_down);
}
