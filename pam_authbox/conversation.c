#include "pam_authbox/conversation.h"

#include <errno.h>

#include "base/cleanup.h"

static int
converse(pam_handle_t *pamh, int style, const char *text, char **ret_typed)
{
	const struct pam_message message = {.msg_style = style, .msg = text};
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	const struct pam_conv *conv;
	const void *item = NULL;

	*ret_typed = NULL;
	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || !item)
		return -ECANCELED;
	conv = item;
	/* After a failure the response is undefined: it is not looked at. */
	if (!conv->conv || conv->conv(1, &messages, &response,
			       conv->appdata_ptr) != PAM_SUCCESS)
		return -ECANCELED;

	if (response)
		*ret_typed = TAKE(response->resp);
	free(response);
	return 0;
}

int
conversation_tell(pam_handle_t *pamh, bool is_error, const char *text)
{
	AUTO_TYPED typed = NULL;

	return converse(
	    pamh, is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO, text, &typed);
}

int
conversation_ask(
    pam_handle_t *pamh, bool echo, const char *prompt, char **ret_typed)
{
	int r;

	r = converse(pamh, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF,
	    prompt, ret_typed);
	return r == 0 && !*ret_typed ? -ECANCELED : r;
}
