/*
 * The attacker measures how long a comparison takes. No clock is asked here:
 * valgrind follows what is marked as secret, and counts each jump and address
 * that depends on it. The program starts itself anew under valgrind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <valgrind/memcheck.h>

#include "base/secret.h"

#define BYTES 33

/* Of each letter these bits are secret; the rest says that it is no NUL. */
#define LETTER_BITS 0x1f

/* 1 or 0, for the test to branch on. */
static int
reveal(bool result)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(&result, sizeof(result));
	return result;
}

static void
mark_secret(char *text, size_t size)
{
	unsigned char bits[BYTES];

	memset(bits, LETTER_BITS, sizeof(bits));
	(void)VALGRIND_SET_VBITS(text, bits, size);
}

/* What must not be done, which valgrind has to see. */
__attribute__((noinline)) static bool
equal_until_it_differs(
    const volatile char *a, const volatile char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Jumps on secrets while `guess` is compared with a secret, by each way. */
static void
count_jumps(const char *guess, bool is_right, unsigned ret_counts[3])
{
	char secret[BYTES + 1] = "abcdefghijklmnopqrstuvwxyzabcdefg";
	unsigned before;
	int equal;

	mark_secret(secret, BYTES);
	before = VALGRIND_COUNT_ERRORS;
	equal = reveal(secret_equal(secret, guess, BYTES));
	ret_counts[0] = VALGRIND_COUNT_ERRORS - before;
	assert_int_equal(equal, is_right);

	before = VALGRIND_COUNT_ERRORS;
	equal = reveal(secret_equal_text(secret, guess));
	ret_counts[1] = VALGRIND_COUNT_ERRORS - before;
	assert_int_equal(equal, is_right);

	before = VALGRIND_COUNT_ERRORS;
	equal = reveal(equal_until_it_differs(secret, guess, BYTES));
	ret_counts[2] = VALGRIND_COUNT_ERRORS - before;
	assert_int_equal(equal, is_right);
}

static void
no_jump_depends_on_a_secret(void **state)
{
	static const struct {
		const char *guess;
		bool is_right;
	} cases[] = {
	    {"abcdefghijklmnopqrstuvwxyzabcdefg", true},
	    {"abcdefghijklmnopqrstuvwxyzabcdefx", false},
	    {"xbcdefghijklmnopqrstuvwxyzabcdefg", false},
	    {"abcdefghijklmnopqxstuvwxyzabcdefg", false},
	};

	(void)state;
	/* A sanitizer and valgrind do not go together. */
	if (!RUNNING_ON_VALGRIND)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned counts[3];

		count_jumps(cases[i].guess, cases[i].is_right, counts);
		assert_int_equal(counts[0], 0);
		assert_int_equal(counts[1], 0);
		/* So it would have been seen. */
		assert_true(counts[2] > 0);
	}
}

static void
run_under_valgrind(char **arguments)
{
	char *const all[] = {(char[]){"valgrind"}, (char[]){"--quiet"},
	    (char[]){"--expensive-definedness-checks=yes"},
	    (char[]){"--log-file=/dev/null"}, arguments[0], NULL};

	(void)execvp(all[0], all);
	perror("valgrind");
	exit(1);
}

int
main(int count, char **arguments)
{
	const char *sanitizer = getenv("SANITIZE");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_jump_depends_on_a_secret),
	};

	(void)count;
	if (!RUNNING_ON_VALGRIND && !(sanitizer && *sanitizer))
		run_under_valgrind(arguments);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
