/*
 * Why a call about an enrolment was refused: one table from the reason to the
 * Varlink error, its word, the audit record and a sentence for the person.
 */
#ifndef API_REFUSAL_H
#define API_REFUSAL_H

#include "authbox/verdict.h"
#include "factor/attempt.h"

enum refusal {
	REFUSAL_NONE = 0,
	/* The code. */
	REFUSAL_WRONG,
	REFUSAL_USED,
	REFUSAL_MALFORMED,
	REFUSAL_WAIT,
	REFUSAL_CODE_MISSING,
	/* The state of the enrolment. */
	REFUSAL_ALREADY_ENABLED,
	REFUSAL_NOT_REQUESTED,
	REFUSAL_NOT_ENROLLED,
	REFUSAL_WHICH_DEVICE,
	REFUSAL_DEVICES_FULL,
	REFUSAL_BAD_TEXT, /* to be imported */
	REFUSAL_NO_SESSION,
	REFUSAL_SESSIONS_FULL,
	REFUSAL_OTHER_USER,
	REFUSAL_NOT_FRESH,
	/* Not for this caller, or not here. */
	REFUSAL_ENROLMENT_REQUIRED,
	REFUSAL_ROOT_ONLY,
	REFUSAL_INACTIVE,
	REFUSAL_UNKNOWN_USER,
	REFUSAL_SENDS_USED,
	REFUSAL_NO_WEBHOOK,
	REFUSAL_CONFIG_UNKNOWN,
	/* Could not find out. */
	REFUSAL_CLOCK,
	REFUSAL_CONFIG_INVALID,
	REFUSAL_OVERLOADED,
	REFUSAL_ISSUER,
	REFUSAL_NSS,
	REFUSAL_STORE,
	REFUSAL_STORE_KEY,
	REFUSAL_STORE_DAMAGED,
	REFUSAL_MEMORY,
	REFUSAL_COUNT,
};

struct refusal_entry {
	const char *error;  /* full Varlink error name */
	const char *reason; /* its `reason` */
	const char *audit;  /* a code of audit_reasons[] */
	enum verdict verdict;
	const char *message;
};

/* Lent. `refusal` is not REFUSAL_NONE. */
const struct refusal_entry *refusal_get(enum refusal refusal);

/* REFUSAL_NONE for ATTEMPT_RIGHT and ATTEMPT_RECOVERY. */
enum refusal refusal_of_attempt(enum attempt_result result);

/* Of a failed store, < 0; what is not known counts as REFUSAL_STORE. */
enum refusal refusal_of_errno(int error);

#endif
