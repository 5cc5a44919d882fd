/* What a module asks: the BEGIN frame as a struct. */
#ifndef LOGIN_LOGIN_REQUEST_H
#define LOGIN_LOGIN_REQUEST_H

#include <stdint.h>

#include "authbox/pam_protocol.h"
#include "base/text.h"

struct pam_frame;

/* Texts are as the program gave them, "" when left out; nothing in them is
 * trusted but what the peer's uid allows. */
struct login_request {
	enum pam_stage stage;
	char factor[16];
	char service[64];
	char user[USER_NAME_BYTES_MAX + 1];
	char config[ID_BYTES_MAX + 1];
	char client[ID_BYTES_MAX + 1];
	char introspector[ID_BYTES_MAX + 1];
	char rhost[256];
	char tty[64];
	char ruser[256];
	char ssh_auth[4096];
	char prompt[128];
	char reference[PAM_REFERENCE_BYTES + 1];
	uint32_t flags; /* enum pam_begin_flag */
	unsigned tries; /* 1 to 10 */
};

/* Read all of it, or none. -EBADMSG: not a BEGIN frame, or a field is missing,
 * too long or out of range. */
int login_request_parse(
    const struct pam_frame *frame, struct login_request *ret_request);

#endif
