#include "pam_authbox/texts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "pam_authbox/conversation.h"

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

/* sudo and su write to the terminal what they are given: nothing that once
 * came from a directory or an issuer may move its cursor. */
static void
disarm(char *text)
{
	for (; *text; text++)
		if (is_control(*text))
			*text = '?';
}

int
texts_copy(const struct pam_frame_item *item, char **ret_text)
{
	AUTO_TYPED text = calloc(1, item->size + 1);
	int r;

	if (!text)
		return -ENOMEM;
	r = pam_frame_item_text(item, text, item->size + 1);
	if (r < 0)
		return r;
	disarm(text);
	*ret_text = TAKE(text);
	return 0;
}

static int
tell(const struct request *request, const struct pam_frame_item *item)
{
	/* An enrolment shows a key and recovery codes. */
	AUTO_TYPED text = NULL;
	int r;

	r = texts_copy(item, &text);
	if (r < 0)
		return r;
	return conversation_tell(
	    request->pamh, item->field == PAM_FIELD_ERROR, text);
}

int
texts_tell(const struct request *request, const struct pam_frame *frame)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	int r = 0;

	if (request->is_silent)
		return 0;
	while (r == 0) {
		r = pam_frame_next(frame, &offset, &seen, &item);
		if (r <= 0)
			return r;
		r = item.field == PAM_FIELD_INFO ||
			    item.field == PAM_FIELD_ERROR
			? tell(request, &item)
			: 0;
	}
	return r;
}
