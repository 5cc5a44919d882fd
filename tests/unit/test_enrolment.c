#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/enrolment.h"
#include "factor/recovery.h"
#include "tests/unit/alice.h"

/* ---- helpers ---- */

static int
request(struct alice *alice, const char *device, const char *replaces)
{
	AUTO(secret) key = secret_copy("ABCDEFGHIJKLMNOPQRST", 20);
	struct enrolment_request request = {.device = device,
	    .digits = 6,
	    .period_s = 30,
	    .replaces = replaces,
	    .key = key,
	    .now_unix_s = alice->attempt.now_unix_s};

	return enrolment_request(alice->record, &request);
}

/* The pending device's code of the current step plus `step`. */
static int
confirm(struct alice *alice, const char *device, int step)
{
	AUTO(secret) key = secret_copy("ABCDEFGHIJKLMNOPQRST", 20);
	uint64_t now = otp_step(alice->attempt.now_unix_s, 30);
	char code[OTP_DIGITS_MAX + 1];

	assert_int_equal(
	    otp_code(key, OTP_SHA1, 6, now + (uint64_t)(int64_t)step, code), 0);
	alice->attempt.answer = code;
	return enrolment_confirm(alice->record, device, &alice->attempt);
}

static struct alice *
nobody_new(void)
{
	struct alice *alice = alice_new();

	user_record_remove_device(alice->record, alice->record->devices);
	return alice;
}

/* ---- request and confirm ---- */

static void
a_requested_device_is_good_for_nothing_before_it_is_confirmed(void **state)
{
	AUTO(alice) alice = nobody_new();
	struct device *device;

	(void)state;
	assert_int_equal(request(alice, NULL, NULL), 0);
	device = user_record_find_pending(alice->record, "default");
	assert_non_null(device);
	assert_false(user_record_is_enrolled(alice->record));
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_WRONG);

	assert_int_equal(confirm(alice, NULL, 0), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
	assert_true(alice->attempt.record_changed);
	assert_true(user_record_is_enrolled(alice->record));
}

static void
confirming_uses_up_the_step(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	assert_int_equal(request(alice, NULL, NULL), 0);
	assert_int_equal(confirm(alice, "default", 0), 0);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_USED);
	assert_int_equal(alice_types_step(alice, 1), ATTEMPT_RIGHT);
}

static void
a_wrong_code_confirms_nothing_and_counts(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	assert_int_equal(request(alice, NULL, NULL), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(confirm(alice, NULL, 500), 0);
		assert_int_equal(alice->attempt.result, ATTEMPT_WRONG);
	}
	assert_int_equal(confirm(alice, NULL, 0), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_WAIT);
	assert_false(user_record_is_enrolled(alice->record));
}

