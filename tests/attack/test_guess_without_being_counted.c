/* The attacker knows the password and wants more guesses than the rules give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/enrolment.h"
#include "factor/recovery.h"
#include "tests/unit/alice.h"

/* Guess until nothing is looked at any more; how many were looked at. */
static unsigned
guesses(struct alice *alice, void (*spell)(unsigned i, char *ret_typed))
{
	unsigned count = 0;
	char typed[64];

	for (unsigned i = 0; i < 1000; i++) {
		enum attempt_result result;

		spell(i, typed);
		result = alice_types(alice, typed);
		assert_int_not_equal(result, ATTEMPT_RIGHT);
		count += result == ATTEMPT_WRONG || result == ATTEMPT_USED;
	}
	return count;
}

static void
spell_plainly(unsigned i, char *ret_typed)
{
	(void)sprintf(ret_typed, "%06u", i);
}

static void
spell_with_blanks(unsigned i, char *ret_typed)
{
	(void)sprintf(ret_typed, "%*s%03u%*s%03u%*s", (int)(i % 5), "", i,
	    (int)(i % 3), "", i, (int)(i % 7), "");
}

/* Spaces, signs, other digits, other lengths: what is looked at is counted. */
static void
spell_strangely(unsigned i, char *ret_typed)
{
	static const char *const around[][2] = {{"", ""}, {" ", ""}, {"", "\t"},
	    {"+", ""}, {"-", ""}, {"0", ""}, {"", "."}, {"0x", ""}, {"", "e0"},
	    {"\xef\xbb\xbf", ""}, {"", "\xc2\xa0"}, {"00", ""},
	    {"\xd9\xa1", ""}};

	(void)sprintf(
	    ret_typed, "%s%06u%s", around[i % 13][0], i, around[i % 13][1]);
}

static void
by_spelling_them_in_other_ways(void **state)
{
	void (*const spellings[])(unsigned, char *) = {
	    spell_plainly, spell_with_blanks, spell_strangely};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		AUTO(alice) alice = alice_new();

		assert_int_equal(guesses(alice, spellings[i]), 6);
		assert_int_equal(alice->record->throttle.failure_count, 6);
	}
}

/* Codes, recovery codes and scratch codes in turn: each budget is its own. */
static void
spell_in_turn(unsigned i, char *ret_typed)
{
	switch (i % 3) {
	case 0:
		(void)sprintf(ret_typed, "%06u", i);
		break;
	case 1:
		(void)sprintf(ret_typed, "%08u", i);
		break;
	default:
		(void)sprintf(ret_typed, "AAAA-BBBB-CCCC-%c%c%c%c",
		    'A' + i % 26, 'A' + i / 26 % 26, 'A', 'A');
	}
}

static void
by_alternating_with_recovery_and_scratch_codes(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	assert_int_equal(recovery_add_scratch(
			     alice->record, alice->recovery_key, "87654321"),
	    0);
	assert_int_equal(guesses(alice, spell_in_turn), 6 + 10);
	assert_int_equal(alice->record->throttle.failure_count, 6);
	assert_int_equal(alice->record->throttle.recovery_count, 10);
}

static void
spell_scratch(unsigned i, char *ret_typed)
{
	(void)sprintf(ret_typed, "%08u", i);
}

static void
at_scratch_codes_while_the_clock_is_behind(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(recovery_add_scratch(
			     alice->record, alice->recovery_key, "87654321"),
	    0);
	alice->attempt.clock_is_behind = true;
	assert_int_equal(guesses(alice, spell_scratch), 6);
	assert_int_equal(alice_types(alice, "87654321"), ATTEMPT_WAIT);
}

static void
at_scratch_codes_that_look_like_codes_while_the_clock_is_behind(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->record->devices->digits = 8;
	assert_int_equal(recovery_add_scratch(
			     alice->record, alice->recovery_key, "87654321"),
	    0);
	alice->attempt.clock_is_behind = true;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(alice_types_step(alice, i), ATTEMPT_CLOCK);
		assert_true(alice->attempt.record_changed);
	}
	assert_int_equal(alice_types(alice, "87654321"), ATTEMPT_WAIT);
}

