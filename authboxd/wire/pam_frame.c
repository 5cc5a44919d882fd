#include "wire/pam_frame.h"

#include <errno.h>
#include <string.h>

#include "wire/stream.h"

#define BIT(field) (UINT64_C(1) << (field))

/* Which fields stand in a frame of each type. */
static const uint64_t fields_of[] = {
    [PAM_FRAME_BEGIN] =
	BIT(PAM_FIELD_STAGE) | BIT(PAM_FIELD_FACTOR) | BIT(PAM_FIELD_SERVICE) |
	BIT(PAM_FIELD_USER) | BIT(PAM_FIELD_CONFIG) | BIT(PAM_FIELD_RHOST) |
	BIT(PAM_FIELD_TTY) | BIT(PAM_FIELD_RUSER) | BIT(PAM_FIELD_SSH_AUTH) |
	BIT(PAM_FIELD_FLAGS) | BIT(PAM_FIELD_TRIES) | BIT(PAM_FIELD_PROMPT) |
	BIT(PAM_FIELD_REFERENCE) | BIT(PAM_FIELD_INTROSPECTOR) |
	BIT(PAM_FIELD_CLIENT),
    [PAM_FRAME_ASK] = BIT(PAM_FIELD_INFO) | BIT(PAM_FIELD_ERROR) |
		      BIT(PAM_FIELD_PROMPT) | BIT(PAM_FIELD_ECHO) |
		      BIT(PAM_FIELD_SPLIT_DIGITS),
    [PAM_FRAME_ANSWER] = BIT(PAM_FIELD_ANSWER) | BIT(PAM_FIELD_ANSWER_FLAGS),
    [PAM_FRAME_WORKING] = 0,
    [PAM_FRAME_DONE] = BIT(PAM_FIELD_VERDICT) | BIT(PAM_FIELD_USER) |
		       BIT(PAM_FIELD_REFERENCE) | BIT(PAM_FIELD_INFO) |
		       BIT(PAM_FIELD_ERROR),
};

#define REPEATED     (BIT(PAM_FIELD_INFO) | BIT(PAM_FIELD_ERROR))
#define MAY_BE_EMPTY (REPEATED | BIT(PAM_FIELD_ANSWER))

static void
put_be(uint8_t *to, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static uint32_t
get_be(const uint8_t *from, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | from[i];
	return value;
}

void
pam_frame_start(struct pam_frame *frame, enum pam_frame_type type)
{
	frame->type = (uint8_t)type;
	frame->size = 0;
}

int
pam_frame_put(struct pam_frame *frame, enum pam_field field, const void *bytes,
    size_t size)
{
	uint8_t *at = frame->bytes + PAM_HEADER_BYTES + frame->size;

	if (size > PAM_FRAME_BODY_MAX ||
	    frame->size + 3 > PAM_FRAME_BODY_MAX - size)
		return -EMSGSIZE;

	at[0] = (uint8_t)field;
	put_be(at + 1, (uint32_t)size, 2);
	if (size > 0)
		memcpy(at + 3, bytes, size);
	frame->size += 3 + size;
	return 0;
}

int
pam_frame_put_text(
    struct pam_frame *frame, enum pam_field field, const char *text)
{
	if ((!text || !*text) && !(BIT(field) & MAY_BE_EMPTY))
		return 0;
	return pam_frame_put(frame, field, text, text ? strlen(text) : 0);
}

int
pam_frame_put_u8(struct pam_frame *frame, enum pam_field field, uint8_t value)
{
	return pam_frame_put(frame, field, &value, 1);
}

int
pam_frame_put_u32(struct pam_frame *frame, enum pam_field field, uint32_t value)
{
	uint8_t bytes[4];

	put_be(bytes, value, sizeof(bytes));
	return pam_frame_put(frame, field, bytes, sizeof(bytes));
}

int
pam_frame_next(const struct pam_frame *frame, size_t *offset, uint64_t *seen,
    struct pam_frame_item *ret)
{
	const uint8_t *at = frame->bytes + PAM_HEADER_BYTES + *offset;
	size_t left = frame->size - *offset, size;
	uint64_t bit;

	if (left == 0)
		return 0;
	if (left < 3 || at[0] >= 64)
		return -EBADMSG;
	size = get_be(at + 1, 2);
	bit = BIT(at[0]);
	if (size > left - 3 || !(fields_of[frame->type] & bit))
		return -EBADMSG;
	if ((*seen & bit) && !(bit & REPEATED))
		return -EBADMSG;

	*seen |= bit;
	*offset += 3 + size;
	ret->field = at[0];
	ret->size = size;
	ret->bytes = at + 3;
	return 1;
}

int
pam_frame_item_u8(const struct pam_frame_item *item, uint8_t *ret)
{
	if (item->size != 1)
		return -EBADMSG;
	*ret = item->bytes[0];
	return 0;
}

int
pam_frame_item_u32(const struct pam_frame_item *item, uint32_t *ret)
{
	if (item->size != 4)
		return -EBADMSG;
	*ret = get_be(item->bytes, 4);
	return 0;
}

int
pam_frame_item_text(
    const struct pam_frame_item *item, char *ret_text, size_t ret_size)
{
	if (item->size >= ret_size || memchr(item->bytes, '\0', item->size))
		return -EBADMSG;
	memcpy(ret_text, item->bytes, item->size);
	ret_text[item->size] = '\0';
	return 0;
}

int
pam_frame_parse_header(
    const uint8_t header[PAM_HEADER_BYTES], struct pam_frame *ret_frame)
{
	uint32_t size = get_be(header, 4);

	if (header[5] != PAM_PROTOCOL_VERSION)
		return -EPROTONOSUPPORT;
	if (size > PAM_FRAME_BODY_MAX || header[4] < PAM_FRAME_BEGIN ||
	    header[4] > PAM_FRAME_DONE || header[6] || header[7])
		return -EBADMSG;

	ret_frame->type = header[4];
	ret_frame->size = size;
	return 0;
}

int
pam_frame_send(int fd, struct pam_frame *frame, int64_t deadline_ms)
{
	put_be(frame->bytes, (uint32_t)frame->size, 4);
	frame->bytes[4] = frame->type;
	frame->bytes[5] = PAM_PROTOCOL_VERSION;
	put_be(frame->bytes + 6, 0, 2);
	return stream_write(
	    fd, frame->bytes, PAM_HEADER_BYTES + frame->size, deadline_ms);
}

int
pam_frame_receive(
    int fd, struct pam_frame *ret_frame, int64_t deadline_ms, int64_t rest_ms)
{
	int64_t rest_deadline_ms;
	int r;

	r = stream_wait(fd, deadline_ms);
	if (r < 0)
		return r;
	rest_deadline_ms = stream_now_ms() + rest_ms;
	r = stream_read(
	    fd, ret_frame->bytes, PAM_HEADER_BYTES, rest_deadline_ms);
	if (r == 0)
		r = pam_frame_parse_header(ret_frame->bytes, ret_frame);
	if (r == 0)
		r = stream_read(fd, ret_frame->bytes + PAM_HEADER_BYTES,
		    ret_frame->size, rest_deadline_ms);
	return r;
}
