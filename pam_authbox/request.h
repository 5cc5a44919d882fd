/*
 * What one line of a PAM stack wants to know of authboxd, and how that goes
 * into a BEGIN frame.
 */
#ifndef PAM_AUTHBOX_REQUEST_H
#define PAM_AUTHBOX_REQUEST_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "pam_authbox/options.h"
#include "wire/pam_frame.h"

struct request {
	pam_handle_t *pamh;
	const struct options *options;
	const struct options_factor *factor;
	enum pam_stage stage;
	bool is_silent;	       /* PAM_SILENT: show nothing but prompts */
	const char *user;      /* a copy of PAM_USER */
	const char *reference; /* of the auth stage; NULL: none */
};

/* A text item of the handle, lent; NULL: not set. */
const char *request_get_item(const struct request *request, int item);

/* The stored password that may stand for the first answer, lent; NULL: there
 * is none, the line does not want it, or it cannot be one, since a password
 * must not get about. `is_split`: only the code at its end will be sent. */
const char *
request_get_first_pass(const struct request *request, bool is_split);

/* Make `frame` the BEGIN of this request. -EMSGSIZE: it does not fit. */
int request_put(const struct request *request, struct pam_frame *frame);

#endif
