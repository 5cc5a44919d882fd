/*
 * What was prepared in auth and becomes real in account: only then has the
 * whole auth stack, the password included, said yes. Kept in memory, bounded,
 * bound to user, service and peer, good once and for PENDING_TTL_S.
 *
 * Programs that never come to account leave theirs here. So what a token said
 * waits as text, some quarter of the tree, and the oldest go when they are too
 * old, too many or too large together. Anybody may ask about himself with a
 * program of his own, as often as he likes: so to those that are none of root's
 * no login of root's programs gives way.
 */
#ifndef LOGIN_PENDING_H
#define LOGIN_PENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "authbox/pam_protocol.h"
#include "login/arrival.h"
#include "users/person.h"
#include "users/user_record.h"

#define PENDING_TTL_S			300
#define PENDING_CLAIMS_BYTES_MAX	33554432 /* of all together */
/* Of those of them that are none of root's programs. */
#define PENDING_CLAIMS_BYTES_OTHERS_MAX (PENDING_CLAIMS_BYTES_MAX / 4)

struct pending_login {
	char reference[PAM_REFERENCE_BYTES + 1];
	char *user, *service; /* as PAM gave them */
	uid_t peer_uid;
	char client[ID_BYTES_MAX + 1]; /* that auth spoke for; "": none */
	/* pending.c's, while it waits. */
	int64_t expires_ms; /* monotonic */
	struct pending_login *older, *newer;
	char *claims_text; /* in place of `claims` */
	size_t claims_bytes;
	/* A device confirmed in the dialogue and its recovery codes, in a
	 * record of its own; NULL: none. */
	struct user_record *enrolment;
	char remember[RECORD_ADDRESS_BYTES]; /* address; "": do not remember */
	unsigned remember_s;
	/* A device login came from there; "": not from an address. */
	char device_address[RECORD_ADDRESS_BYTES];
	bool is_by_code; /* of a device that was enrolled before */
	/* A login by token, and what the token said. */
	bool is_by_token;
	bool is_by_session; /* by a local one */
	int64_t session_created_unix_s;
	char introspector[ID_BYTES_MAX + 1];
	int64_t expires_unix_s; /* of the token; INT64_MAX: it does not say */
	cJSON *claims;		/* NULL: nothing */
	bool claims_are_jwt;
	/* The created user that it leads to, or is to be created; NULL: none.
	 */
	struct person *person;
	enum arrival arrival;
};

void pending_login_free(struct pending_login *login); /* NULL is fine */
CLEANUP_DEFINE(pending_login)

struct pending;

struct pending_stats {
	size_t logins, claims_bytes; /* that wait */
};
struct pending *pending_new(void); /* NULL: no memory */
void pending_free(struct pending *pending);
CLEANUP_DEFINE(pending)

/* Takes `login`. When its neighbourhood is full the oldest there is dropped,
 * and the oldest of its kind while claims take too much: those logins must
 * begin again. */
void pending_put(struct pending *pending, struct pending_login *login);

/* 1: *ret_login is the caller's and no longer here; 0: unknown, used or too
 * old; -ENOMEM: it is not here any more, either. */
int pending_take(struct pending *pending, const char *reference,
    struct pending_login **ret_login);

void pending_stats(struct pending *pending, struct pending_stats *ret_stats);

#endif
