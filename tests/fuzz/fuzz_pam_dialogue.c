/*
 * Any ASK, put to a person who types anything: the ANSWER is sound, says no
 * more than what was typed, and of a combined answer nothing but the code.
 *
 * Input: a byte of choices, a byte that says how many bytes follow which are
 * typed, and the body of the ASK. libpam is played by this file.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pam_authbox/ask.h"

enum choice {
	CHOICE_COMBINED = 1 << 0,
	CHOICE_FAILS = 1 << 1,
	CHOICE_SILENT = 1 << 2,
	CHOICE_USE_FIRST_PASS = 1 << 3,
	CHOICE_TRY_FIRST_PASS = 1 << 4,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct person {
	uint8_t choices;
	char typed[256];
	unsigned prompts;
};

struct pam_handle {
	struct pam_conv conv;
	char authtok[256]; /* the first pass, then what is left of an answer */
};

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

int
pam_get_item(const pam_handle_t *pamh, int item, const void **ret)
{
	if (item != PAM_CONV && item != PAM_AUTHTOK)
		return PAM_BAD_ITEM;
	*ret = item == PAM_CONV ? (const void *)&pamh->conv : pamh->authtok;
	return PAM_SUCCESS;
}

int
pam_set_item(pam_handle_t *pamh, int item, const void *text)
{
	demand(item == PAM_AUTHTOK && strlen(text) < sizeof(pamh->authtok));
	memcpy(pamh->authtok, text, strlen(text) + 1);
	return PAM_SUCCESS;
}

const char *
pam_getenv(pam_handle_t *pamh, const char *name)
{
	(void)pamh;
	(void)name;
	return NULL;
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret_response, void *context)
{
	struct person *person = context;

	demand(count == 1 && messages[0]->msg);
	for (const char *c = messages[0]->msg; *c; c++)
		demand((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t');
	if (messages[0]->msg_style == PAM_TEXT_INFO ||
	    messages[0]->msg_style == PAM_ERROR_MSG) {
		demand(!(person->choices & CHOICE_SILENT));
		return PAM_SUCCESS;
	}
	demand(!(person->choices & CHOICE_USE_FIRST_PASS));
	person->prompts++;
	if (person->choices & CHOICE_FAILS)
		return PAM_CONV_ERR;
	*ret_response = calloc(1, sizeof(**ret_response));
	demand(*ret_response);
	(*ret_response)->resp = strdup(person->typed);
	return PAM_SUCCESS;
}

static bool
is_code(const char *text)
{
	return strlen(text) <= 8 && strspn(text, "0123456789") == strlen(text);
}

/* What was sent and what was kept make up what was typed (or stored). */
static void
check_answer(const struct pam_frame *frame, const struct person *person,
    const struct pam_handle *pamh, bool is_cancelled)
{
	const char *given = person->typed;
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0, size = strlen(given);
	char text[sizeof(person->typed)];

	demand(frame->type == PAM_FRAME_ANSWER);
	demand(pam_frame_next(frame, &offset, &seen, &item) == 1);
	demand(item.field == PAM_FIELD_ANSWER);
	demand(pam_frame_item_text(&item, text, sizeof(text)) == 0);
	if (is_cancelled || *given == '\b')
		demand(item.size == 0);
	/* Nobody was asked: the stored password went, and only as a code. */
	if (person->prompts == 0)
		demand(is_code(text));
	else
		demand(
		    item.size <= size && streq(text, given + size - item.size));
	if (person->prompts > 0 && item.size < size && item.size > 0)
		demand(
		    is_code(text) && strlen(pamh->authtok) == size - item.size);
}

static void
ask(struct person *person, struct pam_frame *frame)
{
	const struct options options = {
	    .combined = person->choices & CHOICE_COMBINED,
	    .use_first_pass = person->choices & CHOICE_USE_FIRST_PASS,
	    .try_first_pass = person->choices & CHOICE_TRY_FIRST_PASS,
	};
	struct pam_handle pamh = {.conv = {converse, person}};
	struct request request = {
	    .pamh = &pamh,
	    .options = &options,
	    .factor = options_factor(&options),
	    .stage = PAM_STAGE_AUTH,
	    .is_silent = person->choices & CHOICE_SILENT,
	    .user = "alice",
	};
	int r;

	memcpy(pamh.authtok, person->typed, sizeof(pamh.authtok));
	r = ask_answer(&request, true, frame);
	demand(r == 0 || r == -ECANCELED || r == -EBADMSG || r == -ENOMEM);
	if (r == 0 || r == -ECANCELED)
		check_answer(frame, person, &pamh, r == -ECANCELED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct person person = {0};
	struct pam_frame *frame;
	size_t typed;

	if (size < 2 || size - 2 < data[1])
		return 0;
	person.choices = data[0];
	typed = data[1];
	memcpy(person.typed, data + 2, typed);
	size -= 2 + typed;
	if (size > PAM_FRAME_BODY_MAX)
		size = PAM_FRAME_BODY_MAX;

	frame = malloc(sizeof(*frame));
	demand(frame);
	pam_frame_start(frame, PAM_FRAME_ASK);
	memcpy(frame->bytes + PAM_HEADER_BYTES, data + 2 + typed, size);
	frame->size = size;
	ask(&person, frame);
	free(frame);
	return 0;
}
