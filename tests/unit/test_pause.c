/* Waiting for a time, and noticing that the peer has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/pause.h"
#include "wire/stream.h"

static void
it_lasts_until_the_time_has_come(void **state)
{
	int64_t began_ms = stream_now_ms();
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(pause_until(ends[0], began_ms + 50), 0);
	assert_true(stream_now_ms() >= began_ms + 50);
	assert_int_equal(pause_until(-1, began_ms + 60), 0);
	assert_int_equal(pause_until(ends[0], began_ms - 1000), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void
it_ends_with_the_peer(void **state)
{
	int64_t far_ms = stream_now_ms() + 60000;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)close(ends[1]);
	assert_int_equal(pause_until(ends[0], far_ms), -ECONNRESET);
	/* Also when there would be nothing to wait for. */
	assert_int_equal(pause_until(ends[0], 0), -ECONNRESET);
	(void)close(ends[0]);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(pause_until(ends[0], far_ms), -ECONNRESET);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_lasts_until_the_time_has_come),
	    cmocka_unit_test(it_ends_with_the_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
