/* authboxctl 2fa enrol against a scripted daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_ctl.h"

static void
enrol_shows_link_and_key_last_and_asks_again_after_a_wrong_code(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{\"user\":\"alice\"}"),
		{REPLY(NEW_DEVICE)}},
	    {CALL("TwoFactor.Confirm",
		 "{\"user\":\"alice\",\"device\":\"default\",\"code\":"
		 "\"111111\"}"),
		{WRONG}},
	    {CALL("TwoFactor.Confirm",
		 "{\"user\":\"alice\",\"device\":\"default\",\"code\":\"222 "
		 "222\"}"),
		{REPLY("{\"device\":\"default\"," CODES "}")}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol alice", "111111\n222 222\n");
	assert_int_equal(run.status, CTL_DONE);
	assert_string_equal(run.err, "authboxctl: The code is wrong.\n");
	assert_contains(run.out, "##");
	assert_contains(run.out,
	    "\notpauth://totp/Demo:alice?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ23456"
	    "7&issuer=Demo\n"
	    "Key: ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567\n"
	    "Enrolled: default.");
	assert_contains(run.out,
	    "  AAAA-BBBB-CCCC-DDDD    EEEE-FFFF-GGGG-HHHH\n"
	    "  IIII-JJJJ-KKKK-LLLL\n\n");
	run_done(&run);
}

static void
enrol_gives_up_after_three_wrong_codes(void **state)
{
#define CONFIRM(code)                                                          \
	CALL("TwoFactor.Confirm",                                              \
	    "{\"device\":\"default\",\"code\":\"" code "\"}")
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{}"), {REPLY(NEW_DEVICE)}},
	    {CONFIRM("1"), {WRONG}},
	    {CONFIRM("2"), {WRONG}},
	    {CONFIRM("3"), {WRONG}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol --qr none", "1\n2\n3\n4\n");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_lacks(run.out, "##");
	assert_contains(run.err, "Nothing was switched on.");
	run_done(&run);
}

static void
enrol_without_a_code_says_what_is_left_behind(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{}"), {REPLY(NEW_DEVICE)}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol", "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "void");
	run_done(&run);
}

static void
enrol_stops_asking_when_the_daemon_says_wait(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{}"), {REPLY(NEW_DEVICE)}},
	    {CONFIRM("1"),
		{ERROR("TwoFactor.WrongToken",
		    "{\"reason\":\"wrong_token\",\"message\":\"Wait.\","
		    "\"retryAt\":4102444800}")}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol", "1\n2\n");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "Wait. Next try: 2");
	run_done(&run);
}

static void
enrol_by_transport_shows_no_secret(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{\"transport\":\"sms\"}"),
		{REPLY("{\"uri\":\"otpauth://x\",\"secret\":\"ABCD\","
		       "\"transport\":\"sms\",\"device\":\"default\"}")}},
	    {CONFIRM("1"), {REPLY("{\"device\":\"default\"}")}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol --transport sms", "1\n");
	assert_int_equal(run.status, CTL_DONE);
	assert_string_equal(run.out,
	    "A code is on its way by sms.\n"
	    "Enrolled: default. Its codes are asked for from now on.\n");
	run_done(&run);
}

static void
enrol_of_another_device_asks_for_a_code_when_told(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("TwoFactor.Request", "{\"device\":\"b\"}"), {WRONG}},
	    {CALL("TwoFactor.Request", "{\"device\":\"b\",\"code\":\"6\"}"),
		{WRONG}},
	    {CALL("TwoFactor.Request", "{\"device\":\"b\",\"code\":\"7\"}"),
		{REPLY("{\"uri\":\"u\",\"secret\":\"S\",\"device\":\"b\"}")}},
	    {CALL("TwoFactor.Confirm", "{\"device\":\"b\",\"code\":\"8\"}"),
		{REPLY("{\"device\":\"b\"}")}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "2fa enrol --device b --qr none", "6\n7\n8\n");
	assert_int_equal(run.status, CTL_DONE);
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		enrol_shows_link_and_key_last_and_asks_again_after_a_wrong_code),
	    cmocka_unit_test(enrol_gives_up_after_three_wrong_codes),
	    cmocka_unit_test(enrol_without_a_code_says_what_is_left_behind),
	    cmocka_unit_test(enrol_stops_asking_when_the_daemon_says_wait),
	    cmocka_unit_test(enrol_by_transport_shows_no_secret),
	    cmocka_unit_test(enrol_of_another_device_asks_for_a_code_when_told),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
