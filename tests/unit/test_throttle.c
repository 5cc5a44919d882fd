/* The throttle against a slow oracle that keeps every failure for ever, and
 * against the figures that the manual promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "factor/throttle.h"

#define NOW   INT64_C(1767225600)
#define DAY   INT64_C(86400)
#define MONTH (30 * DAY)

/* ---- the oracle ---- */

struct event {
	int64_t unix_s;
	bool known, success;
};

struct oracle {
	struct event events[4096];
	size_t count;
};

static size_t
oracle_sum(
    const struct oracle *o, bool of_strangers, int64_t window_s, int64_t now)
{
	size_t sum = 0;

	for (size_t i = 0; i < o->count; i++)
		sum += !o->events[i].success &&
		       o->events[i].unix_s > now - window_s &&
		       !(of_strangers && o->events[i].known);
	return sum;
}

static int64_t
oracle_wait_until(const struct oracle *o, bool known)
{
	static const int minutes[] = {0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60};
	int64_t last = 0;
	int row = 0;

	for (size_t i = 0; i < o->count; i++) {
		if (o->events[i].success)
			row = 0;
		else if (o->events[i].known == known) {
			row += row < 12;
			last = o->events[i].unix_s;
		}
	}
	return last + 60 * minutes[row];
}

static bool
oracle_admits(const struct oracle *o, bool known, int64_t now)
{
	if (oracle_wait_until(o, known) > now)
		return false;
	if (!known && (oracle_sum(o, true, DAY, now) >= 10 ||
			  oracle_sum(o, true, MONTH, now) >= 50))
		return false;
	return oracle_sum(o, false, DAY, now) < 20 &&
	       oracle_sum(o, false, MONTH, now) < 100;
}

static void
the_throttle_agrees_with_the_oracle(void **state)
{
	static const int64_t pauses[] = {
	    0, 1, 59, 60, 61, 600, 3600, 7200, DAY / 2, DAY};
	unsigned seed = 4;
	size_t refused = 0;

	(void)state;
	for (int round = 0; round < 40; round++) {
		static struct oracle oracle;
		struct throttle throttle = {.failure_count = 0};
		int64_t now = NOW;

		oracle.count = 0;
		for (int i = 0; i < 600; i++) {
			bool known = rand_r(&seed) % 2;
			int64_t retry;

			now += pauses[rand_r(&seed) % (round % 10 + 1)];
			retry =
			    throttle_retry_unix_s(&throttle, known, now, NULL);
			assert_int_equal(
			    retry == 0, oracle_admits(&oracle, known, now));
			if (retry != 0) {
				refused++;
				assert_true(
				    oracle_admits(&oracle, known, retry));
				assert_false(
				    oracle_admits(&oracle, known, retry - 1));
				continue;
			}
			oracle.events[oracle.count++] =
			    (struct event){now, known, rand_r(&seed) % 16 == 0};
			if (oracle.events[oracle.count - 1].success)
				throttle_count_success(&throttle);
			else
				throttle_count_failure(&throttle, known, now);
			assert_false(throttle_settle(&throttle, now));
		}
	}
	assert_true(refused > 1000);
}

/* ---- figures ---- */

/* Fail as soon as one may; the number of failures until `end`. */
static size_t
grind(struct throttle *throttle, bool known, int64_t now, int64_t end)
{
	size_t count = 0;

	while (now < end) {
		int64_t retry =
		    throttle_retry_unix_s(throttle, known, now, NULL);

		if (retry != 0) {
			now = retry;
			continue;
		}
		throttle_count_failure(throttle, known, now);
		count++;
	}
	return count;
}

static void
waits_are_one_to_sixty_minutes_after_five_free_tries(void **state)
{
	static const int minutes[] = {
	    0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60};
	struct throttle throttle = {.failure_count = 0};
	const char *why = NULL;
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		int64_t retry;

		throttle_count_failure(&throttle, true, now);
		retry = throttle_retry_unix_s(&throttle, true, now, &why);
		assert_int_equal(retry, minutes[i] ? now + 60 * minutes[i] : 0);
		if (retry)
			assert_string_equal(why, "wait");
		now = retry ? retry : now;
	}
}

static void
twenty_a_day_and_a_hundred_in_thirty_days(void **state)
{
	struct throttle throttle = {.failure_count = 0};
	const char *why = NULL;

	(void)state;
	assert_int_equal(grind(&throttle, true, NOW, NOW + DAY), 20);
	assert_int_not_equal(
	    throttle_retry_unix_s(&throttle, true, NOW + DAY - 1, &why), 0);
	assert_string_equal(why, "budget-day");
	assert_int_equal(grind(&throttle, true, NOW + DAY, NOW + MONTH), 80);
	assert_int_not_equal(
	    throttle_retry_unix_s(&throttle, true, NOW + MONTH - 1, &why), 0);
	assert_string_equal(why, "budget-month");
	assert_int_equal(throttle.failure_count, 100);
}

