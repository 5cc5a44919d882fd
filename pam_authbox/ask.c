#include "pam_authbox/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pam_authbox/answer.h"
#include "pam_authbox/conversation.h"
#include "pam_authbox/texts.h"

struct ask {
	char *prompt;
	uint8_t echo;
	uint8_t split_digits;
};

static void
ask_free_texts(struct ask *ask)
{
	free(ask->prompt);
}
#define AUTO_ASK __attribute__((cleanup(ask_free_texts))) struct ask

static int
read_item(const struct pam_frame_item *item, struct ask *ask)
{
	switch (item->field) {
	case PAM_FIELD_PROMPT:
		return texts_copy(item, &ask->prompt);
	case PAM_FIELD_ECHO:
		return pam_frame_item_u8(item, &ask->echo);
	case PAM_FIELD_SPLIT_DIGITS:
		return pam_frame_item_u8(item, &ask->split_digits);
	default:
		return 0; /* a text, shown later */
	}
}

/* Read all of it before anything is shown. */
static int
read_ask(const struct pam_frame *frame, unsigned split_max, struct ask *ask)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	int r;

	do {
		r = pam_frame_next(frame, &offset, &seen, &item);
		if (r == 0)
			break;
		if (r > 0)
			r = read_item(&item, ask);
		if (r < 0)
			return r;
	} while (true);

	if (!ask->prompt || ask->echo > 1 || ask->split_digits > split_max)
		return -EBADMSG;
	return 0;
}

static int
copy_first_pass(const char *first_pass, bool is_code, char **ret_typed)
{
	*ret_typed = strdup(first_pass);
	if (!*ret_typed)
		return -ENOMEM;
	if (is_code)
		answer_drop_blanks(*ret_typed);
	return 0;
}

/* *ret_typed stays NULL when the line forbids to ask anybody. */
static int
get_typed(const struct request *request, const struct ask *ask, bool is_first,
    const struct pam_frame *frame, char **ret_typed)
{
	bool is_split = ask->split_digits > 0;
	const char *first_pass =
	    is_first ? request_get_first_pass(request, is_split) : NULL;
	int r;

	if (first_pass)
		return copy_first_pass(first_pass,
		    !is_split && !request->factor->is_free_text, ret_typed);
	r = texts_tell(request, frame);
	if (r < 0 || request->options->use_first_pass)
		return r;
	return conversation_ask(
	    request->pamh, ask->echo, ask->prompt, ret_typed);
}

/* Leave what stands in front of the code to the password module behind us. */
static int
keep_password(pam_handle_t *pamh, const char *typed, size_t size)
{
	AUTO_TYPED password = strndup(typed, size);
	int code;

	if (!password)
		return -ENOMEM;
	code = pam_set_item(pamh, PAM_AUTHTOK, password);
	return code == PAM_SUCCESS ? 0 : -ENOMEM;
}

static int
put_answer(struct pam_frame *frame, const char *text, uint32_t flags)
{
	int r;

	pam_frame_start(frame, PAM_FRAME_ANSWER);
	r = pam_frame_put_text(frame, PAM_FIELD_ANSWER, text);
	if (r == 0 && flags)
		r = pam_frame_put_u32(frame, PAM_FIELD_ANSWER_FLAGS, flags);
	return r;
}

int
ask_answer(
    const struct request *request, bool is_first, struct pam_frame *frame)
{
	unsigned split_max = request->options->combined ? ANSWER_DIGITS_MAX : 0;
	AUTO_ASK ask = {0};
	AUTO_TYPED typed = NULL;
	struct answer answer;
	int r;

	r = read_ask(frame, split_max, &ask);
	if (r < 0)
		return r;
	r = get_typed(request, &ask, is_first, frame, &typed);
	if (r == -ECANCELED)
		/* It is small and fits. */
		(void)put_answer(frame, "", PAM_ANSWER_CANCEL);
	if (r < 0)
		return r;

	answer_read(typed, ask.split_digits, &answer);
	if (typed && ask.split_digits)
		r = keep_password(request->pamh, typed, answer.rest_bytes);
	return r < 0 ? r : put_answer(frame, answer.text, answer.flags);
}
