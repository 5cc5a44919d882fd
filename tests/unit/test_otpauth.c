#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/otpauth.h"

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" /* "1234567890" twice */
#define TOTP   "otpauth://totp/"
#define HOTP   "otpauth://hotp/"

static struct device
usual_device(struct secret *key)
{
	return (struct device){
	    .name = "default", .digits = 6, .period_s = 30, .key = key};
}

static void
defaults_are_left_out_of_a_link(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret) link = otpauth_print(&device, "Demo", "alice");
	AUTO(secret) bare = otpauth_print(&device, "", "alice");

	(void)state;
	assert_string_equal(
	    link->bytes, TOTP "Demo:alice?secret=" SECRET "&issuer=Demo");
	assert_string_equal(bare->bytes, TOTP "alice?secret=" SECRET);
	assert_int_equal(link->size, strlen(link->bytes));
}

static void
what_differs_from_the_defaults_is_in_the_link(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret) totp = NULL;
	AUTO(secret) hotp = NULL;
	AUTO(secret) first = NULL;

	(void)state;
	device.algorithm = OTP_SHA512;
	device.digits = 8;
	device.period_s = 60;
	totp = otpauth_print(&device, "Demo", "alice");
	assert_string_equal(totp->bytes,
	    TOTP "Demo:alice?secret=" SECRET
		 "&issuer=Demo&algorithm=SHA512&digits=8&period=60");

	device = usual_device(key);
	device.type = OTP_HOTP;
	first = otpauth_print(&device, "", "alice");
	assert_string_equal(
	    first->bytes, HOTP "alice?secret=" SECRET "&counter=0");
	device.used = true;
	device.last_used = 41;
	hotp = otpauth_print(&device, "", "alice");
	assert_string_equal(
	    hotp->bytes, HOTP "alice?secret=" SECRET "&counter=42");
}

static void
whatever_is_not_unreserved_is_percent_encoded(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret)
	link = otpauth_print(&device, "A&B: caf\xc3\xa9", "al?ce@ex.org");

	(void)state;
	assert_string_equal(link->bytes,
	    TOTP "A%26B%3A%20caf%C3%A9:al%3Fce%40ex.org?secret=" SECRET
		 "&issuer=A%26B%3A%20caf%C3%A9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_left_out_of_a_link),
	    cmocka_unit_test(what_differs_from_the_defaults_is_in_the_link),
	    cmocka_unit_test(whatever_is_not_unreserved_is_percent_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
