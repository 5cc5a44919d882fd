#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "factor/import.h"
#include "tests/unit/alice.h"

/* What google-authenticator of Debian 12 writes. */
#define SECRET "DXEINFKOSP6Q2LTKSE6QAZNSBU"
#define WIZARD                                                                 \
	SECRET "\n\" RATE_LIMIT 3 30 1795314941\n\" WINDOW_SIZE 5\n"           \
	       "\" DISALLOW_REUSE 59843830 59843832 59843831\n"                \
	       "\" TOTP_AUTH\n92069608\n89948957\n"
#define WIZARD_NOW INT64_C(1795314941)

static int
import(struct alice *alice, const char *text, const char **ret_why,
    unsigned *ret_line)
{
	return import_google_authenticator(alice->record, alice->recovery_key,
	    text, strlen(text), WIZARD_NOW, ret_why, ret_line);
}

static void
a_wizards_file_is_taken_over(void **state)
{
	AUTO(alice) alice = alice_new();
	const struct device *device;
	const char *why;
	unsigned line;

	(void)state;
	assert_int_equal(import(alice, WIZARD, &why, &line), 0);
	device = user_record_find_device(alice->record, IMPORT_DEVICE);
	assert_non_null(device);
	assert_true(device->enabled);
	assert_int_equal(device->type, OTP_TOTP);
	assert_int_equal(device->algorithm, OTP_SHA1);
	assert_int_equal(device->digits, 6);
	assert_int_equal(device->period_s, 30);
	assert_int_equal(device->key->size, 16);
	assert_int_equal(device->last_used, 59843832);
	assert_int_equal(alice->record->scratch_count, 2);

	alice->attempt.now_unix_s = WIZARD_NOW;
	assert_int_equal(
	    alice_types_code_of(alice, device, 59843832), ATTEMPT_USED);
	assert_int_equal(alice_types(alice, "92069608"), ATTEMPT_RECOVERY);
	assert_int_equal(alice->attempt.recovery_left, 1);
	assert_int_equal(alice_types(alice, "92069608"), ATTEMPT_WRONG);
	assert_int_equal(import(alice, WIZARD, &why, &line), -EEXIST);
}

static void
an_hotp_file_goes_on_at_its_counter(void **state)
{
	AUTO(alice) alice = alice_new();
	struct device *device;
	const char *why;
	unsigned line;

	(void)state;
	assert_int_equal(
	    import(alice, SECRET "\r\n\" HOTP_COUNTER 2\r\n12345678\r\n", &why,
		&line),
	    0);
	device = user_record_find_device(alice->record, IMPORT_DEVICE);
	assert_int_equal(device->type, OTP_HOTP);
	assert_int_equal(alice_types_code_of(alice, device, 1), ATTEMPT_USED);
	assert_int_equal(alice_types_code_of(alice, device, 2), ATTEMPT_RIGHT);
}

static void
steps_of_a_broken_clock_shut_nobody_out(void **state)
{
	AUTO(alice) alice = alice_new();
	const struct device *device;
	const char *why;
	unsigned line;

	(void)state;
	assert_int_equal(import(alice,
			     SECRET "\n\" DISALLOW_REUSE 99999999\n"
				    "\" STEP_SIZE 60\n",
			     &why, &line),
	    0);
	device = user_record_find_device(alice->record, IMPORT_DEVICE);
	assert_int_equal(device->period_s, 60);
	assert_int_equal(device->last_used, WIZARD_NOW / 60 + OTP_WINDOW_MAX);
}

