#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/pam_frame.h"
#include "wire/stream.h"

#define WAIT_MS	   2000
#define TYPE_COUNT (PAM_FRAME_DONE + 1)

/* Whether all of a frame can be walked. */
static bool
is_sound(const struct pam_frame *frame)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	int r;

	do
		r = pam_frame_next(frame, &offset, &seen, &item);
	while (r > 0);
	return r == 0;
}

/* The fields of each frame, as authbox/pam_protocol.h lists them. */
static const uint8_t fields[TYPE_COUNT][20] = {
    [PAM_FRAME_BEGIN] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    [PAM_FRAME_ASK] = {12, 20, 21, 22, 23},
    [PAM_FRAME_ANSWER] = {30, 31},
    [PAM_FRAME_WORKING] = {0},
    [PAM_FRAME_DONE] = {4, 13, 20, 21, 40},
};

static void
each_field_stands_where_the_protocol_has_it(void **state)
{
	(void)state;
	for (unsigned type = PAM_FRAME_BEGIN; type < TYPE_COUNT; type++)
		for (unsigned field = 0; field < 256; field++) {
			struct pam_frame frame;
			bool is_known =
			    field > 0 && memchr(fields[type], (int)field,
					     sizeof(fields[type]));

			pam_frame_start(&frame, (enum pam_frame_type)type);
			assert_int_equal(pam_frame_put(&frame,
					     (enum pam_field)field, "x", 1),
			    0);
			assert_int_equal(is_sound(&frame), is_known);
		}
}

static void
only_texts_to_show_may_stand_twice(void **state)
{
	(void)state;
	for (unsigned type = PAM_FRAME_BEGIN; type < TYPE_COUNT; type++)
		for (unsigned i = 0; i < 20 && fields[type][i]; i++) {
			enum pam_field field = fields[type][i];
			struct pam_frame frame;

			pam_frame_start(&frame, (enum pam_frame_type)type);
			(void)pam_frame_put(&frame, field, "x", 1);
			(void)pam_frame_put(&frame, field, "y", 1);
			assert_int_equal(
			    is_sound(&frame), field == PAM_FIELD_INFO ||
						  field == PAM_FIELD_ERROR);
		}
}

static void
a_frame_cut_at_any_byte_is_not_sound(void **state)
{
	struct pam_frame frame;
	size_t size;

	(void)state;
	pam_frame_start(&frame, PAM_FRAME_DONE);
	(void)pam_frame_put_u8(&frame, PAM_FIELD_VERDICT, 1);
	(void)pam_frame_put_text(&frame, PAM_FIELD_USER, "alice");
	size = frame.size;
	for (frame.size = 1; frame.size < size; frame.size++)
		/* Behind the first field ends a shorter frame. */
		assert_int_equal(is_sound(&frame), frame.size == 4);
	assert_true(is_sound(&frame));
}

static void
what_is_put_is_what_is_read(void **state)
{
	struct pam_frame frame;
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	uint32_t number;
	uint8_t byte;
	char text[8];

	(void)state;
	pam_frame_start(&frame, PAM_FRAME_BEGIN);
	(void)pam_frame_put_u8(&frame, PAM_FIELD_STAGE, 2);
	(void)pam_frame_put_u32(&frame, PAM_FIELD_FLAGS, 0x01020304);
	(void)pam_frame_put_text(&frame, PAM_FIELD_USER, "alice");

	assert_int_equal(pam_frame_next(&frame, &offset, &seen, &item), 1);
	assert_int_equal(item.field, PAM_FIELD_STAGE);
	assert_int_equal(pam_frame_item_u8(&item, &byte), 0);
	assert_int_equal(byte, 2);
	assert_int_equal(pam_frame_item_u32(&item, &number), -EBADMSG);

	assert_int_equal(pam_frame_next(&frame, &offset, &seen, &item), 1);
	assert_int_equal(pam_frame_item_u32(&item, &number), 0);
	assert_int_equal(number, 0x01020304);
	assert_memory_equal(item.bytes, "\1\2\3\4", 4);
	assert_int_equal(pam_frame_item_u8(&item, &byte), -EBADMSG);

	assert_int_equal(pam_frame_next(&frame, &offset, &seen, &item), 1);
	assert_int_equal(pam_frame_item_text(&item, text, 5), -EBADMSG);
	assert_int_equal(pam_frame_item_text(&item, text, 6), 0);
	assert_string_equal(text, "alice");
	assert_int_equal(pam_frame_next(&frame, &offset, &seen, &item), 0);
}

static void
a_text_with_a_nul_is_refused(void **state)
{
	static const struct pam_frame_item item = {
	    PAM_FIELD_USER, 5, (const uint8_t *)"ro\0ot"};
	char text[8];

	(void)state;
	assert_int_equal(pam_frame_item_text(&item, text, 8), -EBADMSG);
}

static void
empty_texts_are_left_out_where_they_say_nothing(void **state)
{
	static const struct {
		enum pam_field field;
		size_t size;
	} cases[] = {
	    {PAM_FIELD_USER, 0}, {PAM_FIELD_PROMPT, 0},
	    {PAM_FIELD_INFO, 3},			 /* an empty line */
	    {PAM_FIELD_ERROR, 3}, {PAM_FIELD_ANSWER, 3}, /* nothing typed */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pam_frame frame;

		pam_frame_start(&frame, PAM_FRAME_BEGIN);
		assert_int_equal(
		    pam_frame_put_text(&frame, cases[i].field, ""), 0);
		assert_int_equal(frame.size, cases[i].size);
		pam_frame_start(&frame, PAM_FRAME_BEGIN);
		assert_int_equal(
		    pam_frame_put_text(&frame, cases[i].field, NULL), 0);
		assert_int_equal(frame.size, cases[i].size);
	}
}

