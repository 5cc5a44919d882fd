/* When a device login's token endpoint is asked, with a clock of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "token/device_poll.h"

#define NOW    INT64_C(1000000000)
#define SECOND INT64_C(1000)
#define CAP_MS (109 * SECOND)

/* One login from its start to its end: the provider gives the script's events
 * one after the other, the last one for ever, and takes `answer_ms` for each.
 * Returns how often it was asked, and notes the pauses between. */
#define ASKED_MAX 200
struct course {
	unsigned interval_s, life_s;
	int64_t answer_ms;
	const enum device_event *script;
	size_t script_count;
	/* Out: when each question was asked, and the last answer to it came. */
	int64_t asked_ms[ASKED_MAX], answered_ms[ASKED_MAX];
};

static size_t
run(struct course *course)
{
	struct device_poll poll;
	int64_t now_ms = NOW, at_ms;
	bool goes_on = true;
	size_t count = 0;

	device_poll_start(&poll, course->interval_s, course->life_s, now_ms);
	while (goes_on && device_poll_next(&poll, NOW + CAP_MS, &at_ms)) {
		size_t at = count < course->script_count
				? count
				: course->script_count - 1;

		assert_true(count < ASKED_MAX);
		if (at_ms > now_ms)
			now_ms = at_ms;
		course->asked_ms[count] = now_ms;
		now_ms += course->answer_ms;
		course->answered_ms[count++] = now_ms;
		goes_on = device_poll_note(&poll, course->script[at], now_ms);
	}
	return count;
}

static int64_t
pause_before(const struct course *course, size_t at)
{
	return course->asked_ms[at] -
	       (at > 0 ? course->answered_ms[at - 1] : NOW);
}

static void
an_interval_lies_between_two_questions(void **state)
{
	static const enum device_event script[] = {DEVICE_PENDING};
	struct course course = {5, 600, 300, script, 1, {0}, {0}};
	size_t count = run(&course);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pause_before(&course, i), 5 * SECOND);
	/* 109 s hold twenty of 5.3 s. */
	assert_int_equal(count, 20);
}

static void
slow_down_adds_five_seconds_for_good(void **state)
{
	static const enum device_event script[] = {DEVICE_PENDING,
	    DEVICE_SLOW_DOWN, DEVICE_PENDING, DEVICE_SLOW_DOWN, DEVICE_PENDING};
	static const int64_t pauses_s[] = {5, 5, 10, 10, 15, 15, 15, 15, 15};
	struct course course = {5, 600, 0, script, 5, {0}, {0}};
	size_t count = run(&course);

	(void)state;
	assert_int_equal(count, 9);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
		    pause_before(&course, i), pauses_s[i] * SECOND);
}

static void
silence_doubles_the_interval(void **state)
{
	static const enum device_event script[] = {
	    DEVICE_SILENT, DEVICE_SILENT, DEVICE_PENDING, DEVICE_SILENT};
	static const int64_t pauses_s[] = {3, 6, 12, 12, 24};
	struct course course = {3, 600, 1000, script, 4, {0}, {0}};
	size_t count = run(&course);

	(void)state;
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
		    pause_before(&course, i), pauses_s[i] * SECOND);
}

static void
a_storm_of_slow_down_is_asked_ever_less(void **state)
{
	static const enum device_event script[] = {DEVICE_SLOW_DOWN};
	struct course course = {1, 900, 0, script, 1, {0}, {0}};

	(void)state;
	/* 1 + 6 + 11 + 16 + 21 + 26 = 81 s; the next would be after 112 s. */
	assert_int_equal(run(&course), 6);
}

static void
nothing_is_asked_after_the_code_has_expired(void **state)
{
	static const enum device_event script[] = {DEVICE_PENDING};
	struct course course = {5, 20, 0, script, 1, {0}, {0}};
	size_t count = run(&course);

	(void)state;
	assert_int_equal(count, 3); /* at 5, 10 and 15 s */
	course = (struct course){60, 30, 0, script, 1, {0}, {0}};
	assert_int_equal(run(&course), 0);
}

static void
an_end_is_an_end(void **state)
{
	static const enum device_event ends[] = {
	    DEVICE_FAILED, DEVICE_APPROVED, DEVICE_DENIED, DEVICE_EXPIRED};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct course course = {5, 600, 0, &ends[i], 1, {0}, {0}};

		assert_int_equal(run(&course), 1);
	}
}

static void
no_number_of_answers_makes_time_wrap(void **state)
{
	struct device_poll poll;
	int64_t at_ms;

	(void)state;
	device_poll_start(&poll, 60, DEVICE_LIFE_S_MAX, NOW);
	for (unsigned i = 0; i < 100000; i++)
		assert_true(device_poll_note(
		    &poll, i % 2 ? DEVICE_SILENT : DEVICE_SLOW_DOWN, NOW));
	assert_true(poll.interval_ms > 0);
	assert_true(poll.interval_ms <= DEVICE_LIFE_S_MAX * SECOND);
	assert_false(device_poll_next(&poll, INT64_MAX, &at_ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_interval_lies_between_two_questions),
	    cmocka_unit_test(slow_down_adds_five_seconds_for_good),
	    cmocka_unit_test(silence_doubles_the_interval),
	    cmocka_unit_test(a_storm_of_slow_down_is_asked_ever_less),
	    cmocka_unit_test(nothing_is_asked_after_the_code_has_expired),
	    cmocka_unit_test(an_end_is_an_end),
	    cmocka_unit_test(no_number_of_answers_makes_time_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