static void
a_request_is_void_after_a_quarter_of_an_hour(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	assert_int_equal(confirm(alice, NULL, 0), -ENOENT);
	assert_int_equal(request(alice, NULL, NULL), 0);
	alice->attempt.now_unix_s += ENROLMENT_PENDING_S + 1;
	assert_int_equal(confirm(alice, NULL, 0), -ENOENT);
	alice->attempt.now_unix_s -= 1;
	assert_int_equal(confirm(alice, NULL, 0), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
}

static void
a_request_does_not_come_alive_again_when_the_clock_steps_back(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	assert_int_equal(request(alice, NULL, NULL), 0);
	alice->attempt.now_unix_s -= ENROLMENT_PENDING_S + 1;
	assert_int_equal(confirm(alice, NULL, 0), -ENOENT);
}

static void
a_second_request_replaces_the_first(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(request(alice, "phone", NULL), 0);
	assert_int_equal(alice->record->device_count, 1);
}

static void
an_enabled_name_is_already_enabled(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(request(alice, NULL, NULL), -EEXIST);
	assert_int_equal(request(alice, "default", NULL), -EEXIST);
	assert_int_equal(request(alice, "tablet", NULL), 0);
	assert_int_equal(confirm(alice, NULL, 0), 0);
	assert_int_equal(alice->record->device_count, 2);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
}

static void
void_requests_leave_room_for_new_ones(void **state)
{
	AUTO(alice) alice = alice_new();
	char name[] = "phone-0";

	(void)state;
	for (int i = 1; i < RECORD_DEVICES_MAX; i++) {
		name[6] = (char)('0' + i);
		assert_int_equal(request(alice, name, NULL), 0);
	}
	assert_int_equal(request(alice, "one-more", NULL), -ENOSPC);
	alice->attempt.now_unix_s += ENROLMENT_PENDING_S + 1;
	assert_int_equal(request(alice, "one-more", NULL), 0);
	assert_int_equal(alice->record->device_count, 2);
}

static void
confirming_drops_what_else_was_requested(void **state)
{
	AUTO(alice) alice = nobody_new();

	(void)state;
	assert_int_equal(request(alice, "mallory", NULL), 0);
	assert_int_equal(request(alice, "phone", NULL), 0);
	assert_int_equal(confirm(alice, NULL, 0), -ENOENT); /* which one? */
	assert_int_equal(confirm(alice, "phone", 0), 0);
	assert_int_equal(alice->record->device_count, 1);
	assert_int_equal(confirm(alice, "mallory", 1), -ENOENT);
}

static void
requests_out_of_range_are_refused(void **state)
{
	AUTO(alice) alice = nobody_new();
	AUTO(secret) key = secret_new(OTP_KEY_BYTES_NEW);
	AUTO(secret) small = secret_new(OTP_KEY_BYTES_MIN - 1);
	const struct enrolment_request good = {
	    .digits = 6, .period_s = 30, .key = key};
	struct enrolment_request bad[] = {
	    good, good, good, good, good, good, good};

	(void)state;
	bad[0].digits = 5;
	bad[1].digits = 9;
	bad[2].period_s = 0;
	bad[3].period_s = 301;
	bad[4].device = "a b";
	bad[5].transport = "sms\n";
	bad[6].key = small;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    enrolment_request(alice->record, &bad[i]), -EINVAL);
	assert_int_equal(request(alice, NULL, "nothing"), -ENOENT);
	assert_int_equal(alice->record->device_count, 0);
}

/* ---- replace ---- */

static void
the_old_device_works_until_the_new_one_is_confirmed(void **state)
{
	static const char *const names[] = {"default", "phone"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(alice) alice = alice_new();
		const struct device *device;

		assert_int_equal(request(alice, names[i], "default"), 0);
		assert_int_equal(alice_types_step(alice, -1), ATTEMPT_RIGHT);
		assert_int_equal(confirm(alice, NULL, 500), 0);
		assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);

		assert_int_equal(confirm(alice, names[i], 0), 0);
		assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
		assert_int_equal(alice->record->device_count, 1);
		device = alice->record->devices;
		assert_string_equal(device->name, names[i]);
		assert_true(device->enabled);
		assert_string_equal(device->replaces, "");
		assert_memory_equal(
		    device->key->bytes, "ABCDEFGHIJKLMNOPQRST", 20);
	}
}

static void
replacing_leaves_the_other_devices(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	(void)alice_add_device(alice, "tablet");
	assert_int_equal(request(alice, "phone", "default"), 0);
	(void)alice_add_device(alice, "token");
	assert_int_equal(confirm(alice, "phone", 0), 0);
	assert_int_equal(alice->record->device_count, 3);
	assert_null(user_record_find_device(alice->record, "default"));
	assert_non_null(user_record_find_device(alice->record, "tablet"));
	assert_non_null(user_record_find_device(alice->record, "token"));
}

/* ---- disable ---- */

static int
disable(struct alice *alice, const char *device, const char *answer)
{
	alice->attempt.answer = answer;
	return enrolment_disable(alice->record, device, &alice->attempt);
}

