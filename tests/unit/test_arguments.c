/* The command line of authboxctl, and that its manual and its completion know
 * every command and option. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_ctl.h"

static int
parse(const char *words, struct arguments *ret, char *ret_why)
{
	static char copy[512]; /* the arguments are lent from it */
	char *argv[WORDS_MAX], *rest = copy;
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	while (*words && argc < WORDS_MAX && (argv[argc] = strsep(&rest, " ")))
		argc++;
	return arguments_parse(argc, argv, ret, ret_why);
}

static void
commands_are_found_with_operand_and_options(void **state)
{
	static const struct {
		const char *words, *verb, *operand;
		enum option option; /* OPTION_COUNT: none */
		const char *value;
	} cases[] = {
	    {"2fa enrol", "enrol", NULL, OPTION_COUNT, NULL},
	    {"2fa enrol bob", "enrol", "bob", OPTION_COUNT, NULL},
	    {"2fa enrol --device x bob", "enrol", "bob", OPTION_DEVICE, "x"},
	    {"--device x 2fa enrol bob", "enrol", "bob", OPTION_DEVICE, "x"},
	    {"2fa --device=x enrol", "enrol", NULL, OPTION_DEVICE, "x"},
	    {"2fa enrol --device --x", "enrol", NULL, OPTION_DEVICE, "--x"},
	    {"2fa enrol --algorithm sha256", "enrol", NULL, OPTION_ALGORITHM,
		"sha256"},
	    {"2fa confirm -- -x", "confirm", "-x", OPTION_COUNT, NULL},
	    {"store backup -", "backup", "-", OPTION_COUNT, NULL},
	    {"status --socket /x", NULL, NULL, OPTION_SOCKET, "/x"},
	    {"status --json", NULL, NULL, OPTION_JSON, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[ARGUMENTS_WHY_BYTES] = "";
		struct arguments a;

		if (parse(cases[i].words, &a, why) != 0)
			fail_msg("%s: %s", cases[i].words, why);
		assert_true(cases[i].verb
				? streq_null(a.command->verb, cases[i].verb)
				: !a.command->verb);
		assert_true(cases[i].operand
				? streq_null(a.operand, cases[i].operand)
				: !a.operand);
		for (enum option o = 0; o < OPTION_COUNT; o++)
			assert_true(
			    o == cases[i].option
				? streq_null(a.values[o], cases[i].value)
				: !a.values[o]);
	}
}

static void
wrong_command_lines_are_explained(void **state)
{
	static const struct {
		const char *words, *part;
	} cases[] = {
	    {"", "Say what to do"},
	    {"2fa", "needs one more word"},
	    {"2fb", "did you mean \"2fa\"?"},
	    {"stroe check", "did you mean \"store\"?"},
	    {"nonsense", "--help lists"},
	    {"2fa enroll", "did you mean \"2fa enrol\"?"},
	    {"2fa nonsense", "2fa --help lists"},
	    {"help help", "There is no command \"help\""},
	    {"2fa confirm 123456", "does not belong in a command line"},
	    {"2fa confirm 12345678", "does not belong in a command line"},
	    {"2fa confirm bob 123456", "does not belong in a command line"},
	    {"2fa disable ABCD-EFGH-IJKL-MNOP", "does not belong"},
	    {"2fa enrol bob carol", "\"carol\" is one word too many"},
	    {"status now", "\"now\" is one word too many"},
	    {"2fa reset", "USER is missing"},
	    {"store backup", "FILE is missing"},
	    {"status --colour", "There is no option --colour"},
	    {"status -j", "There is no option -j"},
	    {"status --json --json", "--json stands twice"},
	    {"status --json=1", "--json takes no value"},
	    {"2fa enrol --device", "--device needs a value"},
	    {"2fa enrol --device=", "--device needs a value"},
	    {"2fa enrol --type time", "--type is one of totp|hotp"},
	    {"2fa enrol --type tot", "--type is one of totp|hotp"},
	    {"2fa enrol --digits 9", "--digits is one of 6|7|8"},
	    {"2fa enrol --user bob", "--user means nothing"},
	    {"store check --device x", "--device means nothing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[ARGUMENTS_WHY_BYTES] = "";
		struct arguments a;

		if (parse(cases[i].words, &a, why) != -EINVAL)
			fail_msg("passed: %s", cases[i].words);
		assert_contains(why, cases[i].part);
	}
}

static void
codes_are_told_from_names(void **state)
{
	static const char *const codes[] = {"123456", "12345678", "123 456",
	    "ABCD-EFGH-IJKL-MNOP", "2345-6723-4567-ABCD"};
	static const char *const names[] = {"bob", "12345", "1234567890",
	    "abcd-efgh-ijkl-mnop", "ABCD-EFGH-IJKL", "user-123456", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_true(arguments_is_code(codes[i]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(arguments_is_code(names[i]));
}

/* Help needs no daemon and ends with 0; wrong usage ends with 2. */
static void
help_is_given_for_every_command(void **state)
{
	struct run run;

	(void)state;
	run_words(&run, "/nowhere", "help", "");
	assert_int_equal(run.status, CTL_DONE);
	assert_contains(run.out, "2fa");
	assert_lacks(run.out, "list-commands");
	run_done(&run);
	for (const struct command_noun *n = command_nouns; n->name; n++)
		for (const struct command *c = n->commands; c->run; c++) {
			char words[128];

			(void)snprintf(words, sizeof(words), "%s%s%s --help",
			    n->name, c->verb ? " " : "",
			    c->verb ? c->verb : "");
			run_words(&run, "/nowhere", words, "");
			assert_int_equal(run.status, CTL_DONE);
			assert_contains(run.out, "Usage: authboxctl ");
			for (enum option o = 0; o < OPTION_COUNT; o++)
				if (c->options & OPTION_BIT(o))
					assert_contains(
					    run.out, option_get_info(o)->name);
			for (char *line = run.out; line;
			     line = strchr(line + 1, '\n'))
				assert_true(strcspn(line + 1, "\n") <= 80);
			run_done(&run);
		}
	run_words(&run, "/nowhere", "help 2fa enrol", "");
	assert_contains(run.out, "Usage: authboxctl 2fa enrol [USER]");
	run_done(&run);
	run_words(&run, "/nowhere", "--version", "");
	assert_string_equal(run.out, "authboxctl " AUTHBOX_VERSION "\n");
	run_done(&run);
	run_words(&run, "/nowhere", "2fa reset", "");
	assert_int_equal(run.status, CTL_USAGE);
	run_done(&run);
	run_words(&run, "/nowhere", "2fa enrol --json", "");
	assert_int_equal(run.status, CTL_USAGE);
	assert_contains(run.out, "{\"error\":\"usage\",\"message\":\"");
	run_done(&run);
}

/* The whole file, from the top folder, where tests run. */
static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	(void)fclose(file);
	return text;
}

static void
the_manual_knows_every_command_and_option(void **state)
{
	char *page = read_file("man/authboxctl.1");

	(void)state;
	for (const struct command_noun *n = command_nouns; n->name; n++)
		for (const struct command *c = n->commands;
		     n->summary && c->run; c++) {
			char line[128];

			(void)snprintf(line, sizeof(line), ".It Cm %s%s%s%s",
			    n->name, c->verb ? " " : "", c->verb ? c->verb : "",
			    c->operand ? " " : "\n");
			if (!strstr(page, line) && !c->operand) {
				/* Options alone may follow. */
				line[strlen(line) - 1] = ' ';
			}
			assert_contains(page, line);
		}
	for (enum option o = 0; o < OPTION_COUNT; o++) {
		char flag[64];

		(void)snprintf(
		    flag, sizeof(flag), "Fl -%s", option_get_info(o)->name);
		assert_contains(page, flag);
	}
	free(page);
}

static void
list_commands_gives_completion_every_command(void **state)
{
	struct run run;

	(void)state;
	run_words(&run, "/nowhere", "list-commands", "");
	assert_int_equal(run.status, CTL_DONE);
	assert_contains(run.out, "2fa reset USER\n");
	assert_contains(run.out, "2fa confirm [USER] --code-stdin --device ");
	assert_contains(run.out, " --type totp|hotp ");
	assert_contains(run.out, "\nstatus\n");
	assert_lacks(run.out, "list-commands");
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_are_found_with_operand_and_options),
	    cmocka_unit_test(wrong_command_lines_are_explained),
	    cmocka_unit_test(codes_are_told_from_names),
	    cmocka_unit_test(help_is_given_for_every_command),
	    cmocka_unit_test(the_manual_knows_every_command_and_option),
	    cmocka_unit_test(list_commands_gives_completion_every_command),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
