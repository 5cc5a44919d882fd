/* The kernel's random numbers, and what becomes of a kernel that has none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include <cmocka.h>

#include "base/random.h"

/* What getrandom() does next: < 0 an errno, else how many bytes it gives; at
 * the end of the script, all that are asked for. */
static const int *script;

ssize_t
getrandom(void *bytes, size_t size, unsigned flags)
{
	int step = script && *script ? *script++ : (int)size;

	assert_int_equal(flags, 0);
	if (step < 0) {
		errno = -step;
		return -1;
	}
	memset(bytes, 0x5a, (size_t)step);
	return step;
}

static void
random_bytes_fill_what_is_asked_for(void **state)
{
	uint8_t bytes[32] = {0};
	char hex[17];

	(void)state;
	script = NULL;
	assert_int_equal(random_fill(bytes, sizeof(bytes)), 0);
	assert_int_equal(bytes[0], 0x5a);
	assert_int_equal(bytes[31], 0x5a);
	assert_int_equal(random_hex(hex, 16), 0);
	assert_string_equal(hex, "5a5a5a5a5a5a5a5a");
}

static void
an_interruption_is_tried_again(void **state)
{
	static const int interrupted[] = {-EINTR, -EINTR, 0};
	uint8_t bytes[8];

	(void)state;
	script = interrupted;
	assert_int_equal(random_fill(bytes, sizeof(bytes)), 0);
	assert_int_equal(bytes[7], 0x5a);
}

/* A key, a code or a reference of what lay in memory would be one that somebody
 * can know. */
static void
without_random_bytes_there_is_an_error(void **state)
{
	static const int scripts[][3] = {
	    {-ENOSYS, 0}, {-EAGAIN, 0}, {-EINTR, -ENOSYS, 0}, {7, 0}, {1, 0}};
	static const int errors[] = {-ENOSYS, -EAGAIN, -ENOSYS, -EIO, -EIO};
	uint8_t bytes[8];
	char hex[17];

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		script = scripts[i];
		assert_int_equal(random_fill(bytes, sizeof(bytes)), errors[i]);
		script = scripts[i];
		assert_int_equal(random_hex(hex, 16), errors[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_bytes_fill_what_is_asked_for),
	    cmocka_unit_test(an_interruption_is_tried_again),
	    cmocka_unit_test(without_random_bytes_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
