/* Varlink frames, through the server's side: cut, split, pipelined, too long,
 * late. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "varlink_session.h"

static void
a_call_cut_at_any_byte_gets_no_answer(void **state)
{
	static const char call[] = "{\"method\":\"io.test.Anyone\"}";

	(void)state;
	for (size_t cut = 0; cut < sizeof(call); cut++) {
		struct session s;
		char byte;

		session_init(&s, ALICE);
		assert_int_equal(
		    stream_write(s.client.fd, call, cut, soon()), 0);
		assert_int_equal(shutdown(s.client.fd, SHUT_WR), 0);
		assert_int_equal(
		    stream_read(s.client.fd, &byte, 1, soon()), -ECONNRESET);
		session_done(&s);
	}
}

static void
a_frame_is_waited_for_in_two_steps(void **state)
{
	struct varlink_frame_buffer buffer = {0};
	cJSON *object = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	/* Idle: the first byte does not come, however long the rest may. */
	assert_int_equal(varlink_frame_receive(fds[0], &buffer,
			     stream_now_ms() + 5, 60000, &object),
	    -ETIMEDOUT);
	/* Begun: the rest does not come, however long the idle time. */
	assert_int_equal(stream_write(fds[1], "{", 1, soon()), 0);
	assert_int_equal(varlink_frame_receive(fds[0], &buffer,
			     stream_now_ms() + 60000, 5, &object),
	    -ETIMEDOUT);
	assert_null(object);
	varlink_frame_buffer_done(&buffer);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
a_call_may_come_byte_by_byte(void **state)
{
	static const char call[] = "{\"method\":\"io.test.Anyone\"}";
	struct session s;
	char got[256];

	(void)state;
	session_init(&s, ALICE);
	for (size_t i = 0; i + 1 < sizeof(call); i++)
		assert_int_equal(
		    stream_write(s.client.fd, call + i, 1, soon()), 0);
	exchange(&s, "", 1, got, sizeof(got));
	assert_string_equal(got, "{\"parameters\":{}}");
	session_done(&s);
}

static void
pipelined_calls_are_answered_in_order(void **state)
{
	struct session s;
	char calls[64 * 100], got[256];
	size_t size = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		size += (size_t)sprintf(calls + size,
			    "{\"method\":\"io.test.Anyone\","
			    "\"parameters\":{\"b\":%d}}",
			    i) +
			1;
	session_init(&s, ALICE);
	for (int i = 0; i < 100; i++) {
		char expected[64];

		exchange(&s, calls, i == 0 ? size : 0, got, sizeof(got));
		(void)sprintf(expected, "{\"parameters\":{\"b\":%d}}", i);
		assert_string_equal(got, expected);
	}
	session_done(&s);
}

static void
the_largest_frame_passes_and_one_byte_more_does_not(void **state)
{
	static const char head[] =
	    "{\"method\":\"io.test.Anyone\",\"parameters\":{\"text\":\"";
	char *frame = malloc(VARLINK_FRAME_BYTES_MAX + 1);
	char got[64];

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		size_t size = VARLINK_FRAME_BYTES_MAX + extra;
		struct session s;

		memset(frame, 'a', size);
		memcpy(frame, head, sizeof(head) - 1);
		memcpy(frame + size - 4, "\"}}", 4);
		session_init(&s, ALICE);
		exchange(&s, frame, size, got, sizeof(got));
		got[13] = '\0';
		assert_string_equal(got, extra ? "closed" : "{\"parameters\"");
		session_done(&s);
	}
	free(frame);
}

static void
a_reply_that_is_too_long_becomes_an_error(void **state)
{
	struct varlink_reply reply = {0};
	struct session s;

	(void)state;
	session_init(&s, ALICE);
	assert_int_equal(varlink_client_call(&s.client, "io.test.Long", NULL,
			     false, soon(), &reply),
	    0);
	assert_string_equal(reply.error, "io.authbox.Unavailable");
	varlink_reply_done(&reply);
	session_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_cut_at_any_byte_gets_no_answer),
	    cmocka_unit_test(a_frame_is_waited_for_in_two_steps),
	    cmocka_unit_test(a_call_may_come_byte_by_byte),
	    cmocka_unit_test(pipelined_calls_are_answered_in_order),
	    cmocka_unit_test(
		the_largest_frame_passes_and_one_byte_more_does_not),
	    cmocka_unit_test(a_reply_that_is_too_long_becomes_an_error),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
