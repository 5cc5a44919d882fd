/*
 * Varlink frames on a connected stream socket (https://varlink.org): JSON
 * objects, each ended by a NUL byte. Both ends use it.
 */
#ifndef WIRE_VARLINK_FRAME_H
#define WIRE_VARLINK_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

#define VARLINK_FRAME_BYTES_MAX 65536 /* the NUL included */

/* Bytes that came, of which [start, end) are not read yet (pipelining). Zeroed
 * before the first call; done wipes it. */
struct varlink_frame_buffer {
	char *bytes;
	size_t capacity, start, end;
	bool waits; /* see varlink_frame_buffer_wait() */
};
void varlink_frame_buffer_done(struct varlink_frame_buffer *buffer);

/* From now on the socket itself waits `wait_ms` (> 0) for the first byte of an
 * object, whatever deadline is given: one call where poll(2) makes it three.
 * For who waits equally long for each. */
void varlink_frame_buffer_wait(
    struct varlink_frame_buffer *buffer, int fd, int64_t wait_ms);

/* Receive one object, the caller's. Its first byte is due at `deadline_ms`;
 * once it came, the rest is due within `rest_ms`. -ECONNRESET: the peer closed,
 * also in the middle; -ETIMEDOUT; -EMSGSIZE: longer than
 * VARLINK_FRAME_BYTES_MAX; -EBADMSG: not a strict JSON object; -ENOMEM; another
 * errno of the socket. After any of them the connection is of no use. */
int varlink_frame_receive(int fd, struct varlink_frame_buffer *buffer,
    int64_t deadline_ms, int64_t rest_ms, cJSON **ret_object);

/* Send one object and its NUL. -EMSGSIZE: too long, nothing was sent;
 * -ENOMEM: the same; -EPIPE, -ETIMEDOUT, … */
int varlink_frame_send(int fd, const cJSON *object, int64_t deadline_ms);

#endif
