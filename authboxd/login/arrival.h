/*
 * A user who comes by token and whom this host has created, or shall create.
 *
 * In auth he is only prepared: what the provider says of him is fetched, and
 * the policies see him as he shall be. He becomes real in account
 * (login/creation.h), after the whole stack and the policies have said yes.
 */
#ifndef LOGIN_ARRIVAL_H
#define LOGIN_ARRIVAL_H

struct login;
struct token_user;
struct token_verdict;
struct accounts_refusal;

enum arrival {
	ARRIVAL_NONE = 0, /* nobody who was created, or not by token */
	ARRIVAL_STALE,	  /* he is there; the provider was not asked */
	ARRIVAL_FRESH,	  /* he is there; as the provider says he is now */
	ARRIVAL_NEW,	  /* he is not there yet */
};

/* Load the record of the user that this login is about into login->person: of
 * nobody else's uid, and only where users are created at all. 0; < 0 as the
 * store. */
int arrival_find_person(struct login *login);

/* The token is nobody's yet, and *ret_why says so. 1: a user shall be created,
 * login->person is how, and *ret_user; 0: none shall, and *ret_why says why, a
 * code of audit_reasons[], or is NULL: a verdict is reached; < 0: could not
 * find out. */
int
arrival_of_stranger(struct login *login, const struct token_verdict *verdict,
    struct token_user *ret_user, const char **ret_why);

/* The token is linked to `user`. Where he was created, login->person becomes
 * what the provider says of him now. 1: go on; 0: *ret_why; < 0. */
int arrival_of_user(struct login *login, const struct token_verdict *verdict,
    const struct token_user *user, const char **ret_why);

/* The code of audit_reasons[] for what authbox-userdb said no to. Static. */
const char *arrival_reason(const struct accounts_refusal *refusal);

/* The groups that a created user has, or shall have, for policies: `names` are
 * those that NSS tells of him (NULL: none). 0: *ret_names, for
 * nss_group_names_free(); -ENOMEM. */
int arrival_copy_groups(
    const struct login *login, char *const *names, char ***ret_names);

#endif
