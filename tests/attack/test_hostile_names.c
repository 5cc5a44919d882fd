/*
 * A provider that says what it likes of its users, by the thousand: each of the
 * values of tests/harness/hostile.h as the name, by each kind of rule, and in
 * each other claim. What comes of it is a clear refusal, or a name inside of
 * the grammar that is made of this value and no other, and files that are
 * read back as one record with its own id.
 */
#include "tests/harness/claims_trial.h"

static void
names_are_refused_or_inside_of_the_grammar(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT(rules); i++)
		rows += run_trial(&rules[i], "{\"sub\":\"s1\",\"login\":%s}");
	print_message("%zu rows\n", rows);
	assert_true(rows > 10000);
}

static void
other_claims_make_no_other_user_and_break_no_record(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT(other_claims); i++)
		rows += run_trial(&rules[1], other_claims[i]);
	print_message("%zu rows\n", rows);
	assert_true(rows > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_refused_or_inside_of_the_grammar),
	    cmocka_unit_test(
		other_claims_make_no_other_user_and_break_no_record),
	};

	return cmocka_run_group_tests(tests, trial_set_up, trial_tear_down);
}
