/*
 * One answer to a prompt for a code, judged against a user's record: pure.
 * Time, window and keys are inputs; the record is changed in place and must be
 * committed before the result is told to anybody.
 *
 * What is decided in which order:
 *
 * 1. Read. 6 to 8 digits that a device of the user could show are a code;
 *    8 digits are one as well while the record holds imported scratch codes;
 *    16 base32 digits are a recovery code. Everything else is malformed, and
 *    no guess. Blanks, dashes and case make no other guess of the same digits.
 * 2. The clock. Behind its mark no code of a device is looked at: old ones
 *    would come alive again. Recovery and scratch codes need no clock.
 * 3. The budget: waits and sums for codes (factor/throttle.h), a budget of
 *    their own for recovery codes, which therefore still help a user whom
 *    somebody else's guesses keep waiting.
 * 4. Match. Every counter of the window of every enabled device is computed.
 *    The highest match of each device is looked at, and is good when it lies
 *    above what that device ever accepted. It is then used up, in every device
 *    that it matches.
 * 5. Count. A wrong code is one failure. A right but used one is not: it says
 *    nothing that its holder did not know, it stops matching when its step
 *    leaves the window, and to find one by guessing costs as many counted
 *    failures as to find a good one. Right ones clear the waits of both kinds
 *    of addresses and make their own address known.
 *
 * A recovery code used up burns the current and future steps of all devices,
 * because whoever needed it may have lost the phone a minute ago.
 *
 * Names that do not exist, and users without a device, are judged by the same
 * function with a record without devices, at the same cost and with the same
 * waits: it is taken to have one device of `digits` digits that never matches.
 */
#ifndef FACTOR_ATTEMPT_H
#define FACTOR_ATTEMPT_H

#include "config/config.h"
#include "users/user_record.h"

#define ATTEMPT_LOOK_AHEAD 10 /* HOTP counters after the last used one */

enum attempt_result {
	ATTEMPT_WRONG = 0, /* counted */
	ATTEMPT_RIGHT,
	ATTEMPT_RECOVERY,  /* right, by a recovery or scratch code */
	ATTEMPT_USED,	   /* right but used: not counted as a guess;
			    * retry_unix_s: when the next code comes */
	ATTEMPT_MALFORMED, /* not counted */
	ATTEMPT_WAIT,	   /* not looked at: retry_unix_s */
	ATTEMPT_CLOCK,	   /* clock behind the mark: no device looked at */
};

struct attempt {
	/* in */
	const char *answer; /* as typed */
	int64_t now_unix_s;
	bool clock_is_behind;		   /* clock_mark_check() */
	unsigned past_codes, future_codes; /* OTP_WINDOW_MAX at most */
	unsigned digits;     /* for a record without devices; 0: 6 */
	const char *address; /* numeric, from root's program; NULL: local */
	/* The peer is root. False: a stranger, whatever `address` says; also
	 * who runs as the user, for that may be somebody who has no more than
	 * his session, and must not use up his tries at sudo and ssh. */
	bool address_is_trusted;
	const struct secret *recovery_key; /* store_derive_key("recovery") */
	/* out */
	enum attempt_result result;
	bool record_changed;	       /* commit it before the result is told */
	char device[ID_BYTES_MAX + 1]; /* RIGHT, USED */
	int64_t retry_unix_s;
	unsigned recovery_left; /* after RECOVERY, both kinds */
	/* A code of notify/audit.h: "code-accepted", "recovery-accepted",
	 * "wrong-code", "recovery-wrong", "used-code", "malformed", "wait",
	 * "budget-day", "budget-month", "recovery-budget", "clock-behind". */
	const char *why;
};

/* He who asks is no stranger: he comes through root's program, and locally or
 * from an address of the record's that had a success in the last 30 days. */
bool attempt_is_known(
    const struct user_record *record, const struct attempt *attempt);

/* A success from there, where that is an address to be trusted. */
void
attempt_note_address(struct user_record *record, const struct attempt *attempt);

/* 0: attempt->result is set; < 0: could not find out (-ENOMEM, -EIO), and the
 * record must not be committed. */
int attempt_check(struct user_record *record, struct attempt *attempt);

/* The same for one device, enabled or not; no recovery or scratch codes. */
int attempt_check_device(
    struct user_record *record, struct device *device, struct attempt *attempt);

/* For answers that the caller judges himself (enrolment_resync()), within the
 * same budget: when it is admitted, he finds out, and then counts. */
bool attempt_is_admitted(struct user_record *record, struct attempt *attempt);
void attempt_count(
    struct user_record *record, struct attempt *attempt, bool is_right);

/* The wait before any answer is looked at, so that nobody is asked in vain:
 * 0 now, else the Unix second of the next try. A user who must wait for codes
 * can still use a recovery code, so this is 0 until both budgets are used up;
 * attempt_code_retry_unix_s() is the wait for codes alone, for a text to be
 * shown with the prompt. `answer` and the window are not looked at. */
int64_t attempt_retry_unix_s(
    const struct user_record *record, const struct attempt *attempt);
int64_t attempt_code_retry_unix_s(
    const struct user_record *record, const struct attempt *attempt);

#endif
