/* authboxctl user, against a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "run_ctl.h"

#define ANN "{\"name\":\"ann\",\"uid\":70001,\"inactive\":true}"
#define BOB "{\"name\":\"bob\",\"inactive\":false}"
#define LINK                                                                   \
	"{\"issuer\":\"i\",\"subject\":\"1\",\"user\":\"ann\",\"linked\":1}"
#define FIRST "{\"users\":[" ANN "],\"links\":[]}\n"
#define LAST  "{\"users\":[" BOB "],\"links\":[" LINK "]}\n"

#define ADD_ANN	 CALL("User.Add", "{\"user\":\"ann\",\"uid\":70001}")
#define SHUT_ANN CALL("User.Deactivate", "{\"user\":\"ann\"}")
#define ADD_BOB	 CALL("User.Add", "{\"user\":\"bob\",\"account\":false}")
#define LINK_ANN                                                               \
	CALL("User.Link",                                                      \
	    "{\"user\":\"ann\",\"issuer\":\"i\",\"subject\":\"1\"}")

static const struct fake_daemon_step good[] = {
    {ADD_ANN, {REPLY("{\"uid\":70001}")}},
    {SHUT_ANN, {REPLY("{}")}},
    {ADD_BOB, {REPLY("{}")}},
    {LINK_ANN, {REPLY("{}")}},
    {0},
};

static void
half_a_pair_is_wrong_usage(void **state)
{
	static const struct {
		const char *words, *says;
	} cases[] = {
	    {"user add ann --issuer i", "--subject is missing"},
	    {"user add ann --subject 1", "--issuer is missing"},
	    {"user link ann", "--issuer and --subject are missing"},
	    {"user link ann --subject 1", "--issuer is missing"},
	    {"user unlink", "--issuer and --subject are missing"},
	    {"user unlink --issuer i", "--subject is missing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_words(&run, "/nowhere", cases[i].words, NULL);
		assert_int_equal(run.status, CTL_USAGE);
		assert_contains(run.err, cases[i].says);
		run_done(&run);
	}
}

static void
an_import_says_how_many_are_there(void **state)
{
	struct run run;

	(void)state;
	run_script(&run, good, "user import", FIRST LAST);
	assert_int_equal(run.status, CTL_DONE);
	assert_string_equal(run.out, "2 users are there.\n");
	run_done(&run);
	run_script(&run, good, "--json user import", FIRST LAST);
	assert_int_equal(run.status, CTL_DONE);
	assert_string_equal(run.out, "{\"users\":2}\n");
	run_done(&run);
}

static void
an_import_that_is_refused_says_where(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {ADD_ANN, {REPLY("{\"uid\":70001}")}},
	    {SHUT_ANN, {REPLY("{}")}},
	    {ADD_BOB, {ERROR("User.Taken", "{\"reason\":\"taken\",\"message\":"
					   "\"Somebody has it.\"}")}},
	    {0},
	};
	struct run run;

	(void)state;
	run_script(&run, steps, "user import", FIRST LAST);
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "Line 2, user bob: Somebody has it.");
	assert_contains(run.err, "import all of it again");
	run_done(&run);
	run_script(&run, steps, "--json user import", FIRST LAST);
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.out, "\"error\":\"taken\"");
	assert_contains(run.out, "Line 2, user bob: Somebody has it.");
	run_done(&run);
}

static void
what_is_no_export_is_not_imported(void **state)
{
	struct run run;

	(void)state;
	run_script(&run, good, "user import", FIRST LAST "{\"users\"");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "Line 3 is not what");
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(half_a_pair_is_wrong_usage),
	    cmocka_unit_test(an_import_says_how_many_are_there),
	    cmocka_unit_test(an_import_that_is_refused_says_where),
	    cmocka_unit_test(what_is_no_export_is_not_imported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
