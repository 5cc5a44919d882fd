#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/otp.h"

#define KEY "12345678901234567890"

static void
the_highest_of_several_matches_wins(void **state)
{
	AUTO(secret) key = secret_copy(KEY, 20);
	uint64_t counter, first = 0;

	(void)state;
	/* Two of a million within 64: look until there are. */
	for (bool found = false; !found; first += 64) {
		char codes[64][OTP_DIGITS_MAX + 1];

		for (uint64_t i = 0; i < 64; i++)
			assert_int_equal(
			    otp_code(key, OTP_SHA1, 6, first + i, codes[i]), 0);
		for (uint64_t i = 0; i < 64 && !found; i++)
			for (uint64_t j = i + 1; j < 64 && !found; j++) {
				if (strcmp(codes[i], codes[j]) != 0)
					continue;
				assert_int_equal(
				    otp_match(key, OTP_SHA1, 6, first,
					first + 63, codes[i], &counter),
				    1);
				assert_int_equal(counter, first + j);
				found = true;
			}
	}
}

static void
a_window_has_its_two_ends_and_no_more(void **state)
{
	AUTO(secret) key = secret_copy(KEY, 20);
	char code[OTP_DIGITS_MAX + 1];
	uint64_t counter;

	(void)state;
	for (uint64_t i = 90; i < 112; i++) {
		int expected = i >= 95 && i <= 105;

		assert_int_equal(otp_code(key, OTP_SHA256, 8, i, code), 0);
		assert_int_equal(
		    otp_match(key, OTP_SHA256, 8, 95, 105, code, &counter),
		    expected);
		if (expected)
			assert_int_equal(counter, i);
	}
}

static void
counters_at_the_end_of_their_range_do_not_wrap(void **state)
{
	AUTO(secret) key = secret_copy(KEY, 20);
	char code[OTP_DIGITS_MAX + 1];
	uint64_t counter;

	(void)state;
	assert_int_equal(otp_code(key, OTP_SHA1, 6, UINT64_MAX, code), 0);
	assert_int_equal(otp_match(key, OTP_SHA1, 6, UINT64_MAX - 3, UINT64_MAX,
			     code, &counter),
	    1);
	assert_int_equal(counter, UINT64_MAX);
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 6, 0, 64, code, &counter), -EINVAL);
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 6, 5, 4, code, &counter), -EINVAL);
}

static void
digits_are_six_to_eight(void **state)
{
	AUTO(secret) key = secret_copy(KEY, 20);
	char code[OTP_DIGITS_MAX + 1];
	uint64_t counter;

	(void)state;
	/* RFC 4226 appendix D: the truncated value of counter 0 is
	 * 1284755224. */
	assert_int_equal(otp_code(key, OTP_SHA1, 6, 0, code), 0);
	assert_string_equal(code, "755224");
	assert_int_equal(otp_code(key, OTP_SHA1, 7, 0, code), 0);
	assert_string_equal(code, "4755224");
	assert_int_equal(otp_code(key, OTP_SHA1, 8, 0, code), 0);
	assert_string_equal(code, "84755224");
	assert_int_equal(otp_code(key, OTP_SHA1, 5, 0, code), -EINVAL);
	assert_int_equal(otp_code(key, OTP_SHA1, 9, 0, code), -EINVAL);
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 6, 0, 0, "4755224", &counter), -EINVAL);
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 7, 0, 0, "755224", &counter), -EINVAL);
}

static void
leading_zeros_are_digits(void **state)
{
	/* RFC 6238 appendix B, 1111111109. */
	AUTO(secret) key = secret_copy(KEY, 20);
	uint64_t step = otp_step(1111111109, 30), counter;

	(void)state;
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 8, step, step, "07081804", &counter), 1);
	assert_int_equal(
	    otp_match(key, OTP_SHA1, 7, step, step, "7081804", &counter), 1);
}

static void
steps_begin_in_1970(void **state)
{
	(void)state;
	assert_int_equal(otp_step(INT64_MIN, 30), 0);
	assert_int_equal(otp_step(-1, 30), 0);
	assert_int_equal(otp_step(0, 30), 0);
	assert_int_equal(otp_step(29, 30), 0);
	assert_int_equal(otp_step(30, 30), 1);
	assert_int_equal(otp_step(INT64_C(4294967296), 60), 71582788);
}

static const struct {
	const char *typed, *code; /* NULL: no code */
} typed[] = {
    {"123456", "123456"}, {"000000", "000000"}, {" 123 456 ", "123456"},
    {"1\t2\t3\t4\t5\t6", "123456"}, {"1234567", "1234567"},
    {"1234 5678", "12345678"}, {"", NULL}, {"      ", NULL}, {"12345", NULL},
    {"123456789", NULL}, {"0000000123456", NULL}, {"+123456", NULL},
    {"-123456", NULL}, {"123-456", NULL}, {"123456\n", NULL},
    {"123456\r", NULL}, {"0x1234", NULL}, {"1e5000", NULL}, {"12345O", NULL},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94\xef\xbc\x95\xef\xbc\x96",
	NULL}, /* full-width digits */
    {"123\xc2\xa0"
     "456",
	NULL}, /* a no-break space */
};

static void
a_code_is_six_to_eight_ascii_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		char code[OTP_DIGITS_MAX + 1] = "untouch";
		bool is_code = otp_canonical(typed[i].typed, code);

		if (is_code != (typed[i].code != NULL))
			fail_msg("%s", typed[i].typed);
		assert_string_equal(
		    code, typed[i].code ? typed[i].code : "untouch");
	}
}

static void
algorithms_have_names(void **state)
{
	static const struct {
		const char *name;
		int expected; /* < 0: none */
	} cases[] = {{"SHA1", OTP_SHA1}, {"sha1", OTP_SHA1},
	    {"SHA-1", OTP_SHA1}, {"SHA256", OTP_SHA256},
	    {"sha-256", OTP_SHA256}, {"Sha512", OTP_SHA512},
	    {"SHA-512", OTP_SHA512}, {"", -EINVAL}, {"SHA", -EINVAL},
	    {"SHA384", -EINVAL}, {"SHA2561", -EINVAL}, {"MD5", -EINVAL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum otp_algorithm algorithm = OTP_SHA1;
		int r = otp_algorithm_parse(cases[i].name, &algorithm);

		assert_int_equal(r < 0 ? r : (int)algorithm, cases[i].expected);
	}
	assert_string_equal(otp_algorithm_name(OTP_SHA256), "SHA256");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_highest_of_several_matches_wins),
	    cmocka_unit_test(a_window_has_its_two_ends_and_no_more),
	    cmocka_unit_test(counters_at_the_end_of_their_range_do_not_wrap),
	    cmocka_unit_test(digits_are_six_to_eight),
	    cmocka_unit_test(leading_zeros_are_digits),
	    cmocka_unit_test(steps_begin_in_1970),
	    cmocka_unit_test(a_code_is_six_to_eight_ascii_digits),
	    cmocka_unit_test(algorithms_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
