/*
 * One ASK of authboxd's, put to the person (or to the stored password that
 * the line wants tried first), and the ANSWER to it.
 */
#ifndef PAM_AUTHBOX_ASK_H
#define PAM_AUTHBOX_ASK_H

#include <stdbool.h>

#include "pam_authbox/request.h"

/* `frame` holds an ASK and afterwards the ANSWER to send; `is_first` in this
 * stage. With a combined answer PAM_AUTHTOK becomes the password in it.
 *
 * 0; -ECANCELED: the person could not be asked, and `frame` says so to
 * authboxd; -EBADMSG: the ASK is malformed; -ENOMEM. */
int ask_answer(
    const struct request *request, bool is_first, struct pam_frame *frame);

#endif
