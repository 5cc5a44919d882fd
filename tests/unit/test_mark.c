#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "userdb/mark.h"

static void
a_file_is_quiet_when_its_clock_must_have_ticked(void **state)
{
	static const struct {
		struct timespec changed, now;
		bool quiet;
	} cases[] = {
	    {{1000, 500000000}, {1000, 500000000}, false},
	    {{1000, 500000000}, {1000, 599999999}, false},
	    {{1000, 500000000}, {1000, 600000000}, true},
	    {{1000, 999999999}, {1001, 50000000}, false},
	    {{1000, 999999999}, {1001, 99999999}, true},
	    {{1000, 500000000}, {1000, 450000000}, false},
	    {{1000, 500000000}, {1000, 300000000}, true},
	    {{1000, 500000000}, {2000, 0}, true},
	    {{2000, 500000000}, {1000, 0}, true},
	    /* Of whole seconds, as it seems. */
	    {{1000, 0}, {1002, 999999999}, false},
	    {{1000, 0}, {1003, 0}, true},
	    {{1000, 0}, {998, 0}, false},
	    {{1000, 0}, {997, 0}, true},
	    /* No sum of so many seconds is taken. */
	    {{INT64_MAX / 4, 1}, {0, 0}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mark marks[2] = {
		    {.is_there = true, .changed = {1, 1}},
		    {.is_there = true, .changed = cases[i].changed},
		};

		if (mark_is_quiet_all(marks, 2, &cases[i].now) !=
		    cases[i].quiet)
			fail_msg("case %zu", i);
		marks[1].is_there = false;
		assert_true(mark_is_quiet_all(marks, 2, &cases[i].now));
	}
}

static void
marks_differ_by_any_of_their_parts(void **state)
{
	const struct mark mark = {true, 1, 2, 3, {4, 5}, {6, 7}};
	const struct mark others[] = {
	    {false, 1, 2, 3, {4, 5}, {6, 7}},
	    {true, 0, 2, 3, {4, 5}, {6, 7}},
	    {true, 1, 0, 3, {4, 5}, {6, 7}},
	    {true, 1, 2, 0, {4, 5}, {6, 7}},
	    {true, 1, 2, 3, {0, 5}, {6, 7}},
	    {true, 1, 2, 3, {4, 0}, {6, 7}},
	    {true, 1, 2, 3, {4, 5}, {0, 7}},
	    {true, 1, 2, 3, {4, 5}, {6, 0}},
	};

	(void)state;
	assert_true(mark_equal_all(&mark, &mark, 1));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(mark_equal_all(&mark, &others[i], 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_quiet_when_its_clock_must_have_ticked),
	    cmocka_unit_test(marks_differ_by_any_of_their_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