static void
a_frame_takes_what_fits_and_no_more(void **state)
{
	static const uint8_t bytes[PAM_FRAME_BYTES_MAX];
	struct pam_frame frame;

	(void)state;
	pam_frame_start(&frame, PAM_FRAME_ANSWER);
	assert_int_equal(pam_frame_put(&frame, PAM_FIELD_ANSWER, bytes,
			     PAM_FRAME_BODY_MAX - 2),
	    -EMSGSIZE);
	assert_int_equal(
	    pam_frame_put(&frame, PAM_FIELD_ANSWER, bytes, SIZE_MAX),
	    -EMSGSIZE);
	assert_int_equal(frame.size, 0);
	assert_int_equal(pam_frame_put(&frame, PAM_FIELD_ANSWER, bytes,
			     PAM_FRAME_BODY_MAX - 3),
	    0);
	assert_int_equal(frame.size, PAM_FRAME_BODY_MAX);
	assert_true(is_sound(&frame));
	assert_int_equal(
	    pam_frame_put(&frame, PAM_FIELD_ANSWER_FLAGS, "", 0), -EMSGSIZE);
}

struct header {
	uint8_t bytes[PAM_HEADER_BYTES];
	int result;
};

static const struct header headers[] = {
    {{0, 0, 0, 0, PAM_FRAME_BEGIN, 1, 0, 0}, 0},
    {{0, 0, 0, 0, PAM_FRAME_DONE, 1, 0, 0}, 0},
    {{0, 0, 0x4f, 0xf8, PAM_FRAME_DONE, 1, 0, 0}, 0},
    {{0, 0, 0x4f, 0xf9, PAM_FRAME_DONE, 1, 0, 0}, -EBADMSG},
    {{1, 0, 0, 0, PAM_FRAME_DONE, 1, 0, 0}, -EBADMSG},
    {{0xff, 0xff, 0xff, 0xff, PAM_FRAME_DONE, 1, 0, 0}, -EBADMSG},
    {{0, 0, 0, 0, 0, 1, 0, 0}, -EBADMSG},
    {{0, 0, 0, 0, PAM_FRAME_DONE + 1, 1, 0, 0}, -EBADMSG},
    {{0, 0, 0, 0, 255, 1, 0, 0}, -EBADMSG},
    {{0, 0, 0, 0, PAM_FRAME_DONE, 1, 1, 0}, -EBADMSG},
    {{0, 0, 0, 0, PAM_FRAME_DONE, 1, 0, 1}, -EBADMSG},
    {{0, 0, 0, 0, PAM_FRAME_DONE, 0, 0, 0}, -EPROTONOSUPPORT},
    {{0, 0, 0, 0, PAM_FRAME_DONE, 2, 0, 0}, -EPROTONOSUPPORT},
    {"GET / HT", -EPROTONOSUPPORT},
};

static void
only_headers_of_this_version_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		struct pam_frame frame = {.type = 99, .size = 99};

		assert_int_equal(
		    pam_frame_parse_header(headers[i].bytes, &frame),
		    headers[i].result);
		assert_int_equal(frame.type,
		    headers[i].result < 0 ? 99 : headers[i].bytes[4]);
	}
}

static void
a_frame_comes_through_a_socket_as_it_was_sent(void **state)
{
	static struct pam_frame sent, received;
	int64_t deadline_ms = stream_now_ms() + WAIT_MS;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pam_frame_start(&sent, PAM_FRAME_ASK);
	(void)pam_frame_put_text(&sent, PAM_FIELD_PROMPT, "Code: ");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pam_frame_send(fds[0], &sent, deadline_ms), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(
		    pam_frame_receive(fds[1], &received, deadline_ms, WAIT_MS),
		    0);
		assert_int_equal(received.type, PAM_FRAME_ASK);
		assert_int_equal(received.size, sent.size);
		assert_memory_equal(
		    received.bytes, sent.bytes, PAM_HEADER_BYTES + sent.size);
	}
	(void)close(fds[0]);
	assert_int_equal(
	    pam_frame_receive(fds[1], &received, deadline_ms, WAIT_MS),
	    -ECONNRESET);
	(void)close(fds[1]);
}

static void
a_frame_that_begins_late_or_never_ends_times_out(void **state)
{
	static struct pam_frame frame;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(
	    pam_frame_receive(fds[1], &frame, stream_now_ms() + 5, WAIT_MS),
	    -ETIMEDOUT);
	assert_int_equal(write(fds[0], "\0\0\0\4\5\1\0\0\x28\0", 10), 10);
	assert_int_equal(
	    pam_frame_receive(fds[1], &frame, stream_now_ms() + WAIT_MS, 5),
	    -ETIMEDOUT);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_field_stands_where_the_protocol_has_it),
	    cmocka_unit_test(only_texts_to_show_may_stand_twice),
	    cmocka_unit_test(a_frame_cut_at_any_byte_is_not_sound),
	    cmocka_unit_test(what_is_put_is_what_is_read),
	    cmocka_unit_test(a_text_with_a_nul_is_refused),
	    cmocka_unit_test(empty_texts_are_left_out_where_they_say_nothing),
	    cmocka_unit_test(a_frame_takes_what_fits_and_no_more),
	    cmocka_unit_test(only_headers_of_this_version_are_read),
	    cmocka_unit_test(a_frame_comes_through_a_socket_as_it_was_sent),
	    cmocka_unit_test(a_frame_that_begins_late_or_never_ends_times_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
