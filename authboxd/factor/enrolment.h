/*
 * Enrolment on a record: request, confirm, disable, replace, resync: pure,
 * with the new key's bytes as an argument.
 */
#ifndef FACTOR_ENROLMENT_H
#define FACTOR_ENROLMENT_H

#include "factor/attempt.h"

#define ENROLMENT_PENDING_S 900 /* a request that nobody confirmed is void */

struct enrolment_request {
	const char *device;	/* name; "" or NULL: "default" */
	enum otp_type type;
	enum otp_algorithm algorithm;
	unsigned digits, period_s;
	const char *transport;	/* "" or NULL: an app */
	const char *replaces;	/* device to go on confirming; NULL: none */
	const struct secret *key; /* OTP_KEY_BYTES_NEW random bytes */
	int64_t now_unix_s;
};

/* Add a device that is not enabled; a pending one of that name is replaced.
 * -EEXIST: one of that name is enabled (already_enabled); -ENOSPC: too many;
 * -EINVAL: a name, number or transport out of range; -ENOMEM. */
int enrolment_request(
    struct user_record *record, const struct enrolment_request *request);

/* Confirm the pending device by a code; its step is used up. The attempt's
 * budget and results are those of attempt_check(). -ENOENT: nothing pending
 * (not_requested). ATTEMPT_RIGHT: enabled now; the device it replaces is gone,
 * and so is every other pending one: what was requested before somebody had a
 * second factor must not be confirmed after. `device` NULL: the only pending
 * one. */
int enrolment_confirm(struct user_record *record, const char *device,
    struct attempt *attempt);

/* Remove every device and code after a right answer (attempt as for a login;
 * recovery codes count). -ENOENT: not enrolled. `device` NULL: all. */
int enrolment_disable(struct user_record *record, const char *device,
    struct attempt *attempt);

/* Move an enabled HOTP device on by two codes that follow each other, found
 * within 100 counters; for TOTP set the last used step to the newest code of
 * the window, so that a clock that was once far ahead no longer shuts out.
 * -ENOENT; attempt->result as above. TOTP: only root may call it. */
int enrolment_resync(struct user_record *record, const char *device,
    const char *first_code, const char *second_code, struct attempt *attempt);

#endif