static const struct {
	const char *text;
	int expected;
	unsigned line;
	const char *why;
} files[] = {
    {SECRET, 0, 1, NULL},
    {SECRET "\n\n\" SOMETHING_NEW 1 2 3\n", 0, 4, NULL},
    {"", -EBADMSG, 1, "the secret is not base32"},
    {"\n" SECRET, -EBADMSG, 1, "the secret is not base32"},
    {"hello, world\n", -EBADMSG, 1, "the secret is not base32"},
    {"GEZDGNBV\n", -EBADMSG, 1, "the secret is too short or long"},
    {SECRET "\n\" \n", -EBADMSG, 2, "an option has no name"},
    {SECRET "\n\" DISALLOW_REUSE 1 x\n", -EBADMSG, 2,
	"DISALLOW_REUSE takes numbers"},
    {SECRET "\n\" HOTP_COUNTER\n", -EBADMSG, 2, "HOTP_COUNTER takes a number"},
    {SECRET "\n\" HOTP_COUNTER -1\n", -EBADMSG, 2,
	"HOTP_COUNTER takes a number"},
    {SECRET "\n\" HOTP_COUNTER 999999999999999\n", -EBADMSG, 2,
	"HOTP_COUNTER takes a number"},
    {SECRET "\n\" STEP_SIZE 1\n", -EBADMSG, 2, "STEP_SIZE is not 10 to 300"},
    {SECRET "\n12345678\n1234567\n", -EBADMSG, 3,
	"neither option nor scratch code"},
    {SECRET "\n1234567x\n", -EBADMSG, 2, "neither option nor scratch code"},
    {SECRET "\n\"DISALLOW_REUSE 1\n", -EBADMSG, 2,
	"neither option nor scratch code"},
    {SECRET "\n1 2 3 4 5 6 7 8\n", -EBADMSG, 2,
	"neither option nor scratch code"},
    {SECRET "\n10000001\n10000002\n10000003\n10000004\n10000005\n10000006\n"
	    "10000007\n10000008\n10000009\n10000010\n10000011\n",
	-ENOSPC, 12, NULL},
};

static void
a_bad_file_changes_nothing_and_names_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		AUTO(alice) alice = alice_new();
		const char *why = NULL;
		unsigned line = 99;
		int r = import(alice, files[i].text, &why, &line);

		if (r != files[i].expected || line != files[i].line)
			fail_msg(
			    "%d in line %u for %s", r, line, files[i].text);
		if (files[i].why)
			assert_string_equal(why, files[i].why);
		if (r < 0) {
			assert_int_equal(alice->record->device_count, 1);
			assert_int_equal(alice->record->scratch_count, 0);
		}
	}
}

static void
a_file_has_bounds(void **state)
{
	static char text[IMPORT_BYTES_MAX + 1];
	AUTO(alice) alice = alice_new();
	const char *why;
	unsigned line;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, SECRET, strlen(SECRET));
	assert_int_equal(
	    import_google_authenticator(alice->record, alice->recovery_key,
		text, sizeof(text), WIZARD_NOW, &why, &line),
	    -EBADMSG);
	text[100] = '\0';
	assert_int_equal(
	    import_google_authenticator(alice->record, alice->recovery_key,
		text, 200, WIZARD_NOW, &why, &line),
	    -EBADMSG);
	assert_int_equal(line, 0);
}

/* ---- pam_oath ---- */

#define HEX "3132333435363738393031323334353637383930"

static const struct {
	const char *line, *user;
	bool had_pin;
	enum otp_type type;
	unsigned digits, period_s;
	bool used;
	uint64_t last_used;
} lines[] = {
    {"HOTP alice - " HEX, "alice", false, OTP_HOTP, 6, 30, false, 0},
    {"HOTP/E bob + " HEX " 0", "bob", false, OTP_HOTP, 6, 30, false, 0},
    {"HOTP/E/8\tbob\t1234\t" HEX "\t7", "bob", true, OTP_HOTP, 8, 30, true, 6},
    /* As pam_oath of Debian 12 leaves it behind. */
    {"HOTP\troot\t-\t" HEX "\t1\t287082\t2026-11-22T02:35:41L\n", "root", false,
	OTP_HOTP, 6, 30, true, 1},
    {"HOTP/T30\tdaemon\t-\t" HEX "\t0\t491654\t2026-11-22T02:35:41L\n",
	"daemon", false, OTP_TOTP, 6, 30, true, 59843831 + 1},
    {"HOTP/T60/7 eve - " HEX, "eve", false, OTP_TOTP, 7, 60, false, 0},
};

