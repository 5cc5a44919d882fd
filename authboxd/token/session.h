/*
 * Local sessions: a good token, or a login by code, exchanged for a short token
 * of our own that fits every prompt. The store keeps its SHA-256, never the
 * token itself.
 *
 * A session is for one name and uid; who looks it up must make sure that the
 * name still has this uid. It never outlives the token it was made from.
 */
#ifndef TOKEN_SESSION_H
#define TOKEN_SESSION_H

#include <sys/types.h>

#include "config/config.h"

struct store;

#define SESSION_PREFIX	     "abx_"
#define SESSION_TOKEN_LENGTH (4 + 32) /* 160 random bits in base32 */
#define SESSION_ID_DIGITS    16
#define SESSIONS_MAX	     10000
#define SESSIONS_PER_UID_MAX 32

#define SESSION_NO_UID	((uid_t)-1) /* a user without a Unix account */
#define SESSION_ANY_UID ((uid_t)-2) /* to list and revoke: everybody's */

struct session {
	char id[SESSION_ID_DIGITS + 1]; /* to list and revoke by; no secret */
	char user[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	int64_t created_unix_s, expires_unix_s;
	/* What it was made from; "" and NULL: a login by code. */
	char introspector[ID_BYTES_MAX + 1];
	enum introspector_type type;
	cJSON *claims;
};

/* Frees what is inside. */
void session_done(struct session *session);

/* Whether a token can only be one of ours: it is never sent to an issuer. */
bool session_has_prefix(const char *token);

/* Keep a session as given (`id` and `created_unix_s` are not looked at;
 * `expires_unix_s` is in the future and no later than the token's). 0:
 * *ret_token is the caller's, the only copy there ever is; *ret_id. -ENOSPC:
 * the user, or the host, has as many as there may be; -EINVAL: it has expired;
 * < 0 as the store. */
int session_create(struct store *store, const struct session *given,
    int64_t now_unix_s, struct secret **ret_token,
    char ret_id[SESSION_ID_DIGITS + 1]);

/* 1: *ret_session, for session_done(); 0: there is none, or no more; < 0 as
 * the store. */
int session_find(struct store *store, const char *token, int64_t now_unix_s,
    struct session *ret_session);

/* Call `each` for the sessions of a uid that are still good; another value
 * than 0 stops and is returned. */
int session_list(struct store *store, uid_t uid, int64_t now_unix_s,
    int (*each)(void *context, const struct session *session), void *context);

/* 1: gone; 0: `uid` has no session of that id. */
int session_revoke(struct store *store, uid_t uid, const char *id);

/* *ret_count: how many are gone. `user` NULL: of any name. */
int session_revoke_all(
    struct store *store, uid_t uid, const char *user, size_t *ret_count);

#endif
