/*
 * Enrolment on a record: request, confirm, disable, resync: pure, with the new
 * key's bytes as an argument. Whether the caller may do it at all is decided
 * before: a user who has an enabled device must give a right answer
 * (attempt_check()) to request another one, or whoever holds his session could
 * make himself a second factor. On < 0 the record must not be committed.
 */
#ifndef FACTOR_ENROLMENT_H
#define FACTOR_ENROLMENT_H

#include "factor/attempt.h"

#define ENROLMENT_PENDING_S  900 /* a request that nobody confirmed is void */
#define ENROLMENT_RESYNC_MAX 100 /* HOTP counters that resync looks ahead */
#define ENROLMENT_DEVICE     "default"

struct enrolment_request {
	const char *device; /* name; "" or NULL: ENROLMENT_DEVICE */
	enum otp_type type;
	enum otp_algorithm algorithm;
	unsigned digits, period_s;
	const char *transport;	  /* "" or NULL: an app */
	const char *replaces;	  /* enabled device that goes on confirming, of
				   * this name or another; "" or NULL: none */
	const struct secret *key; /* OTP_KEY_BYTES_NEW random bytes */
	int64_t now_unix_s;
};

/* Add a device that is not enabled; a pending one of that name is replaced.
 * -EEXIST: one of that name is enabled and stays (already_enabled); -ENOENT:
 * what it replaces is not there; -ENOSPC: too many; -EINVAL: a name, number or
 * transport out of range; -ENOMEM. */
int enrolment_request(
    struct user_record *record, const struct enrolment_request *request);

/* The pending device, NULL: none, or its request is void. `device` NULL or "":
 * the only pending one. Lent. */
struct device *enrolment_find_pending(
    struct user_record *record, const char *device, int64_t now_unix_s);

/* Confirm the pending device by a code; its step is used up. The attempt's
 * budget and results are those of attempt_check(). -ENOENT: nothing pending
 * (not_requested). ATTEMPT_RIGHT: enabled now; the device it replaces is gone,
 * and so is every other pending one: what was requested before somebody had a
 * second factor must not be confirmed after. `device` as above. */
int enrolment_confirm(
    struct user_record *record, const char *device, struct attempt *attempt);

/* Remove a device after a right answer (attempt as for a login; recovery codes
 * count); with the last one go the recovery codes and what was remembered.
 * -ENOENT: no such device is enabled. `device` NULL or "": all of them. */
int enrolment_disable(
    struct user_record *record, const char *device, struct attempt *attempt);

/* Move an enabled HOTP device on by two codes that follow each other, found
 * within ENROLMENT_RESYNC_MAX counters. For TOTP the first code alone, used or
 * not, sets the last used step to the newest one of the window, so that a clock
 * that was once far ahead no longer shuts out: only root may call it then. One
 * with a transport needs no code, `first_code` NULL: nobody has one that is not
 * sent before it is in step. -ENOENT: no such device is enabled; else
 * attempt->result as above. `device` NULL or "": the only enabled one;
 * attempt->answer is not looked at. */
int enrolment_resync(struct user_record *record, const char *device,
    const char *first_code, const char *second_code, struct attempt *attempt);

#endif
