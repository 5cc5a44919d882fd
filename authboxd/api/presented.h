/*
 * A token that a caller presents: what every method that takes one does with
 * it, up to whose it is.
 */
#ifndef API_PRESENTED_H
#define API_PRESENTED_H

#include "api/refusal.h"
#include "config/config.h"
#include "token/tokens.h"
#include "wire/varlink.h"

struct presented {
	struct config *config;
	struct token_verdict verdict;
	enum refusal failure; /* what could not be found out, and why the call
			       * is answered */
	/* Not good, or nobody's: why, a code of audit_reasons[], and `user` is
	 * "". NULL: it is good, and `user`'s. */
	const char *why;
	char user[USER_NAME_BYTES_MAX + 1];
};

/* `introspector` may be NULL. `ret_presented` is zeroed and goes to
 * presented_done(), whatever is returned. 1: judged; 0: the call is answered,
 * as Unavailable; < 0. */
int presented_check(struct presented *ret_presented, struct varlink_call *call,
    const char *token, const char *introspector);

/* Answer as Unavailable, or what else the table says, and remember it. Always
 * 0. */
int presented_fail(struct presented *presented, struct varlink_call *call,
    enum refusal refusal);

void presented_done(struct presented *presented);

/* Answer as Unauthorized, with a code of audit_reasons[] and its meaning.
 * Always 0. */
int presented_refuse(struct varlink_call *call, const char *why);

#endif