static void
disabling_takes_a_right_answer_and_wipes_everything(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;
	char code[OTP_DIGITS_MAX + 1];

	(void)state;
	alice->attempt.address = "192.0.2.7";
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	assert_int_equal(recovery_add_scratch(
			     alice->record, alice->recovery_key, "12345678"),
	    0);
	assert_int_equal(alice_types_step(alice, -1), ATTEMPT_RIGHT);
	alice->record->addresses[0].remember_unix_s = INT64_MAX;

	assert_int_equal(disable(alice, NULL, "000000"), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_WRONG);
	assert_int_equal(alice->record->device_count, 1);
	alice_code(alice, 0, code);
	assert_int_equal(disable(alice, NULL, code), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
	assert_int_equal(alice->record->device_count, 0);
	assert_int_equal(alice->record->recovery_count, 0);
	assert_int_equal(alice->record->scratch_count, 0);
	assert_int_equal(alice->record->addresses[0].remember_unix_s, 0);
	/* What was guessed stays counted. */
	assert_int_equal(alice->record->throttle.failure_count, 1);
	assert_int_equal(disable(alice, NULL, code), -ENOENT);
}

static void
disabling_the_last_device_wipes_the_codes_too(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	(void)alice_add_device(alice, "tablet");
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	assert_int_equal(disable(alice, "phone", codes->bytes), -ENOENT);
	assert_int_equal(disable(alice, "default", codes->bytes), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RECOVERY);
	assert_int_equal(alice->record->device_count, 1);
	assert_int_equal(alice->record->recovery_count, 9);

	assert_int_equal(request(alice, "waiting", NULL), 0);
	assert_int_equal(
	    disable(alice, "tablet", codes->bytes + RECOVERY_TEXT_BYTES), 0);
	assert_int_equal(alice->record->device_count, 0);
	assert_int_equal(alice->record->recovery_count, 0);
}

/* ---- resync ---- */

static int
resync(struct alice *alice, int64_t first, int64_t second)
{
	const struct device *device = alice->record->devices;
	char one[OTP_DIGITS_MAX + 1], two[OTP_DIGITS_MAX + 1];

	alice_code_of(device, (uint64_t)first, one);
	alice_code_of(device, (uint64_t)second, two);
	return enrolment_resync(alice->record, NULL, one, two, &alice->attempt);
}

static void
resync_finds_an_hotp_device_by_two_codes_in_a_row(void **state)
{
	static const struct {
		int64_t first, second;
		enum attempt_result expected;
	} cases[] = {
	    {50, 51, ATTEMPT_RIGHT},
	    {143, 144, ATTEMPT_RIGHT},
	    {148, 149, ATTEMPT_RIGHT},
	    {149, 150, ATTEMPT_WRONG}, /* too far */
	    {49, 50, ATTEMPT_WRONG},   /* the first one is used */
	    {60, 62, ATTEMPT_WRONG},
	    {61, 60, ATTEMPT_WRONG},
	    {60, 60, ATTEMPT_WRONG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(alice) alice = alice_new();
		struct device *device = alice->record->devices;

		device->type = OTP_HOTP;
		device->used = true;
		device->last_used = 49;
		assert_int_equal(
		    resync(alice, cases[i].first, cases[i].second), 0);
		assert_int_equal(alice->attempt.result, cases[i].expected);
		assert_int_equal(device->last_used,
		    cases[i].expected == ATTEMPT_RIGHT ? cases[i].second : 49);
		assert_int_equal(alice->record->throttle.failure_count,
		    cases[i].expected == ATTEMPT_WRONG);
	}
}

static void
resync_brings_a_totp_device_back_from_the_future(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *device = alice->record->devices;
	int64_t step = ALICE_NOW / 30;

	(void)state;
	device->used = true;
	device->last_used = device->last_sent = (uint64_t)step + 1000000;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_USED);
	assert_int_equal(resync(alice, step + 2, 0), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_WRONG);
	assert_int_equal(resync(alice, step, 0), 0);
	assert_int_equal(alice->attempt.result, ATTEMPT_RIGHT);
	assert_int_equal(device->last_used, step + 1);
	assert_int_equal(device->last_sent, step + 1);
	assert_int_equal(alice_types_step(alice, 1), ATTEMPT_USED);
	alice->attempt.now_unix_s += 60;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
}

static void
resync_of_a_device_whose_codes_are_sent_needs_none(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *device = alice->record->devices;
	struct attempt *attempt = &alice->attempt;
	uint64_t step = ALICE_NOW / 30;

	(void)state;
	device->used = true;
	device->last_used = device->last_sent = step + 1000000;
	/* An app's does. */
	assert_int_equal(
	    enrolment_resync(alice->record, NULL, NULL, NULL, attempt), 0);
	assert_int_equal(attempt->result, ATTEMPT_MALFORMED);
	assert_int_equal(device->last_used, step + 1000000);

	(void)strcpy(device->transport, "sms");
	attempt->clock_is_behind = true;
	assert_int_equal(
	    enrolment_resync(alice->record, NULL, NULL, NULL, attempt), 0);
	assert_int_equal(attempt->result, ATTEMPT_CLOCK);
	attempt->clock_is_behind = false;
	assert_int_equal(
	    enrolment_resync(alice->record, NULL, NULL, NULL, attempt), 0);
	assert_int_equal(attempt->result, ATTEMPT_RIGHT);
	/* No code that somebody may have seen is good again. */
	assert_int_equal(device->last_used, step + 1);
	assert_int_equal(device->last_sent, step + 1);
	device->type = OTP_HOTP;
	assert_int_equal(
	    enrolment_resync(alice->record, NULL, NULL, NULL, attempt), 0);
	assert_int_equal(attempt->result, ATTEMPT_MALFORMED);
}

static void
resync_needs_codes_and_a_device_and_a_budget(void **state)
{
	AUTO(alice) alice = alice_new();
	struct attempt *attempt = &alice->attempt;

	(void)state;
	assert_int_equal(
	    enrolment_resync(alice->record, "tablet", "123456", NULL, attempt),
	    -ENOENT);
	assert_int_equal(
	    enrolment_resync(alice->record, "default", "12345", NULL, attempt),
	    0);
	assert_int_equal(attempt->result, ATTEMPT_MALFORMED);
	alice->record->devices->type = OTP_HOTP;
	assert_int_equal(
	    enrolment_resync(alice->record, "default", "123456", NULL, attempt),
	    0);
	assert_int_equal(attempt->result, ATTEMPT_MALFORMED);
	for (int i = 0; i < 6; i++)
		(void)resync(alice, 500, 501);
	assert_int_equal(resync(alice, 5, 6), 0);
	assert_int_equal(attempt->result, ATTEMPT_WAIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_requested_device_is_good_for_nothing_before_it_is_confirmed),
	    cmocka_unit_test(confirming_uses_up_the_step),
	    cmocka_unit_test(a_wrong_code_confirms_nothing_and_counts),
	    cmocka_unit_test(a_request_is_void_after_a_quarter_of_an_hour),
	    cmocka_unit_test(
		a_request_does_not_come_alive_again_when_the_clock_steps_back),
	    cmocka_unit_test(a_second_request_replaces_the_first),
	    cmocka_unit_test(an_enabled_name_is_already_enabled),
	    cmocka_unit_test(void_requests_leave_room_for_new_ones),
	    cmocka_unit_test(confirming_drops_what_else_was_requested),
	    cmocka_unit_test(requests_out_of_range_are_refused),
	    cmocka_unit_test(
		the_old_device_works_until_the_new_one_is_confirmed),
	    cmocka_unit_test(replacing_leaves_the_other_devices),
	    cmocka_unit_test(
		disabling_takes_a_right_answer_and_wipes_everything),
	    cmocka_unit_test(disabling_the_last_device_wipes_the_codes_too),
	    cmocka_unit_test(resync_finds_an_hotp_device_by_two_codes_in_a_row),
	    cmocka_unit_test(resync_brings_a_totp_device_back_from_the_future),
	    cmocka_unit_test(
		resync_of_a_device_whose_codes_are_sent_needs_none),
	    cmocka_unit_test(resync_needs_codes_and_a_device_and_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
