/* The attacker looked over a shoulder, or sits on the line: he has a code that
 * was, or is about to be, used by its owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/enrolment.h"
#include "factor/recovery.h"
#include "tests/unit/alice.h"

static void
the_same_code_again(void **state)
{
	(void)state;
	for (unsigned past = 0; past <= OTP_WINDOW_MAX; past++) {
		AUTO(alice) alice = alice_new();

		alice->attempt.past_codes = past;
		assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
		for (unsigned step = 0; step <= past + 2; step++) {
			assert_int_not_equal(
			    alice_types_step(alice, -(int)step), ATTEMPT_RIGHT);
			alice->attempt.now_unix_s += 30;
		}
	}
}

static void
an_older_code_after_a_newer_one(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->attempt.past_codes = 5;
	assert_int_equal(alice_types_step(alice, -2), ATTEMPT_RIGHT);
	for (int step = -5; step <= -2; step++)
		assert_int_equal(alice_types_step(alice, step), ATTEMPT_USED);
	assert_int_equal(alice_types_step(alice, -1), ATTEMPT_RIGHT);
}

static void
another_spelling_of_the_same_code(void **state)
{
	AUTO(alice) alice = alice_new();
	char code[OTP_DIGITS_MAX + 1], typed[32];

	(void)state;
	alice_code(alice, 0, code);
	assert_int_equal(alice_types(alice, code), ATTEMPT_RIGHT);
	(void)snprintf(typed, sizeof(typed), "%.3s %s", code, code + 3);
	assert_int_equal(alice_types(alice, typed), ATTEMPT_USED);
	(void)snprintf(typed, sizeof(typed), "0%s", code);
	assert_int_equal(alice_types(alice, typed), ATTEMPT_MALFORMED);
	(void)snprintf(typed, sizeof(typed), "+%s", code);
	assert_int_equal(alice_types(alice, typed), ATTEMPT_MALFORMED);
}

/* alice's key gives this code at two steps that follow each other. */
#define COLLISION_STEP (ALICE_NOW / 30 + 862734)
#define COLLISION_CODE "557615"

static void
one_code_that_belongs_to_two_steps(void **state)
{
	(void)state;
	for (int at = -1; at <= 2; at++) {
		AUTO(alice) alice = alice_new();

		alice->attempt.now_unix_s = (COLLISION_STEP + at) * 30;
		assert_int_equal(
		    alice_types(alice, COLLISION_CODE), ATTEMPT_RIGHT);
		for (int i = 0; i < 4; i++) {
			assert_int_not_equal(
			    alice_types(alice, COLLISION_CODE), ATTEMPT_RIGHT);
			alice->attempt.now_unix_s += 30;
			/* Except when the window had shown one of the two
			 * only: then the other is a code of its own. */
			if (at == -1 && i == 0)
				break;
		}
	}
}

/* alice's first two devices show this code at the same step. */
#define SHARED_STEP (ALICE_NOW / 30 + 158766)
#define SHARED_CODE "611592"

static void
one_code_that_belongs_to_two_devices(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	(void)alice_add_device(alice, "tablet");
	alice->attempt.now_unix_s = SHARED_STEP * 30;
	assert_int_equal(alice_types(alice, SHARED_CODE), ATTEMPT_RIGHT);
	assert_int_equal(alice_types(alice, SHARED_CODE), ATTEMPT_USED);
}

static void
a_code_after_the_clock_was_set_back(void **state)
{
	static const int64_t jumps_s[] = {30, 31, 60, 90, 3600, 365 * 86400};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps_s) / sizeof(jumps_s[0]); i++) {
		AUTO(alice) alice = alice_new();
		char code[OTP_DIGITS_MAX + 1];

		alice->attempt.now_unix_s = ALICE_NOW - jumps_s[i];
		alice_code(alice, 0, code);
		alice->attempt.now_unix_s = ALICE_NOW;
		assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
		/* Even if nobody noticed that it is behind. */
		alice->attempt.now_unix_s -= jumps_s[i];
		assert_int_equal(alice_types(alice, code), ATTEMPT_USED);
		alice->attempt.clock_is_behind = true;
		assert_int_equal(alice_types(alice, code), ATTEMPT_CLOCK);
	}
}

static void
a_captured_code_after_a_login_by_recovery_code(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	(void)alice_add_device(alice, "tablet");
	alice->attempt.past_codes = alice->attempt.future_codes = 3;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
	for (size_t i = 0; i < 2; i++)
		for (int step = -3; step <= 3; step++)
			assert_int_equal(alice_types_code_of(alice,
					     &alice->record->devices[i],
					     (uint64_t)(ALICE_NOW / 30 + step)),
			    ATTEMPT_USED);
	alice->attempt.now_unix_s += 30;
	assert_int_equal(alice_types_step(alice, 3), ATTEMPT_RIGHT);
}

static void
a_code_that_confirmed_the_enrolment(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *device = alice->record->devices;
	char code[OTP_DIGITS_MAX + 1];

	(void)state;
	device->enabled = false;
	device->created_unix_s = ALICE_NOW;
	alice_code(alice, 0, code);
	alice->attempt.answer = code;
	assert_int_equal(
	    enrolment_confirm(alice->record, NULL, &alice->attempt), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
	assert_int_equal(alice_types(alice, code), ATTEMPT_USED);
	assert_int_equal(alice_types_step(alice, -1), ATTEMPT_USED);
}

static void
an_hotp_code_of_a_counter_that_was_skipped(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->record->devices->type = OTP_HOTP;
	assert_int_equal(alice_types_counter(alice, 5), ATTEMPT_RIGHT);
	for (uint64_t counter = 0; counter <= 5; counter++)
		assert_int_not_equal(
		    alice_types_counter(alice, counter), ATTEMPT_RIGHT);
}

static void
a_record_that_was_read_again(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) value = NULL;

	(void)state;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	value = user_record_print(alice->record);
	user_record_free(alice->record);
	alice->record = NULL;
	assert_int_equal(
	    user_record_parse(value, "alice", 1000, &alice->record), 1);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_USED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_code_again),
	    cmocka_unit_test(an_older_code_after_a_newer_one),
	    cmocka_unit_test(another_spelling_of_the_same_code),
	    cmocka_unit_test(one_code_that_belongs_to_two_steps),
	    cmocka_unit_test(one_code_that_belongs_to_two_devices),
	    cmocka_unit_test(a_code_after_the_clock_was_set_back),
	    cmocka_unit_test(a_captured_code_after_a_login_by_recovery_code),
	    cmocka_unit_test(a_code_that_confirmed_the_enrolment),
	    cmocka_unit_test(an_hotp_code_of_a_counter_that_was_skipped),
	    cmocka_unit_test(a_record_that_was_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
