/*
 * Access tokens: is this one good, whose is it. The front of the layer: which
 * introspector judges a token, with which keys or at which endpoint, and what
 * is remembered of the answer.
 */
#ifndef TOKEN_TOKENS_H
#define TOKEN_TOKENS_H

#include "config/config.h"
#include "token/session.h"

struct endpoints;
struct store;
struct tokens;
struct troubles;

/* Kept by reference: `store`, `fetch_socket`. NULL: no memory. */
struct tokens *tokens_new(struct store *store, const char *fetch_socket);

/* Waits for fetches under way. NULL is fine. */
void tokens_free(struct tokens *tokens);
CLEANUP_DEFINE(tokens)

/* For asking issuers other things (token/endpoint.h); lent. */
struct endpoints *tokens_get_endpoints(struct tokens *tokens);

/* What came out. Claims exist only as the result of a verification that
 * succeeded: `claims` is NULL unless `is_active`. */
struct token_verdict {
	bool is_active;
	bool is_session; /* a local one: claims are those it was made from */
	const char *why; /* a code of audit_reasons[] */
	char introspector[ID_BYTES_MAX + 1];
	enum introspector_type type;
	cJSON *claims; /* of a JWT, or the whole answer of RFC 7662; of a
			* session from a login by code NULL */
	int64_t expires_unix_s; /* INT64_MAX: the issuer does not say */
	/* Of a session: whom it was made for. The name must still have this
	 * uid; SESSION_NO_UID: it was made for a user without a Unix account.
	 */
	char session_user[USER_NAME_BYTES_MAX + 1];
	uid_t session_uid;
	int64_t session_created_unix_s;
	char session_id[SESSION_ID_DIGITS + 1];
};

void token_verdict_done(struct token_verdict *verdict);

/* Judge a token. `introspector`: the one that must, by id; NULL or "": the one
 * that the token itself leads to. 0: the verdict is set; -EHOSTUNREACH,
 * -ETIMEDOUT, …: the issuer cannot answer, which says nothing about the token;
 * -ENOMEM; < 0 as the store. */
int tokens_check(struct tokens *tokens, struct config *config,
    const char *introspector, const struct secret *token, int64_t deadline_ms,
    struct token_verdict *ret_verdict);

/* The same for an ID token, which is good only where the provider gave it to
 * authboxd itself, never at a prompt. `introspector` is one for JWTs, and its
 * identity_provider has a client.id, the audience that the token must have. */
int tokens_check_id_token(struct tokens *tokens, struct config *config,
    const struct token_introspector *introspector, const struct secret *token,
    int64_t deadline_ms, struct token_verdict *ret_verdict);

#define TOKEN_ANY_UID SESSION_ANY_UID

/* Whose a token is. The name must still have `uid`, which it had when token and
 * user were linked; TOKEN_ANY_UID: nothing says which; SESSION_NO_UID: it must
 * have no Unix account. */
struct token_user {
	char name[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	bool is_by_rule; /* the introspector's, which knows no users */
};

/* Whose token it is: a declared User by box_user or sub, where the
 * introspector may name users; or the user linked to (iss, sub), by the
 * configuration or by the store; or by the introspector's rule for names; or a
 * session's own. 1: *ret_user; 0: nobody's, and *ret_why says why
 * ("token-no-user", "inactive"); < 0 as the store. */
int tokens_find_user(struct tokens *tokens, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why);

/* What the provider says of an active JWT's user: its userinfo endpoint, asked
 * with the token itself, or the claims, as userinfo-source has it. `token` may
 * be NULL where the claims are wanted. 1: *ret_info, an object whose `sub` is
 * the token's, is the caller's; 0: *ret_why says why there is none
 * ("userinfo-malformed", "userinfo-other-subject", "user-gone"); -EDESTADDRREQ:
 * no endpoint is known, logged; < 0 as tokens_check(). */
int tokens_find_info(struct tokens *tokens, struct config *config,
    const struct token_verdict *verdict, const struct secret *token,
    int64_t deadline_ms, cJSON **ret_info, const char **ret_why);

/* Issuer and subject that a user is linked by, lent: 1; 0: the token has none.
 */
int tokens_get_subject(const struct config *config,
    const struct token_verdict *verdict, const char **ret_issuer,
    const char **ret_subject);

/* Which issuers gave no good answer lately (net/troubles.h); lent. */
struct troubles *tokens_get_troubles(struct tokens *tokens);

struct tokens_stats {
	uint64_t verified, refused, unreachable, fetches, cache_hits;
};
void tokens_stats(struct tokens *tokens, struct tokens_stats *ret_stats);

#endif
