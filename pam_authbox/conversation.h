/*
 * The host's conversation function (pam_conv(3)), one message per call: hosts
 * differ in how they read an array of several, and some refuse more than 32.
 *
 * The host may fail, may return nothing, or may answer with something that no
 * person typed; all of that is -ECANCELED here or a text to be judged.
 */
#ifndef PAM_AUTHBOX_CONVERSATION_H
#define PAM_AUTHBOX_CONVERSATION_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_modules.h>

static inline void
conversation_wipe(char **typed)
{
	if (*typed)
		explicit_bzero(*typed, strlen(*typed));
	free(*typed);
}

/* A text that was typed, or shown and may be a secret: wiped on every way out.
 */
#define AUTO_TYPED __attribute__((cleanup(conversation_wipe))) char *

/* Show a line or more of text. 0 or -ECANCELED. */
int conversation_tell(pam_handle_t *pamh, bool is_error, const char *text);

/* Ask. 0: *ret_typed is the answer, the caller's, for AUTO_TYPED; or
 * -ECANCELED. */
int conversation_ask(
    pam_handle_t *pamh, bool echo, const char *prompt, char **ret_typed);

#endif
