#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "net/breaker.h"

#define NOW_MS 1000000

static void
fail_times(struct breaker *breaker, uint64_t key, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		(void)breaker_count(breaker, key, false, NOW_MS);
}

static void
breaker_opens_after_failures_in_a_row_and_says_so_once(void **state)
{
	struct breaker breaker = {0};
	uint64_t key = text_hash("https://a.example/");

	(void)state;
	for (int i = 1; i <= BREAKER_FAILURES + 3; i++) {
		assert_int_equal(breaker_admit(&breaker, key, NOW_MS),
		    i <= BREAKER_FAILURES);
		assert_int_equal(breaker_count(&breaker, key, false, NOW_MS),
		    i == BREAKER_FAILURES);
	}
}

static void
breaker_forgets_failures_after_a_success(void **state)
{
	struct breaker breaker = {0};

	(void)state;
	fail_times(&breaker, 1, BREAKER_FAILURES - 1);
	assert_false(breaker_count(&breaker, 1, true, NOW_MS));
	fail_times(&breaker, 1, BREAKER_FAILURES - 1);
	assert_true(breaker_admit(&breaker, 1, NOW_MS));
}

static void
breaker_lets_one_request_try_after_a_while(void **state)
{
	struct breaker breaker = {0};
	int64_t later_ms = NOW_MS + BREAKER_OPEN_MS;

	(void)state;
	fail_times(&breaker, 1, BREAKER_FAILURES);
	assert_false(breaker_admit(&breaker, 1, later_ms - 1));
	assert_true(breaker_admit(&breaker, 1, later_ms));
	assert_false(breaker_admit(&breaker, 1, later_ms));
	assert_false(breaker_count(&breaker, 1, false, later_ms));
	assert_false(breaker_admit(&breaker, 1, later_ms + 1));
	assert_true(breaker_admit(&breaker, 1, later_ms + BREAKER_OPEN_MS));
	assert_false(breaker_count(&breaker, 1, true, later_ms));
	assert_true(breaker_admit(&breaker, 1, later_ms + 1));
}

static void
breaker_keeps_addresses_apart(void **state)
{
	struct breaker breaker = {0};

	(void)state;
	assert_int_not_equal(
	    text_hash("https://a.example/"), text_hash("https://b.example/"));
	fail_times(&breaker, 1, BREAKER_FAILURES);
	assert_false(breaker_admit(&breaker, 1, NOW_MS));
	assert_true(breaker_admit(&breaker, 2, NOW_MS));
}

static void
breaker_drops_the_entry_unused_for_longest(void **state)
{
	struct breaker breaker = {0};

	(void)state;
	fail_times(&breaker, 100, BREAKER_FAILURES);
	for (uint64_t key = 0; key < BREAKER_KEYS_MAX - 1; key++)
		assert_true(
		    breaker_admit(&breaker, key, NOW_MS + 1 + (int64_t)key));
	assert_false(breaker_admit(&breaker, 100, NOW_MS + 100));
	assert_true(breaker_admit(&breaker, 101, NOW_MS + 101));
	assert_false(breaker_admit(&breaker, 100, NOW_MS + 102));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		breaker_opens_after_failures_in_a_row_and_says_so_once),
	    cmocka_unit_test(breaker_forgets_failures_after_a_success),
	    cmocka_unit_test(breaker_lets_one_request_try_after_a_while),
	    cmocka_unit_test(breaker_keeps_addresses_apart),
	    cmocka_unit_test(breaker_drops_the_entry_unused_for_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
