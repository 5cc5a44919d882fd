#include "pam_authbox/request.h"

#include <errno.h>

#include "pam_authbox/answer.h"
#include "pam_authbox/terminal.h"

const char *
request_get_item(const struct request *request, int item)
{
	const void *text = NULL;

	/* What cannot be had is as good as not set. */
	return pam_get_item(request->pamh, item, &text) == PAM_SUCCESS ? text
								       : NULL;
}

const char *
request_get_first_pass(const struct request *request, bool is_split)
{
	const struct options *options = request->options;
	const char *stored;
	bool is_usable;

	if (!options->use_first_pass && !options->try_first_pass)
		return NULL;
	stored = request_get_item(request, PAM_AUTHTOK);
	if (!stored || !*stored)
		return NULL;

	if (is_split)
		is_usable = answer_ends_in_code(stored);
	else
		is_usable =
		    request->factor->is_free_text || answer_is_code(stored);
	return is_usable ? stored : NULL;
}

/* Looked at where a picture may come. Of somebody who is not at this host, the
 * terminal of the program, if it has one, is not that of the person. */
static uint32_t
flags_of_terminal(const struct request *request)
{
	const struct options *options = request->options;
	const char *rhost = request_get_item(request, PAM_RHOST);

	if (!options->device && !options->enrol)
		return 0;
	return rhost && *rhost ? 0 : terminal_flags();
}

static uint32_t
flags_of(const struct request *request)
{
	const struct options *options = request->options;
	bool asks_nobody = options->use_first_pass ||
			   request_get_first_pass(request, options->combined);
	uint32_t flags = 0;

	flags |= request->is_silent ? PAM_BEGIN_SILENT : 0;
	flags |= options->unmanaged_ignore ? PAM_BEGIN_UNMANAGED_IGNORE : 0;
	flags |= options->enrol ? PAM_BEGIN_ENROL : 0;
	flags |= options->combined ? PAM_BEGIN_COMBINED : 0;
	flags |= asks_nobody ? PAM_BEGIN_FIRST_PASS : 0;
	flags |= options->echo ? PAM_BEGIN_ECHO : 0;
	return flags | flags_of_terminal(request);
}

static int
put_numbers(const struct request *request, struct pam_frame *frame)
{
	/* A stored password gets no better by a second look at it. */
	uint8_t tries =
	    request->options->use_first_pass ? 1 : request->options->tries;
	int r;

	r = pam_frame_put_u8(frame, PAM_FIELD_STAGE, (uint8_t)request->stage);
	if (r == 0)
		r = pam_frame_put_u32(
		    frame, PAM_FIELD_FLAGS, flags_of(request));
	if (r == 0)
		r = pam_frame_put_u8(frame, PAM_FIELD_TRIES, tries);
	return r;
}

int
request_put(const struct request *request, struct pam_frame *frame)
{
	const struct options *options = request->options;
	const struct {
		enum pam_field field;
		const char *text;
	} texts[] = {
	    {PAM_FIELD_FACTOR, request->factor->name},
	    {PAM_FIELD_SERVICE, request_get_item(request, PAM_SERVICE)},
	    {PAM_FIELD_USER, request->user},
	    {PAM_FIELD_CONFIG, options->config},
	    {PAM_FIELD_RHOST, request_get_item(request, PAM_RHOST)},
	    {PAM_FIELD_TTY, request_get_item(request, PAM_TTY)},
	    {PAM_FIELD_RUSER, request_get_item(request, PAM_RUSER)},
	    {PAM_FIELD_SSH_AUTH, pam_getenv(request->pamh, "SSH_AUTH_INFO_0")},
	    {PAM_FIELD_PROMPT, options->prompt},
	    {PAM_FIELD_REFERENCE, request->reference},
	    {PAM_FIELD_INTROSPECTOR, options->introspector},
	    {PAM_FIELD_CLIENT, options->client},
	};
	int r;

	pam_frame_start(frame, PAM_FRAME_BEGIN);
	r = put_numbers(request, frame);
	for (size_t i = 0; r == 0 && i < sizeof(texts) / sizeof(*texts); i++)
		r = pam_frame_put_text(frame, texts[i].field, texts[i].text);
	return r;
}