/* The one uncounted result needs the one code that is worth nothing. */
static void
by_repeating_a_used_code(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_RIGHT);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(alice_types_step(alice, 0), ATTEMPT_USED);
		assert_false(alice->attempt.record_changed);
	}
	for (int i = 0; i < 6; i++)
		assert_int_equal(alice_types_wrong(alice), ATTEMPT_WRONG);
	/* And it opens nothing: not even the next look. */
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_WAIT);
	assert_int_equal(alice->record->throttle.in_a_row[1], 6);
}

static void
by_setting_the_clock_back_and_forth(void **state)
{
	AUTO(alice) alice = alice_new();
	unsigned looked_at = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		alice->attempt.now_unix_s =
		    ALICE_NOW + (i % 3 - 1) * 55 * (i % 2 ? 1 : -1);
		looked_at += alice_types_wrong(alice) == ATTEMPT_WRONG;
	}
	assert_true(looked_at <= 8);
}

/* A machine without a battery boots in 1970: what was counted before must not
 * be seen as counted in 1970 once the network has set the clock. */
static void
by_booting_with_a_dead_battery(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	for (int i = 0; i < 20; i++) {
		while (alice_types_wrong(alice) != ATTEMPT_WRONG)
			alice->attempt.now_unix_s += 60;
	}
	alice->attempt.clock_is_behind = true;
	alice->attempt.now_unix_s -= ALICE_NOW;
	assert_int_equal(alice_types_wrong(alice), ATTEMPT_CLOCK);
	assert_false(alice->attempt.record_changed);
	alice->attempt.clock_is_behind = false;
	alice->attempt.now_unix_s += ALICE_NOW + 3600;
	assert_int_equal(alice_types_wrong(alice), ATTEMPT_WAIT);
	assert_string_equal(alice->attempt.why, "budget-day");
}

static void
by_confirming_a_device_of_ones_own(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) key = secret_copy("ABCDEFGHIJKLMNOPQRST", 20);
	struct enrolment_request request = {.device = "mallory",
	    .digits = 6,
	    .period_s = 30,
	    .key = key,
	    .now_unix_s = ALICE_NOW};

	(void)state;
	assert_int_equal(enrolment_request(alice->record, &request), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(alice_types_wrong(alice), ATTEMPT_WRONG);
	/* A pending device neither answers for alice nor clears the wait. */
	assert_int_equal(alice_types_code_of(alice, &alice->record->devices[1],
			     (uint64_t)ALICE_NOW / 30),
	    ATTEMPT_WAIT);
	alice->attempt.now_unix_s += 60;
	assert_int_equal(alice_types_code_of(alice, &alice->record->devices[1],
			     (uint64_t)ALICE_NOW / 30 + 2),
	    ATTEMPT_WRONG);
}

static void
from_another_record_with_bobs_recovery_code(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(alice) bob = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	user_record_free(bob->record);
	bob->record = user_record_new("bob", 1000); /* the same uid */
	assert_int_equal(
	    recovery_make(bob->record, bob->recovery_key, &codes), 0);
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_WRONG);
	/* Not even if the hashes were moved into alice's record. */
	memcpy(alice->record->recovery, bob->record->recovery,
	    sizeof(alice->record->recovery));
	alice->record->recovery_count = bob->record->recovery_count;
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_WRONG);
	/* Nor by the next user of the name. */
	bob->record->uid = 1002;
	assert_int_equal(alice_types(bob, codes->bytes), ATTEMPT_WRONG);
	bob->record->uid = 1000;
	assert_int_equal(alice_types(bob, codes->bytes), ATTEMPT_RECOVERY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_spelling_them_in_other_ways),
	    cmocka_unit_test(by_alternating_with_recovery_and_scratch_codes),
	    cmocka_unit_test(at_scratch_codes_while_the_clock_is_behind),
	    cmocka_unit_test(
		at_scratch_codes_that_look_like_codes_while_the_clock_is_behind),
	    cmocka_unit_test(by_repeating_a_used_code),
	    cmocka_unit_test(by_setting_the_clock_back_and_forth),
	    cmocka_unit_test(by_booting_with_a_dead_battery),
	    cmocka_unit_test(by_confirming_a_device_of_ones_own),
	    cmocka_unit_test(from_another_record_with_bobs_recovery_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
