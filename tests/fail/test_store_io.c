/*
 * One life of a store (made, filled, changed, given a new key, closed) while
 * each of its calls to the file system fails in turn, or is the last one
 * before the process dies. Afterwards the store opens, what was acknowledged is
 * there, and what was refused is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/harness/io_faults.h"
#include "tests/harness/store_life.h"

#define CALLS_MAX 5000

/* Returns whether the fault came to pass. */
static bool
live_with(enum io_fault kind, int error, long calls)
{
	struct life life = {.box = life_box(), .report = -1};
	int loud = life_silence();
	bool hit;

	life.strict = kind == IO_FAULT_ONCE;
	io_faults_set(kind, error, calls);
	life_live(&life);
	hit = io_faults_end();
	life_speak(loud);
	life_verify(&life, calls);
	return hit;
}

static void
live_with_each(enum io_fault kind, int error, long stride)
{
	long calls = 0;

	while (live_with(kind, error, calls))
		assert_true((calls += stride) < CALLS_MAX);
	print_message("# of %ld calls each %ld. failed\n", calls, stride);
	assert_true(calls > 100);
}

static void
a_call_that_fails_once_is_an_error_or_no_matter(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ONCE, EIO, 1);
}

static void
a_disk_full_for_one_call_is_an_error_or_no_matter(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ONCE, ENOSPC, 5);
}

static void
a_disk_that_dies_loses_nothing_acknowledged(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ALWAYS, EIO, 7);
}

static void
a_disk_that_fills_up_loses_nothing_acknowledged(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ALWAYS, ENOSPC, 7);
}

struct plan {
	enum io_fault kind;
	int error;
	long calls;
};

static void
begin_plan(void *context)
{
	const struct plan *plan = context;

	io_faults_set(plan->kind, plan->error, plan->calls);
}

static void
what_was_refused_does_not_come_to_life_after_a_crash(void **state)
{
	struct plan plan = {IO_FAULT_ONCE, EIO, 0};
	long calls = 0;

	(void)state;
	for (;; calls += 3) {
		struct life life = {
		    .box = life_box(), .strict = true, .dies = true};

		assert_true(calls < CALLS_MAX);
		plan.calls = calls;
		if (!life_in_process(&life, begin_plan, &plan, io_faults_end))
			break;
	}
	assert_true(calls > 100);
}

static void
a_process_killed_before_any_call_loses_nothing_acknowledged(void **state)
{
	struct plan plan = {IO_FAULT_KILL, 0, 0};
	long calls = 0;

	(void)state;
	for (;; calls += 3) {
		struct life life = {.box = life_box()};

		assert_true(calls < CALLS_MAX);
		plan.calls = calls;
		if (!life_in_process(&life, begin_plan, &plan, io_faults_end))
			break;
	}
	assert_true(calls > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_that_fails_once_is_an_error_or_no_matter),
	    cmocka_unit_test(a_disk_full_for_one_call_is_an_error_or_no_matter),
	    cmocka_unit_test(a_disk_that_dies_loses_nothing_acknowledged),
	    cmocka_unit_test(a_disk_that_fills_up_loses_nothing_acknowledged),
	    cmocka_unit_test(
		what_was_refused_does_not_come_to_life_after_a_crash),
	    cmocka_unit_test(
		a_process_killed_before_any_call_loses_nothing_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