static void
a_usersfile_is_taken_over_line_by_line(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char user[USER_NAME_BYTES_MAX + 1] = "";
		struct device device = {.digits = 0};
		bool had_pin = false;
		const char *why = NULL;
		int r = import_oath_line(
		    lines[i].line, user, &device, &had_pin, &why);

		if (r != 1)
			fail_msg("%d (%s) for %s", r, why, lines[i].line);
		assert_string_equal(user, lines[i].user);
		assert_int_equal(had_pin, lines[i].had_pin);
		assert_string_equal(device.name, IMPORT_DEVICE);
		assert_true(device.enabled);
		assert_int_equal(device.type, lines[i].type);
		assert_int_equal(device.digits, lines[i].digits);
		assert_int_equal(device.period_s, lines[i].period_s);
		assert_int_equal(device.used, lines[i].used);
		assert_int_equal(device.last_used, lines[i].last_used);
		assert_int_equal(device.key->size, 20);
		assert_memory_equal(
		    device.key->bytes, "12345678901234567890", 20);
		secret_free(device.key);
	}
}

static const struct {
	const char *line;
	int expected;
} other_lines[] = {
    {"", 0},
    {"  \t\n", 0},
    {"# HOTP alice - " HEX, 0},
    {"HOTP", -EBADMSG},
    {"HOTP alice", -EBADMSG},
    {"HOTP alice -", -EBADMSG},
    {"MOTP alice - " HEX, -EBADMSG},
    {"HOTP/X alice - " HEX, -EBADMSG},
    {"HOTP/T alice - " HEX, -EBADMSG},
    {"HOTP/T0 alice - " HEX, -EBADMSG},
    {"HOTP/T9999 alice - " HEX, -EBADMSG},
    {"HOTP/T30/9 alice - " HEX, -EBADMSG},
    {"HOTP/T30/6/6 alice - " HEX, -EBADMSG},
    {"HOTP al/ice - " HEX, -EBADMSG},
    {"HOTP 1000 - " HEX, -EBADMSG},
    {"HOTP alice - 31323334353637383", -EBADMSG},
    {"HOTP alice - 313233", -EBADMSG},
    {"HOTP alice - 31323334353637383g3031323334353637383930", -EBADMSG},
    {"HOTP alice - " HEX " x", -EBADMSG},
    {"HOTP alice - " HEX " 99999999999999999999", -EBADMSG},
    {"HOTP/T30 alice - " HEX " 0 123456 yesterday", -EBADMSG},
    {"HOTP/T30 alice - " HEX " 0 123456 2026-11-22T02:35:41L more", -EBADMSG},
};

static void
what_is_no_line_of_a_usersfile_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(other_lines) / sizeof(other_lines[0]);
	     i++) {
		char user[USER_NAME_BYTES_MAX + 1];
		struct device device;
		const char *why = NULL;
		bool had_pin;
		int r = import_oath_line(
		    other_lines[i].line, user, &device, &had_pin, &why);

		if (r != other_lines[i].expected)
			fail_msg("%d for %s", r, other_lines[i].line);
		assert_int_equal(r < 0, why != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wizards_file_is_taken_over),
	    cmocka_unit_test(an_hotp_file_goes_on_at_its_counter),
	    cmocka_unit_test(steps_of_a_broken_clock_shut_nobody_out),
	    cmocka_unit_test(a_bad_file_changes_nothing_and_names_its_line),
	    cmocka_unit_test(a_file_has_bounds),
	    cmocka_unit_test(a_usersfile_is_taken_over_line_by_line),
	    cmocka_unit_test(what_is_no_line_of_a_usersfile_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
