/* One table says where each text of BEGIN goes. */
#include "login/login_request.h"

#include <errno.h>
#include <stddef.h>

#include "wire/pam_frame.h"

#define TRIES_DEFAULT 3
#define TRIES_MAX     10

#define TEXT(number, member)                                                   \
	{                                                                      \
		number, offsetof(struct login_request, member),                \
		    sizeof(((struct login_request *)0)->member)                \
	}

static const struct {
	uint8_t field; /* enum pam_field */
	size_t offset, size;
} texts[] = {
    TEXT(PAM_FIELD_FACTOR, factor),
    TEXT(PAM_FIELD_SERVICE, service),
    TEXT(PAM_FIELD_USER, user),
    TEXT(PAM_FIELD_CONFIG, config),
    TEXT(PAM_FIELD_CLIENT, client),
    TEXT(PAM_FIELD_INTROSPECTOR, introspector),
    TEXT(PAM_FIELD_RHOST, rhost),
    TEXT(PAM_FIELD_TTY, tty),
    TEXT(PAM_FIELD_RUSER, ruser),
    TEXT(PAM_FIELD_SSH_AUTH, ssh_auth),
    TEXT(PAM_FIELD_PROMPT, prompt),
    TEXT(PAM_FIELD_REFERENCE, reference),
};

static int
parse_text(const struct pam_frame_item *item, struct login_request *request)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].field == item->field)
			return pam_frame_item_text(item,
			    (char *)request + texts[i].offset, texts[i].size);
	return -EBADMSG;
}

static int
parse_item(const struct pam_frame_item *item, struct login_request *request)
{
	uint8_t number = 0;
	int r;

	switch (item->field) {
	case PAM_FIELD_STAGE:
		r = pam_frame_item_u8(item, &number);
		request->stage = number;
		return r;
	case PAM_FIELD_TRIES:
		r = pam_frame_item_u8(item, &number);
		request->tries = number;
		return r;
	case PAM_FIELD_FLAGS:
		return pam_frame_item_u32(item, &request->flags);
	default:
		return parse_text(item, request);
	}
}

int
login_request_parse(
    const struct pam_frame *frame, struct login_request *ret_request)
{
	struct login_request request = {.tries = TRIES_DEFAULT};
	struct pam_frame_item item;
	size_t offset = 0;
	uint64_t seen = 0;
	int r;

	if (frame->type != PAM_FRAME_BEGIN)
		return -EBADMSG;
	while ((r = pam_frame_next(frame, &offset, &seen, &item)) > 0) {
		r = parse_item(&item, &request);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (request.stage < PAM_STAGE_AUTH ||
	    request.stage > PAM_STAGE_ACCOUNT || request.tries < 1 ||
	    request.tries > TRIES_MAX || !request.user[0] ||
	    !request.service[0] || !request.factor[0])
		return -EBADMSG;

	*ret_request = request;
	return 0;
}
