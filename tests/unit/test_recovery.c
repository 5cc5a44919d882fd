#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/recovery.h"
#include "tests/unit/alice.h"

static int
make(struct alice *alice, struct secret **ret_codes)
{
	return recovery_make(alice->record, alice->recovery_key, ret_codes);
}

static int
spend(struct alice *alice, const char *answer)
{
	return recovery_spend(alice->record, alice->recovery_key, answer);
}

static const char *
code(const struct secret *codes, size_t i)
{
	return codes->bytes + i * RECOVERY_TEXT_BYTES;
}

static void
ten_different_codes_are_made_and_each_is_good_once(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(make(alice, &codes), 0);
	assert_int_equal(alice->record->recovery_count, RECOVERY_CODES);
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		assert_int_equal(strlen(code(codes, i)), 19);
		assert_int_equal(
		    strspn(code(codes, i), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-"),
		    19);
		assert_true(recovery_is_shaped(code(codes, i)));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(code(codes, i), code(codes, j));
	}
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		size_t at = (i * 7 + 3) % RECOVERY_CODES;

		assert_int_equal(spend(alice, code(codes, at)), 1);
		assert_int_equal(spend(alice, code(codes, at)), 0);
		assert_int_equal(
		    alice->record->recovery_count, RECOVERY_CODES - 1 - i);
	}
}

static void
new_codes_void_the_old_ones(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) old = NULL;
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(make(alice, &old), 0);
	assert_int_equal(make(alice, &codes), 0);
	assert_int_equal(spend(alice, old->bytes), 0);
	assert_int_equal(spend(alice, codes->bytes), 1);
}

static void
no_code_is_in_the_record(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(make(alice, &codes), 0);
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		assert_null(memmem(
		    alice->record, sizeof(*alice->record), code(codes, i), 4));
}

static void
codes_under_another_key_are_not_found(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(make(alice, &codes), 0);
	alice->recovery_key->bytes[31] ^= 1;
	assert_int_equal(spend(alice, codes->bytes), 0);
}

static void
an_empty_slot_matches_nothing(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(make(alice, &codes), 0);
	alice->record->recovery_count = 0; /* the hashes are still there */
	assert_int_equal(spend(alice, codes->bytes), 0);
}

static void
shapes_are_sixteen_base32_digits(void **state)
{
	static const struct {
		const char *text;
		bool shaped;
	} cases[] = {
	    {"AAAA-BBBB-CCCC-DDDD", true},
	    {"aaaabbbbccccdddd", true},
	    {" aaaa bbbb\tcccc dddd ", true},
	    {"2345672345672345", true},
	    {"--aaaabbbb--ccccdddd--", true},
	    {"", false},
	    {"123456", false},
	    {"AAAA-BBBB-CCCC-DDD", false},
	    {"AAAA-BBBB-CCCC-DDDDD", false},
	    {"AAAA-BBBB-CCCC-DDD1", false},
	    {"AAAA-BBBB-CCCC-DDD8", false},
	    {"AAAA-BBBB-CCCC-DDD=", false},
	    {"AAAA_BBBB_CCCC_DDDD", false},
	    {"\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0",
		false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (recovery_is_shaped(cases[i].text) != cases[i].shaped)
			fail_msg("%s", cases[i].text);
}

static void
scratch_codes_are_eight_digits_and_ten_at_most(void **state)
{
	AUTO(alice) alice = alice_new();
	const struct secret *key = alice->recovery_key;
	char digits[] = "1000000x";

	(void)state;
	assert_int_equal(
	    recovery_add_scratch(alice->record, key, "1234567"), -EINVAL);
	assert_int_equal(
	    recovery_add_scratch(alice->record, key, "123456789"), -EINVAL);
	assert_int_equal(
	    recovery_add_scratch(alice->record, key, "1234567a"), -EINVAL);
	for (int i = 0; i < RECORD_SCRATCH_CODES_MAX; i++) {
		digits[7] = (char)('0' + i);
		assert_int_equal(
		    recovery_add_scratch(alice->record, key, digits), 0);
	}
	assert_int_equal(
	    recovery_add_scratch(alice->record, key, "20000000"), -ENOSPC);

	assert_int_equal(
	    recovery_spend_scratch(alice->record, key, "20000000"), 0);
	assert_int_equal(
	    recovery_spend_scratch(alice->record, key, "1000 0003"), 1);
	assert_int_equal(
	    recovery_spend_scratch(alice->record, key, "10000003"), 0);
	assert_int_equal(spend(alice, "10000004"), 0);
	recovery_forget(alice->record);
	assert_int_equal(
	    recovery_spend_scratch(alice->record, key, "10000004"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		ten_different_codes_are_made_and_each_is_good_once),
	    cmocka_unit_test(new_codes_void_the_old_ones),
	    cmocka_unit_test(no_code_is_in_the_record),
	    cmocka_unit_test(codes_under_another_key_are_not_found),
	    cmocka_unit_test(an_empty_slot_matches_nothing),
	    cmocka_unit_test(shapes_are_sixteen_base32_digits),
	    cmocka_unit_test(scratch_codes_are_eight_digits_and_ten_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
