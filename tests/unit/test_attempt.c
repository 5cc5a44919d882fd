#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "factor/attempt.h"
#include "factor/otp.h"
#include "factor/recovery.h"
#include "tests/unit/alice.h"

static void
the_window_is_exactly_what_is_configured(void **state)
{
	(void)state;
	for (int past = 0; past <= OTP_WINDOW_MAX; past += 5)
		for (int future = 0; future <= 2; future++)
			for (int step = -past - 2; step <= future + 2; step++) {
				AUTO(alice) alice = alice_new();
				bool inside = step >= -past && step <= future;

				alice->attempt.past_codes = (unsigned)past;
				alice->attempt.future_codes = (unsigned)future;
				assert_int_equal(alice_types_step(alice, step),
				    inside ? ATTEMPT_RIGHT : ATTEMPT_WRONG);
			}
}

static void
blanks_that_phones_show_do_not_matter(void **state)
{
	AUTO(alice) alice = alice_new();
	char code[OTP_DIGITS_MAX + 1], typed[32];

	(void)state;
	alice_code(alice, 0, code);
	(void)snprintf(typed, sizeof(typed), " %.3s %s ", code, code + 3);
	assert_int_equal(alice_types(alice, typed), ATTEMPT_RIGHT);
	assert_string_equal(alice->attempt.why, "code-accepted");
	assert_string_equal(alice->attempt.device, "default");
	assert_true(alice->attempt.record_changed);
}

static void
what_is_no_code_is_not_counted(void **state)
{
	static const char *const typed[] = {"", " ", "1", "12345", "1234567",
	    "12345678", "123456789", "-12345", "+12345", "12345a", "0x1234",
	    "1234.6", "12345\xc2\xb2",
	    "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9"
	    "\xa5\xd9\xa6",
	    "correct horse battery staple", "\b\n\r\177INCORRECT",
	    "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNOPQ", "ABCDEFGHIJKLMN01"};
	AUTO(alice) alice = alice_new();

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		assert_int_equal(
		    alice_types(alice, typed[i]), ATTEMPT_MALFORMED);
		assert_string_equal(alice->attempt.why, "malformed");
		assert_false(alice->attempt.record_changed);
	}
	assert_int_equal(alice->record->throttle.failure_count, 0);
}

static void
a_used_code_is_told_with_the_time_of_the_next(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	alice->attempt.now_unix_s += 7;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_USED);
	assert_string_equal(alice->attempt.why, "used-code");
	assert_string_equal(alice->attempt.device, "default");
	assert_int_equal(alice->attempt.retry_unix_s, ALICE_NOW + 30);
	assert_int_equal(alice->record->throttle.failure_count, 0);

	/* The phone shows a new code by now: try at once. */
	alice->attempt.now_unix_s = ALICE_NOW + 30;
	assert_int_equal(alice_types_step(alice, -1), ATTEMPT_USED);
	assert_int_equal(alice->attempt.retry_unix_s, ALICE_NOW + 30);
}

static void
a_used_code_counts_as_wrong_once_it_left_the_window(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	alice->attempt.now_unix_s += 60;
	assert_int_equal(alice_types_step(alice, -2), ATTEMPT_WRONG);
	assert_int_equal(alice->record->throttle.failure_count, 1);
}

static void
hotp_looks_ten_counters_ahead_and_never_back(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *device = alice->record->devices;

	(void)state;
	device->type = OTP_HOTP;
	assert_int_equal(alice_types_counter(alice, 10), ATTEMPT_WRONG);
	assert_int_equal(alice_types_counter(alice, 9), ATTEMPT_RIGHT);
	assert_int_equal(alice_types_counter(alice, 9), ATTEMPT_USED);
	assert_int_equal(alice->attempt.retry_unix_s, ALICE_NOW);
	assert_int_equal(alice_types_counter(alice, 8), ATTEMPT_WRONG);
	assert_int_equal(alice_types_counter(alice, 20), ATTEMPT_WRONG);
	assert_int_equal(alice_types_counter(alice, 19), ATTEMPT_RIGHT);
	assert_int_equal(device->last_used, 19);
}

static void
one_prompt_serves_all_enabled_devices(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *token = alice_add_device(alice, "token");

	(void)state;
	token->digits = 8;
	token->algorithm = OTP_SHA256;
	token->period_s = 60;
	assert_int_equal(
	    alice_types_code_of(alice, token, otp_step(ALICE_NOW, 60)),
	    ATTEMPT_RIGHT);
	assert_string_equal(alice->attempt.device, "token");
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	assert_string_equal(alice->attempt.device, "default");

	token->enabled = false;
	assert_int_equal(
	    alice_types_code_of(alice, token, otp_step(ALICE_NOW, 60) + 1),
	    ATTEMPT_MALFORMED);
}

static void
a_clock_behind_the_mark_looks_at_no_device(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->attempt.clock_is_behind = true;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_CLOCK);
	assert_string_equal(alice->attempt.why, "clock-behind");
	assert_false(alice->attempt.record_changed);
	assert_int_equal(alice_types(alice, "000000"), ATTEMPT_CLOCK);
	assert_int_equal(alice->record->throttle.failure_count, 0);
}

