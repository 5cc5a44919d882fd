#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/stream.h"

#define WAIT_MS	     2000
#define PASSED_MAX   253 /* SCM_MAX_FD of the kernel */
#define PASSED_TIMES 10000
#define BYTES_LARGE  (1 << 22) /* more than a socket holds */

struct pair {
	int near, far;
};

static struct pair
pair_new(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	return (struct pair){fds[0], fds[1]};
}

static void
pair_close(struct pair pair)
{
	(void)close(pair.near);
	if (pair.far >= 0)
		(void)close(pair.far);
}

static void
exactly_what_was_asked_for_is_read(void **state)
{
	struct pair pair = pair_new();
	char bytes[4] = "";

	(void)state;
	assert_int_equal(write(pair.far, "abcdef", 6), 6);
	assert_int_equal(
	    stream_read(pair.near, bytes, 4, stream_now_ms() + WAIT_MS), 0);
	assert_memory_equal(bytes, "abcd", 4);
	assert_int_equal(
	    stream_read(pair.near, bytes, 2, stream_now_ms() + WAIT_MS), 0);
	assert_memory_equal(bytes, "ef", 2);
	assert_int_equal(stream_read(pair.near, bytes, 0, 0), 0);
	pair_close(pair);
}

static void
a_peer_that_closes_in_the_middle_is_an_error(void **state)
{
	struct pair pair = pair_new();
	char bytes[4];

	(void)state;
	assert_int_equal(write(pair.far, "ab", 2), 2);
	(void)close(pair.far);
	pair.far = -1;
	assert_int_equal(stream_wait(pair.near, stream_now_ms() + WAIT_MS), 0);
	assert_int_equal(
	    stream_read(pair.near, bytes, 4, stream_now_ms() + WAIT_MS),
	    -ECONNRESET);
	pair_close(pair);
}

static void
nothing_to_read_times_out(void **state)
{
	struct pair pair = pair_new();
	char byte;

	(void)state;
	assert_int_equal(stream_wait(pair.near, 0), -ETIMEDOUT);
	assert_int_equal(
	    stream_wait(pair.near, stream_now_ms() + 5), -ETIMEDOUT);
	assert_int_equal(
	    stream_read(pair.near, &byte, 1, stream_now_ms() + 5), -ETIMEDOUT);
	pair_close(pair);
}

/* The test would die of SIGPIPE. */
static void
writing_to_nobody_is_an_error_without_a_signal(void **state)
{
	struct pair pair = pair_new();

	(void)state;
	(void)close(pair.far);
	pair.far = -1;
	assert_int_equal(
	    stream_write(pair.near, "a", 1, stream_now_ms() + WAIT_MS), -EPIPE);
	pair_close(pair);
}

static void
a_peer_that_does_not_read_times_out(void **state)
{
	static const char bytes[BYTES_LARGE];
	struct pair pair = pair_new();

	(void)state;
	assert_int_equal(
	    stream_write(pair.near, bytes, sizeof(bytes), stream_now_ms() + 5),
	    -ETIMEDOUT);
	pair_close(pair);
}

static void
what_is_no_socket_is_an_error(void **state)
{
	char byte = 0;

	(void)state;
	assert_int_equal(stream_read(-1, &byte, 1, 0), -EBADF);
	assert_int_equal(stream_write(-1, &byte, 1, 0), -EBADF);
}

static int
next_fd(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

/* A peer cannot fill our table of descriptors: not by as many at once as the
 * kernel takes (SCM_MAX_FD), and not by doing so again and again. */
static void
descriptors_that_a_peer_passes_are_dropped(void **state)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
	} control = {.header = {CMSG_LEN(PASSED_MAX * sizeof(int)), SOL_SOCKET,
			 SCM_RIGHTS}};
	struct iovec text = {(void *)(uintptr_t) "a", 1};
	const struct msghdr message = {.msg_iov = &text,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct pair pair = pair_new();
	int before = next_fd(), fds[PASSED_MAX];
	char byte;

	(void)state;
	for (size_t i = 0; i < PASSED_MAX; i++)
		fds[i] = pair.far;
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	for (int i = 0; i < PASSED_TIMES; i++) {
		byte = 0;
		assert_int_equal(sendmsg(pair.far, &message, 0), 1);
		assert_int_equal(
		    stream_read(pair.near, &byte, 1, stream_now_ms() + WAIT_MS),
		    0);
		assert_int_equal(byte, 'a');
		assert_int_equal(next_fd(), before);
	}
	pair_close(pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exactly_what_was_asked_for_is_read),
	    cmocka_unit_test(a_peer_that_closes_in_the_middle_is_an_error),
	    cmocka_unit_test(nothing_to_read_times_out),
	    cmocka_unit_test(writing_to_nobody_is_an_error_without_a_signal),
	    cmocka_unit_test(a_peer_that_does_not_read_times_out),
	    cmocka_unit_test(what_is_no_socket_is_an_error),
	    cmocka_unit_test(descriptors_that_a_peer_passes_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
