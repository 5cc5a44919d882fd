/*
 * A frame of any bytes is refused or walked to its end without leaving it, and
 * a sound one, put together again from its fields, is the same frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pam_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
read_item(const struct pam_frame *frame, const struct pam_frame_item *item)
{
	const uint8_t *body = frame->bytes + PAM_HEADER_BYTES;
	char *text = malloc(item->size + 1);
	uint32_t number;
	uint8_t byte;

	demand(text && item->bytes >= body);
	demand(item->bytes + item->size <= body + frame->size);
	demand((pam_frame_item_u8(item, &byte) == 0) == (item->size == 1));
	demand((pam_frame_item_u32(item, &number) == 0) == (item->size == 4));
	if (pam_frame_item_text(item, text, item->size + 1) == 0)
		demand(strlen(text) == item->size);
	demand(pam_frame_item_text(item, text, item->size) < 0);
	free(text);
}

static void
walk(const struct pam_frame *frame, struct pam_frame *copy)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	int r;

	pam_frame_start(copy, (enum pam_frame_type)frame->type);
	while ((r = pam_frame_next(frame, &offset, &seen, &item)) > 0) {
		read_item(frame, &item);
		demand(pam_frame_put(copy, (enum pam_field)item.field,
			   item.bytes, item.size) == 0);
	}
	demand(offset <= frame->size && (r < 0 || offset == frame->size));
	if (r == 0)
		demand(copy->size == frame->size &&
		       memcmp(copy->bytes + PAM_HEADER_BYTES,
			   frame->bytes + PAM_HEADER_BYTES, frame->size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pam_frame *frame, *copy;

	if (size < PAM_HEADER_BYTES)
		return 0;
	frame = malloc(sizeof(*frame));
	copy = malloc(sizeof(*copy));
	demand(frame && copy);
	if (pam_frame_parse_header(data, frame) == 0) {
		/* What came too short is as good as cut. */
		if (frame->size > size - PAM_HEADER_BYTES)
			frame->size = size - PAM_HEADER_BYTES;
		memcpy(frame->bytes, data, PAM_HEADER_BYTES + frame->size);
		walk(frame, copy);
	}
	free(copy);
	free(frame);
	return 0;
}
