/*
 * Logins that just went through: whoever is in a session of this host that he
 * opened a moment ago by token or by code may exchange that for a local
 * session.
 *
 * Kept in memory, bounded, one per uid: the last one. Good once, so that
 * somebody who shares the uid and was quicker is noticed, and for as long as
 * the asker says.
 */
#ifndef LOGIN_FRESH_LOGIN_H
#define LOGIN_FRESH_LOGIN_H

#include <sys/types.h>

#include "config/config.h"

#define FRESH_UIDS_MAX 512

struct fresh_login {
	uid_t uid;
	char user[USER_NAME_BYTES_MAX + 1]; /* as NSS spells him */
	char service[64];
	int64_t at_ms;	   /* monotonic */
	int64_t at_unix_s; /* the same moment */
	/* What a token said; introspector "" and NULL: a login by code. */
	char introspector[ID_BYTES_MAX + 1];
	enum introspector_type type;
	cJSON *claims;
	int64_t expires_unix_s; /* of the token; INT64_MAX: it does not say */
};

void fresh_login_free(struct fresh_login *login); /* NULL is fine */
CLEANUP_DEFINE(fresh_login)

struct fresh;

struct fresh *fresh_new(void); /* NULL: no memory */
void fresh_free(struct fresh *fresh);
CLEANUP_DEFINE(fresh)

/* Takes `login`, in place of an older one of its uid. Where there is no room,
 * the oldest of all goes. */
void fresh_put(struct fresh *fresh, struct fresh_login *login);

/* 1: *ret_login is the caller's and no longer here; 0: there is none that began
 * at `since_ms` (monotonic) or later. */
int fresh_take(struct fresh *fresh, uid_t uid, int64_t since_ms,
    struct fresh_login **ret_login);

/* Forget a uid's, or with `uid` (uid_t)-2 (SESSION_ANY_UID) all. */
void fresh_forget(struct fresh *fresh, uid_t uid);

#endif
