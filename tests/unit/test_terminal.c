/* What the module finds out about the terminal that its program runs at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <unistd.h>

#include "authbox/pam_protocol.h"
#include "pam_authbox/terminal.h"

/* Standard input to error, while a test has others in their place. */
static int saved[3];

static int
set_up(void **state)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = dup(fd);
		(void)dup2(nothing, fd);
	}
	return close(nothing);
}

static int
tear_down(void **state)
{
	(void)state;
	for (int fd = 0; fd < 3; fd++) {
		(void)dup2(saved[fd], fd);
		(void)close(saved[fd]);
	}
	return 0;
}

/* As a program at a terminal of that width, on this descriptor. */
static uint32_t
flags_at(int fd, unsigned short columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	int master, slave, nothing;
	uint32_t flags;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(dup2(slave, fd), fd);
	flags = terminal_flags();
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(dup2(nothing, fd), fd);
	(void)close(nothing);
	(void)close(slave);
	(void)close(master);
	return flags;
}

static void
set_locale(const char *all, const char *ctype, const char *lang)
{
	const char *const values[] = {all, ctype, lang};
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < 3; i++)
		if (values[i])
			(void)setenv(names[i], values[i], 1);
		else
			(void)unsetenv(names[i]);
}

static void
where_no_descriptor_is_a_terminal_nothing_is_known(void **state)
{
	(void)state;
	set_locale(NULL, NULL, "C");
	assert_int_equal(terminal_flags(), 0);
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	assert_int_equal(terminal_flags(), 0);
}

static void
any_of_the_three_tells_the_columns(void **state)
{
	(void)state;
	set_locale(NULL, NULL, "C.UTF-8");
	for (int fd = 0; fd < 3; fd++)
		assert_int_equal(flags_at(fd, 132), PAM_BEGIN_COLUMNS(132));
	/* A serial line says nothing of its width. */
	assert_int_equal(flags_at(0, 0), 0);
	assert_int_equal(
	    PAM_BEGIN_COLUMNS_OF(flags_at(0, UINT16_MAX)), UINT16_MAX);
}

static void
the_locale_is_that_of_the_environment(void **state)
{
	static const struct {
		const char *all, *ctype, *lang;
		bool is_utf8;
	} cases[] = {
	    {NULL, NULL, NULL, false},
	    {NULL, NULL, "C", false},
	    {NULL, NULL, "POSIX", false},
	    {NULL, NULL, "C.UTF-8", true},
	    {NULL, NULL, "de_DE.utf8", true},
	    {NULL, NULL, "de_DE.UTF8@euro", true},
	    {NULL, NULL, "de_DE@euro", false},
	    {NULL, NULL, "de_DE", false},
	    {NULL, NULL, "de_DE.ISO-8859-1", false},
	    {NULL, NULL, "ja_JP.eucJP", false},
	    {NULL, NULL, "x.UTF-8000", false},
	    {NULL, NULL, ".", false},
	    {NULL, "C", "C.UTF-8", false},
	    {NULL, "C.UTF-8", "C", true},
	    {"C", "C.UTF-8", "C.UTF-8", false},
	    {"", "", "C.UTF-8", true},
	    {"\033[2J", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_locale(cases[i].all, cases[i].ctype, cases[i].lang);
		if (flags_at(0, 80) !=
		    (PAM_BEGIN_COLUMNS(80) |
			(cases[i].is_utf8 ? 0 : PAM_BEGIN_NOT_UTF8)))
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		where_no_descriptor_is_a_terminal_nothing_is_known, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		any_of_the_three_tells_the_columns, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		the_locale_is_that_of_the_environment, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
