/*
 * Frames of the PAM protocol (authbox/pam_protocol.h): building, walking,
 * sending, receiving. Needs libc only; module and daemon both use it.
 */
#ifndef WIRE_PAM_FRAME_H
#define WIRE_PAM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authbox/pam_protocol.h"

#define PAM_FRAME_BODY_MAX (PAM_FRAME_BYTES_MAX - PAM_HEADER_BYTES)

/* `bytes` begins with the header. Frames hold answers: wipe them. */
struct pam_frame {
	uint8_t type; /* enum pam_frame_type */
	size_t size;  /* of the body */
	uint8_t bytes[PAM_FRAME_BYTES_MAX];
};

/* One field, lent from the frame it was read of; `text` has no NUL at its end
 * of its own. */
struct pam_frame_item {
	uint8_t field; /* enum pam_field */
	size_t size;
	const uint8_t *bytes;
};

void pam_frame_start(struct pam_frame *frame, enum pam_frame_type type);

/* Append a field. -EMSGSIZE: the frame would pass PAM_FRAME_BYTES_MAX. A NULL
 * or empty text is left out, except as PAM_FIELD_ANSWER and PAM_FIELD_INFO. */
int pam_frame_put(struct pam_frame *frame, enum pam_field field,
    const void *bytes, size_t size);
int pam_frame_put_text(
    struct pam_frame *frame, enum pam_field field, const char *text);
int
pam_frame_put_u8(struct pam_frame *frame, enum pam_field field, uint8_t value);
int pam_frame_put_u32(
    struct pam_frame *frame, enum pam_field field, uint32_t value);

/* Walk the fields: *offset starts at 0. 1: *ret is the next; 0: the end;
 * -EBADMSG: cut short, or a field that this frame type does not have or that
 * stands twice. `*seen` (bits by field number, start at 0) is for the latter.
 */
int pam_frame_next(const struct pam_frame *frame, size_t *offset,
    uint64_t *seen, struct pam_frame_item *ret);

/* The number in an item; -EBADMSG when it has another size. */
int pam_frame_item_u8(const struct pam_frame_item *item, uint8_t *ret);
int pam_frame_item_u32(const struct pam_frame_item *item, uint32_t *ret);

/* Copy a text item into `ret_text` of `ret_size` bytes, NUL-terminated.
 * -EBADMSG: it holds a NUL or does not fit. */
int pam_frame_item_text(
    const struct pam_frame_item *item, char *ret_text, size_t ret_size);

/* The head of a received frame: sets type and size. -EPROTONOSUPPORT: another
 * version; -EBADMSG: unknown type, oversized, stray bits. */
int pam_frame_parse_header(
    const uint8_t header[PAM_HEADER_BYTES], struct pam_frame *ret_frame);

/* Send or receive one whole frame on a stream socket. Negative errno as from
 * wire/stream.h and pam_frame_parse_header(). Receiving: the first byte is due
 * at `deadline_ms`; once it came, all of the frame is due within `rest_ms`. */
int pam_frame_send(int fd, struct pam_frame *frame, int64_t deadline_ms);
int pam_frame_receive(
    int fd, struct pam_frame *ret_frame, int64_t deadline_ms, int64_t rest_ms);

#endif