static void
a_recovery_code_works_once_in_any_spelling_without_a_clock(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;
	char typed[64];

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	alice->attempt.clock_is_behind = true;
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
	assert_string_equal(alice->attempt.why, "recovery-accepted");
	assert_int_equal(alice->attempt.recovery_left, 9);
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_WRONG);
	assert_string_equal(alice->attempt.why, "recovery-wrong");

	(void)snprintf(
	    typed, sizeof(typed), " %s ", codes->bytes + RECOVERY_TEXT_BYTES);
	for (char *c = typed; *c; c++)
		*c = *c == '-'		      ? ' '
		     : *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20)
					      : *c;
	assert_int_equal(alice_types(alice, typed), ATTEMPT_RECOVERY);
	assert_int_equal(alice->attempt.recovery_left, 8);
}

static void
recovery_codes_have_a_budget_of_their_own(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    alice_types(alice, "AAAA-AAAA-AAAA-AAAA"), ATTEMPT_WRONG);
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_WAIT);
	assert_string_equal(alice->attempt.why, "recovery-budget");
	assert_int_equal(alice->attempt.retry_unix_s, ALICE_NOW + 86400);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	alice->attempt.now_unix_s += 86400;
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
}

static void
a_recovery_code_helps_who_must_wait_for_codes(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(alice_types_wrong(alice), ATTEMPT_WRONG);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_WAIT);
	assert_string_equal(alice->attempt.why, "wait");
	assert_int_equal(alice->attempt.retry_unix_s, ALICE_NOW + 60);
	assert_int_equal(
	    attempt_code_retry_unix_s(alice->record, &alice->attempt),
	    ALICE_NOW + 60);
	assert_int_equal(
	    attempt_retry_unix_s(alice->record, &alice->attempt), 0);

	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
	assert_int_equal(
	    attempt_code_retry_unix_s(alice->record, &alice->attempt), 0);
}

static void
nobody_is_asked_in_vain_when_both_budgets_are_used_up(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	for (int i = 0; i < 6; i++)
		(void)alice_types_wrong(alice);
	for (int i = 0; i < 10; i++)
		(void)alice_types(alice, "AAAA-AAAA-AAAA-AAAA");
	assert_int_equal(attempt_retry_unix_s(alice->record, &alice->attempt),
	    ALICE_NOW + 60);
}

static void
a_record_without_devices_counts_and_waits_alike(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(alice) nobody = alice_new();

	(void)state;
	user_record_remove_device(nobody->record, nobody->record->devices);
	for (int i = 0; i < 12; i++) {
		const char *typed = i % 3 ? "000000" : "0000000";

		assert_int_equal(
		    alice_types(alice, typed), alice_types(nobody, typed));
		assert_string_equal(alice->attempt.why, nobody->attempt.why);
		assert_int_equal(
		    alice->attempt.retry_unix_s, nobody->attempt.retry_unix_s);
	}
	assert_int_equal(nobody->attempt.result, ATTEMPT_WAIT);
	assert_memory_equal(&alice->record->throttle, &nobody->record->throttle,
	    sizeof(struct throttle));
}

static void
success_makes_the_address_known_for_thirty_days(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->attempt.address = "192.0.2.7";
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	(void)alice_types_wrong(alice);
	assert_true(alice->record->throttle.failures[0].known);

	alice->attempt.now_unix_s += 30 * 86400;
	(void)alice_types_wrong(alice);
	assert_false(alice->record->throttle
			 .failures[alice->record->throttle.failure_count - 1]
			 .known);
}

static void
an_address_counts_only_from_roots_program(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->attempt.address = "192.0.2.7";
	alice->attempt.address_is_trusted = false;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	assert_int_equal(alice->record->address_count, 0);
	(void)alice_types_wrong(alice);
	alice->attempt.address = NULL;
	(void)alice_types_wrong(alice);
	assert_false(alice->record->throttle.failures[0].known);
	assert_false(alice->record->throttle.failures[1].known);
}

static void
the_oldest_address_makes_room(void **state)
{
	AUTO(alice) alice = alice_new();
	char address[32];

	(void)state;
	alice->attempt.address = address;
	for (int i = 0; i <= RECORD_ADDRESSES_MAX; i++) {
		(void)snprintf(address, sizeof(address), "192.0.2.%d", i);
		alice->attempt.now_unix_s += 30;
		assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	}
	assert_int_equal(alice->record->address_count, RECORD_ADDRESSES_MAX);
	assert_null(user_record_find_address(alice->record, "192.0.2.0"));
	assert_non_null(user_record_find_address(alice->record, "192.0.2.1"));
	assert_non_null(user_record_find_address(alice->record, address));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_window_is_exactly_what_is_configured),
	    cmocka_unit_test(blanks_that_phones_show_do_not_matter),
	    cmocka_unit_test(what_is_no_code_is_not_counted),
	    cmocka_unit_test(a_used_code_is_told_with_the_time_of_the_next),
	    cmocka_unit_test(
		a_used_code_counts_as_wrong_once_it_left_the_window),
	    cmocka_unit_test(hotp_looks_ten_counters_ahead_and_never_back),
	    cmocka_unit_test(one_prompt_serves_all_enabled_devices),
	    cmocka_unit_test(a_clock_behind_the_mark_looks_at_no_device),
	    cmocka_unit_test(
		a_recovery_code_works_once_in_any_spelling_without_a_clock),
	    cmocka_unit_test(recovery_codes_have_a_budget_of_their_own),
	    cmocka_unit_test(a_recovery_code_helps_who_must_wait_for_codes),
	    cmocka_unit_test(
		nobody_is_asked_in_vain_when_both_budgets_are_used_up),
	    cmocka_unit_test(a_record_without_devices_counts_and_waits_alike),
	    cmocka_unit_test(success_makes_the_address_known_for_thirty_days),
	    cmocka_unit_test(an_address_counts_only_from_roots_program),
	    cmocka_unit_test(the_oldest_address_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
