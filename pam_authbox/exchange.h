/*
 * One PAM stage with authboxd: BEGIN, then whatever it wants shown and asked,
 * until it has a verdict. Carries, and decides nothing.
 */
#ifndef PAM_AUTHBOX_EXCHANGE_H
#define PAM_AUTHBOX_EXCHANGE_H

#include "pam_authbox/request.h"

struct exchange_done {
	uint8_t verdict;  /* as received: may be unknown to verdict.h */
	bool is_for_user; /* it names the user that was asked about */
	char reference[PAM_REFERENCE_BYTES + 1]; /* "": none was given */
};

/* 0: authboxd reached a verdict. Failures are logged, except -ECANCELED, the
 * person could not be asked. -ENOMEM; -EPERM, -EBADMSG, -EMSGSIZE, -EPROTO,
 * -EPROTONOSUPPORT: not trusted or not understood; any other negative errno:
 * no answer. */
int exchange_run(const struct request *request, struct exchange_done *ret_done);

#endif