static void
strangers_have_half_of_each_sum(void **state)
{
	struct throttle throttle = {.failure_count = 0};

	(void)state;
	assert_int_equal(grind(&throttle, false, NOW, NOW + DAY), 10);
	assert_int_equal(grind(&throttle, true, NOW, NOW + DAY), 10);

	throttle = (struct throttle){.failure_count = 0};
	assert_int_equal(grind(&throttle, false, NOW, NOW + MONTH), 50);
	assert_int_equal(
	    throttle_retry_unix_s(&throttle, true, NOW + 20 * DAY, NULL), 0);
}

static void
success_clears_the_waits_but_not_the_sums(void **state)
{
	struct throttle throttle = {.failure_count = 0};
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		count += grind(&throttle, true, NOW, NOW + 1);
		throttle_count_success(&throttle);
	}
	assert_int_equal(count, 20);
	assert_int_equal(
	    throttle_retry_unix_s(&throttle, true, NOW, NULL), NOW + DAY);
}

/* ---- clocks ---- */

static void
a_clock_set_back_refunds_nothing(void **state)
{
	struct throttle throttle = {.failure_count = 0};

	(void)state;
	assert_int_equal(grind(&throttle, true, NOW, NOW + DAY), 20);
	assert_int_not_equal(
	    throttle_retry_unix_s(&throttle, true, NOW - MONTH, NULL), 0);

	throttle = (struct throttle){.failure_count = 0};
	throttle_count_failure(&throttle, true, NOW);
	throttle_count_failure(&throttle, true, NOW - 30);
	assert_int_equal(throttle.failures[1].unix_s, NOW);
}

static void
a_clock_once_years_ahead_costs_no_more_than_the_rule(void **state)
{
	struct throttle throttle = {.failure_count = 0};
	int64_t ahead = NOW + 20 * 365 * DAY;

	(void)state;
	assert_int_equal(grind(&throttle, true, ahead, ahead + DAY), 20);
	assert_true(throttle_admit_send(&throttle, ahead));
	assert_true(throttle_admit_recovery(&throttle, true, ahead));

	assert_false(throttle_is_settled(&throttle, NOW));
	assert_true(throttle_settle(&throttle, NOW));
	assert_true(throttle_is_settled(&throttle, NOW));
	assert_false(throttle_settle(&throttle, NOW));
	assert_int_equal(
	    throttle_retry_unix_s(&throttle, true, NOW, NULL), NOW + DAY);
	assert_int_equal(
	    throttle_retry_unix_s(&throttle, true, NOW + DAY, NULL), 0);
	assert_int_equal(throttle.sent_unix_s[0], NOW);
	assert_int_equal(throttle.recovery_unix_s[0], NOW);
}

static void
recovery_codes_and_sends_have_their_own_windows(void **state)
{
	struct throttle throttle = {.failure_count = 0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(throttle_admit_recovery(&throttle, false, NOW + i));
		assert_true(throttle_admit_send(&throttle, NOW + i));
	}
	assert_false(throttle_admit_recovery(&throttle, false, NOW + DAY - 1));
	assert_int_equal(
	    throttle_recovery_retry_unix_s(&throttle, false, NOW + 9),
	    NOW + DAY);
	assert_false(throttle_admit_send(&throttle, NOW + 599));
	assert_true(throttle_admit_recovery(&throttle, false, NOW + DAY));
	assert_false(throttle_admit_recovery(&throttle, false, NOW + DAY));
	assert_true(throttle_admit_send(&throttle, NOW + 600));
	assert_int_equal(throttle_retry_unix_s(&throttle, false, NOW, NULL), 0);
}

static void
strangers_have_half_of_the_recovery_codes_too(void **state)
{
	struct throttle throttle = {.failure_count = 0};

	(void)state;
	while (throttle_admit_recovery(&throttle, false, NOW))
		continue;
	assert_int_equal(
	    throttle_recovery_retry_unix_s(&throttle, true, NOW), 0);
	for (int i = 0; i < 5; i++)
		assert_true(throttle_admit_recovery(&throttle, true, NOW + i));
	assert_false(throttle_admit_recovery(&throttle, true, NOW + 5));
	assert_int_equal(
	    throttle_recovery_retry_unix_s(&throttle, true, NOW + 5),
	    NOW + DAY);
	assert_true(throttle_admit_recovery(&throttle, true, NOW + DAY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_throttle_agrees_with_the_oracle),
	    cmocka_unit_test(
		waits_are_one_to_sixty_minutes_after_five_free_tries),
	    cmocka_unit_test(twenty_a_day_and_a_hundred_in_thirty_days),
	    cmocka_unit_test(strangers_have_half_of_each_sum),
	    cmocka_unit_test(success_clears_the_waits_but_not_the_sums),
	    cmocka_unit_test(a_clock_set_back_refunds_nothing),
	    cmocka_unit_test(
		a_clock_once_years_ahead_costs_no_more_than_the_rule),
	    cmocka_unit_test(recovery_codes_and_sends_have_their_own_windows),
	    cmocka_unit_test(strangers_have_half_of_the_recovery_codes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
