/*
 * One answer to a prompt for a code, judged against a user's record: pure.
 * Time, window and keys are inputs; the record is changed in place and must be
 * committed before the result is told to anybody.
 *
 * Read first, count after: what is not a code is no guess. Every step of the
 * window of every enabled device is computed; the highest match above the
 * device's last used step is spent. Recovery codes have a budget of their own
 * and are good without a right clock.
 */
#ifndef FACTOR_ATTEMPT_H
#define FACTOR_ATTEMPT_H

#include "config/config.h"
#include "users/record.h"

enum attempt_result {
	ATTEMPT_WRONG = 0, /* counted */
	ATTEMPT_RIGHT,
	ATTEMPT_RECOVERY,  /* right, by a recovery or scratch code */
	ATTEMPT_USED,	   /* right but used: not counted as a guess;
			    * retry_unix_s: when the next code comes */
	ATTEMPT_MALFORMED, /* not counted */
	ATTEMPT_WAIT,	   /* not looked at: retry_unix_s */
	ATTEMPT_CLOCK,	   /* clock behind the mark: not looked at */
};

struct attempt {
	/* in */
	const char *answer; /* as typed */
	int64_t now_unix_s;
	bool clock_is_behind;	   /* clock_mark_is_behind() */
	unsigned past_codes, future_codes;
	const char *address;	   /* numeric, from root's program; NULL: local */
	bool address_is_trusted;   /* false: the peer is not root */
	const struct secret *recovery_key; /* store_derive_key("recovery") */
	/* out */
	enum attempt_result result;
	char device[ID_BYTES_MAX + 1]; /* RIGHT, USED */
	int64_t retry_unix_s;
	unsigned recovery_left; /* after RECOVERY */
	const char *why;	/* static reason code, see notify/audit.h */
};

/* 0: attempt->result is set; < 0: could not find out (-ENOMEM, -EIO). On
 * ATTEMPT_RIGHT and ATTEMPT_RECOVERY throttle and addresses say so too. */
int attempt_check(struct user_record *record, struct attempt *attempt);

/* The wait before any answer is looked at, so that nobody is asked in vain:
 * 0 now, else the Unix second of the next try. */
int64_t attempt_retry_unix_s(
    const struct user_record *record, const struct attempt *attempt);

#endif
