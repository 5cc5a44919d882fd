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

/* journalctl MESSAGE_ID=… lists all audit records and nothing else. */
#define AUDIT_MESSAGE_ID "6f8dfa7341e4400ca9e523d87da84e4f"

/* NULL members are left out. Texts are escaped and cut here, not by the
 * caller; none of them may hold a secret. */
struct audit_record {
	const char *event; /* "login", "account", "requested", "enrolled",
			    * "disabled", "replaced", "reset", "resynced",
			    * "recovery", "imported", "session",
			    * "revoked", "authorize" */
	enum verdict verdict;
	const char *reason;   /* a code of audit_reasons[] */
	const char *user;     /* NULL or unknown users: "unknown user" */
	bool user_is_unknown; /* the name is not written: people type
			       * passwords there */
	const char *service, *rhost, *tty, *ruser, *config, *factor, *device;
	const char *detail;    /* a sentence for the admin, may be NULL */
	const char *reference; /* AUDIT_REFERENCE_DIGITS hex digits */
	uid_t peer_uid;
};

/* To the journal as fields AUTHBOX_*, or one line on standard error. Where the
 * peer is not root, the address that it claims does not stand in the message
 * after "from", so that nobody can have another's address banned. */
void audit_write(const struct audit_record *record);

/* A stable reason code, what it means, and what to do: for the man page,
 * `authboxctl` and troubleshooting. Ended by a NULL code. */
struct audit_reason {
	const char *code;
	const char *meaning; /* a phrase: it ends the record's message */
	const char *remedy;  /* whole sentences */
};
extern const struct audit_reason audit_reasons[];

/* Lent; NULL: no such code. */
const struct audit_reason *audit_find_reason(const char *code);

#endif
