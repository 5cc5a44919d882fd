/*
 * RFC 6238 appendix B for the three algorithms, with the right keys and with
 * each other's. The keys have the length of the digest (as the reference
 * implementation's do; the text of the appendix shows the first only).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "factor/otp.h"

static const char digits[] =
    "1234567890123456789012345678901234567890123456789012345678901234";
static const size_t key_sizes[] = {20, 32, 64};

static const struct {
	int64_t unix_s;
	const char *codes[3]; /* SHA1, SHA256, SHA512 */
} vectors[] = {
    {59, {"94287082", "46119246", "90693936"}},
    {1111111109, {"07081804", "68084774", "25091201"}},
    {1111111111, {"14050471", "67062674", "99943326"}},
    {1234567890, {"89005924", "91819424", "93441116"}},
    {2000000000, {"69279037", "90698825", "38618901"}},
    {INT64_C(20000000000), {"65353130", "77737706", "47863826"}},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void
totp_gives_the_codes_of_appendix_b(void **state)
{
	char code[OTP_DIGITS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < VECTORS; i++)
		for (int a = OTP_SHA1; a <= OTP_SHA512; a++) {
			AUTO(secret) key = secret_copy(digits, key_sizes[a]);

			assert_int_equal(
			    otp_code(key, (enum otp_algorithm)a, 8,
				otp_step(vectors[i].unix_s, 30), code),
			    0);
			assert_string_equal(code, vectors[i].codes[a]);
		}
}

static void
totp_refuses_the_codes_under_another_algorithm_or_key(void **state)
{
	uint64_t counter;

	(void)state;
	for (size_t i = 0; i < VECTORS; i++)
		for (int wrong = 1; wrong < 9; wrong++) {
			int a = wrong / 3, k = wrong % 3;
			uint64_t step = otp_step(vectors[i].unix_s, 30);
			AUTO(secret) key = secret_copy(digits, key_sizes[k]);

			assert_int_equal(
			    otp_match(key, (enum otp_algorithm)a, 8, step - 1,
				step + 1, vectors[i].codes[0], &counter),
			    0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(totp_gives_the_codes_of_appendix_b),
	    cmocka_unit_test(
		totp_refuses_the_codes_under_another_algorithm_or_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
