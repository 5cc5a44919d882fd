/* When an issuer may be asked for its keys, and how long they are good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "token/refresh.h"

#define NOW    INT64_C(1000000000)
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)

static void
the_cool_down_begins_with_the_question(void **state)
{
	struct refresh refresh = {0};

	(void)state;
	assert_true(refresh_admit(&refresh, NOW));
	assert_false(refresh_admit(&refresh, NOW));
	assert_false(refresh_admit(&refresh, NOW + 29999));
	assert_true(refresh_admit(&refresh, NOW + 30000));
	assert_false(refresh_admit(&refresh, NOW + 30001));
}

static void
a_set_is_due_after_ten_minutes_and_stale_after_a_day(void **state)
{
	static const struct {
		int64_t age_ms;
		bool due, usable;
	} cases[] = {
	    {0, false, true},
	    {10 * MINUTE - 1, false, true},
	    {10 * MINUTE, true, true},
	    {24 * HOUR - 1, true, true},
	    {24 * HOUR, true, false},
	    {48 * HOUR, true, false},
	};
	struct refresh refresh = {0};

	(void)state;
	assert_true(refresh_is_due(&refresh, NOW));
	assert_false(refresh_is_usable(&refresh, NOW));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		refresh_note_set(&refresh, 0, NOW);
		assert_int_equal(
		    refresh_is_due(&refresh, NOW + cases[i].age_ms),
		    cases[i].due);
		assert_int_equal(
		    refresh_is_usable(&refresh, NOW + cases[i].age_ms),
		    cases[i].usable);
		/* The same for one that an earlier process fetched. */
		refresh_note_set(&refresh, cases[i].age_ms, NOW);
		assert_int_equal(refresh_is_due(&refresh, NOW), cases[i].due);
		assert_int_equal(
		    refresh_is_usable(&refresh, NOW), cases[i].usable);
	}
}

static void
a_set_from_the_future_is_due_at_once(void **state)
{
	struct refresh refresh = {0};

	(void)state;
	refresh_note_set(&refresh, -HOUR, NOW);
	assert_true(refresh_is_due(&refresh, NOW));
	assert_true(refresh_is_usable(&refresh, NOW));
	assert_false(refresh_is_usable(&refresh, NOW + 24 * HOUR));
}

static void
unknown_key_ids_are_remembered_for_five_minutes(void **state)
{
	struct refresh refresh = {0};

	(void)state;
	assert_false(refresh_is_unknown(&refresh, 0, NOW));
	refresh_note_unknown(&refresh, 7, NOW);
	assert_true(refresh_is_unknown(&refresh, 7, NOW));
	assert_false(refresh_is_unknown(&refresh, 8, NOW));
	assert_true(refresh_is_unknown(&refresh, 7, NOW + 5 * MINUTE - 1));
	assert_false(refresh_is_unknown(&refresh, 7, NOW + 5 * MINUTE));
}

static void
no_more_than_128_unknown_key_ids_are_remembered(void **state)
{
	struct refresh refresh = {0};
	unsigned known = 0;

	(void)state;
	for (uint64_t kid = 1; kid <= 1000; kid++)
		refresh_note_unknown(&refresh, kid, NOW);
	for (uint64_t kid = 1; kid <= 1000; kid++)
		known += refresh_is_unknown(&refresh, kid, NOW);
	assert_int_equal(known, REFRESH_UNKNOWN_MAX);
	assert_true(refresh_is_unknown(&refresh, 1000, NOW));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_cool_down_begins_with_the_question),
	    cmocka_unit_test(
		a_set_is_due_after_ten_minutes_and_stale_after_a_day),
	    cmocka_unit_test(a_set_from_the_future_is_due_at_once),
	    cmocka_unit_test(unknown_key_ids_are_remembered_for_five_minutes),
	    cmocka_unit_test(no_more_than_128_unknown_key_ids_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
