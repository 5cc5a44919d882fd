/*
 * The audit record: exactly one for each decision about a login or a change of
 * enrolment. The user gets a short neutral text with the reference; the reason
 * is the admin's.
 */
#ifndef NOTIFY_AUDIT_H
#define NOTIFY_AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "authbox/verdict.h"

#define AUDIT_REFERENCE_DIGITS 8 /* shown to people: "reference 3f9a01c2" */

/* NULL members are left out. Texts are escaped here, not by the caller. */
struct audit_record {
	const char *event;    /* "login", "account", "enrolled", "disabled", … */
	enum verdict verdict;
	const char *reason;   /* a code of audit_reasons[] */
	const char *user;     /* NULL or unknown users: "unknown user" */
	bool user_is_unknown; /* the name is not written: people type
			       * passwords there */
	const char *service, *rhost, *tty, *ruser, *config, *factor, *device;
	const char *detail;   /* a sentence for the admin, may be NULL */
	const char *reference; /* AUDIT_REFERENCE_DIGITS hex digits */
	uid_t peer_uid;
};

void audit_write(const struct audit_record *record);

/* A stable reason code, what it means, and what to do: for the man page,
 * `authboxctl` and troubleshooting. Ended by a NULL code. */
struct audit_reason {
	const char *code;
	const char *meaning;
	const char *remedy;
};
extern const struct audit_reason audit_reasons[];

/* Lent; NULL: no such code. */
const struct audit_reason *audit_find_reason(const char *code);

#endif
