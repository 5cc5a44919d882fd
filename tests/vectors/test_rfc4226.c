/* RFC 4226 appendix D, with the right key and with wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "factor/otp.h"

static const char key_text[] = "12345678901234567890";
static const char *const codes[] = {"755224", "287082", "359152", "969429",
    "338314", "254676", "287922", "162583", "399871", "520489"};

static void
hotp_gives_the_codes_of_appendix_d(void **state)
{
	AUTO(secret) key = secret_copy(key_text, sizeof(key_text) - 1);
	char code[OTP_DIGITS_MAX + 1];

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(otp_code(key, OTP_SHA1, 6, i, code), 0);
		assert_string_equal(code, codes[i]);
	}
}

static void
hotp_finds_each_code_of_appendix_d_at_its_counter_only(void **state)
{
	AUTO(secret) key = secret_copy(key_text, sizeof(key_text) - 1);
	uint64_t counter;

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(
		    otp_match(key, OTP_SHA1, 6, 0, 9, codes[i], &counter), 1);
		assert_int_equal(counter, i);
		assert_int_equal(otp_match(key, OTP_SHA1, 6, i + 1, i + 9,
				     codes[i], &counter),
		    0);
	}
}

static void
hotp_refuses_the_codes_under_keys_with_one_bit_changed(void **state)
{
	uint64_t counter;

	(void)state;
	for (size_t bit = 0; bit < 8 * (sizeof(key_text) - 1); bit++) {
		AUTO(secret) key = secret_copy(key_text, sizeof(key_text) - 1);

		key->bytes[bit / 8] ^= (char)(1 << bit % 8);
		for (size_t i = 0; i < 10; i++)
			assert_int_equal(otp_match(key, OTP_SHA1, 6, i, i,
					     codes[i], &counter),
			    0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hotp_gives_the_codes_of_appendix_d),
	    cmocka_unit_test(
		hotp_finds_each_code_of_appendix_d_at_its_counter_only),
	    cmocka_unit_test(
		hotp_refuses_the_codes_under_keys_with_one_bit_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
