#include "login/token_admission.h"

#include <errno.h>
#include <stdio.h>

#include "login/code_proof.h"
#include "login/login.h"
#include "login/pending.h"
#include "login/trace.h"
#include "token/digest.h"
#include "token/tokens.h"
#include "users/person.h"

#define HASH_DIGITS 8	 /* of a token's SHA-256, in records */
#define SYSTEM_UIDS 1000 /* below: accounts of the system */

void
token_admission_describe(
    struct login *login, const char *token, const struct token_verdict *verdict)
{
	char hash[DIGEST_DIGITS + 1] = "";

	(void)digest_hex(token, hash); /* or the record has none */
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "token %.*s, introspector %s", HASH_DIGITS, hash,
	    verdict->introspector[0] ? verdict->introspector : "none");
	trace_step(login, "%s: %s", login->result.detail,
	    verdict->is_active ? "good" : verdict->why);
}

static const char *
session_by(bool is_session, const char *introspector)
{
	return !is_session ? NULL : *introspector ? "token" : "code";
}

struct policy_claims
token_admission_claims_of_verdict(const struct token_verdict *verdict)
{
	return (struct policy_claims){
	    .claims = verdict->claims,
	    .are_jwt = verdict->type == INTROSPECTOR_JWT,
	    .session_by =
		session_by(verdict->is_session, verdict->introspector),
	    .session_created_unix_s = verdict->session_created_unix_s,
	};
}

struct policy_claims
token_admission_claims_of_pending(const struct pending_login *pending)
{
	return (struct policy_claims){
	    .claims = pending->claims,
	    .are_jwt = pending->claims_are_jwt,
	    .session_by =
		session_by(pending->is_by_session, pending->introspector),
	    .session_created_unix_s = pending->session_created_unix_s,
	};
}

int
token_admission_fault(int error)
{
	switch (error) {
	case -ENOMEM:
	case -EIO:
	case -ENOSPC:
	case -ENOKEY:
	case -EBADMSG:
		return error;
	default:
		/* Who is late or not there is the issuer, not the person. */
		return -EHOSTUNREACH;
	}
}

/* A name alone never reaches an account of the system. */
static bool
may_be_reached(const struct login *login)
{
	const struct declared_user *declared =
	    config_find_user(login->config, login->request->user);

	return login->user.uid >= SYSTEM_UIDS ||
	       (declared && declared->allow_system);
}

/* He was created, or is to be, and nobody sees his Unix account yet. */
static bool
has_unseen_account(const struct login *login)
{
	return login->arrival != ARRIVAL_NONE && login->person &&
	       login->person->uid != PERSON_NO_UID;
}

/* A session is bound to name and uid, as a record is. */
static bool
session_is_of(const struct token_verdict *verdict, const struct login *login)
{
	if (!verdict->is_session)
		return true;
	return login->user_is_known ? verdict->session_uid == login->user.uid
				    : verdict->session_uid == SESSION_NO_UID;
}

/* Who is linked must be who he was then. Of a name that has no uid now, a
 * created user may have one that nobody sees yet. */
static bool
link_is_of(const struct token_user *user, const struct login *login)
{
	if (user->uid == TOKEN_ANY_UID)
		return true;
	if (login->user_is_known)
		return login->user.uid == user->uid;
	return user->uid == SESSION_NO_UID ||
	       (login->person && login->person->uid == user->uid);
}

/* Why the token of `user` does not open the account asked for, NULL: it does.
 */
static const char *
user_fault(const struct login *login, const struct token_verdict *verdict,
    const struct token_user *user)
{
	bool has_account = login->user_is_known || has_unseen_account(login);

	if (!streq(user->name, login->request->user) ||
	    !session_is_of(verdict, login) || !link_is_of(user, login))
		return "token-other-user";
	if (login->user_is_inactive)
		return "inactive";
	if (!has_account)
		return config_client_serves_without_account(
			   login->client, login->request->service)
			   ? NULL
			   : "unknown-user";
	return !login->user_is_known || may_be_reached(login)
		   ? NULL
		   : "system-account";
}

/* One from a login by code, for as long as that counts. */
static int
session_stands(const struct login *login, const struct token_verdict *verdict)
{
	if (!verdict->is_session || *verdict->introspector)
		return 1;
	return login->user_is_known
		   ? code_proof_stands(login->daemon->store, login->user.name,
			 login->user.uid, verdict->session_created_unix_s)
		   : 0;
}

/* A link to one who was nobody when this login began: another first login of
 * his, which did not wait as long at its prompt, has made him. 1; 0: a verdict
 * is reached; < 0. */
static int
meet_user(struct login *login, const struct token_user *user)
{
	if (login->user_is_known || login->person ||
	    user->uid == TOKEN_ANY_UID ||
	    !streq(user->name, login->request->user))
		return 1;
	return login_find_user_again(login, user->uid);
}

/* Whose it is, or will be. 1: *ret_user; 0: *ret_why, or a verdict; < 0. */
static int
find_user(struct login *login, const struct token_verdict *verdict,
    struct token_user *ret_user, const char **ret_why)
{
	int r;

	r = tokens_find_user(
	    login->daemon->tokens, login->config, verdict, ret_user, ret_why);
	if (r < 0)
		return r;
	/* A rule only says how a user is called, if there is one. */
	if (r > 0 && ret_user->is_by_rule && !login->user_is_known) {
		*ret_why = "unknown-user";
		r = arrival_of_stranger(login, verdict, ret_user, ret_why);
		return r == 0 && *ret_why && streq(*ret_why, "unknown-user")
			   ? 1
			   : r;
	}
	if (r > 0) {
		*ret_why = NULL;
		r = meet_user(login, ret_user);
		return r > 0
			   ? arrival_of_user(login, verdict, ret_user, ret_why)
			   : r;
	}
	return streq(*ret_why, "token-no-user")
		   ? arrival_of_stranger(login, verdict, ret_user, ret_why)
		   : 0;
}

/* Whose it is must be who was asked for. 1: it is; 0: *ret_why, or NULL there:
 * a verdict is reached; < 0. */
static int
match_user(struct login *login, const struct token_verdict *verdict,
    const char **ret_why)
{
	struct token_user user;
	int r;

	r = find_user(login, verdict, &user, ret_why);
	if (r <= 0)
		return r;
	*ret_why = user_fault(login, verdict, &user);
	login->user_is_proven = streq(user.name, login->request->user);
	if (*ret_why)
		return 0;
	r = session_stands(login, verdict);
	if (r == 0)
		*ret_why = "session-unknown";
	return r;
}

/* The account stage asks the policies again, with the same claims. */
static int
keep(struct login *login, struct token_verdict *verdict)
{
	login->pending = calloc(1, sizeof(*login->pending));
	if (!login->pending)
		return -ENOMEM;
	login->pending->is_by_token = true;
	login->pending->is_by_session = verdict->is_session;
	login->pending->session_created_unix_s =
	    verdict->session_created_unix_s;
	(void)stpcpy(login->pending->introspector, verdict->introspector);
	login->pending->expires_unix_s = verdict->expires_unix_s;
	login->pending->claims = TAKE(verdict->claims);
	login->pending->claims_are_jwt = verdict->type == INTROSPECTOR_JWT;
	login->pending->arrival = login->arrival;
	if (login->arrival != ARRIVAL_NONE)
		login->pending->person = TAKE(login->person);
	return 0;
}

int
token_admission_check(
    struct login *login, struct token_verdict *verdict, const char **ret_why)
{
	struct policy_claims claims =
	    token_admission_claims_of_verdict(verdict);
	int r;

	r = match_user(login, verdict, ret_why);
	if (r <= 0)
		return r < 0 ? r : *ret_why != NULL;
	r = policy_check(login, POLICY_TOKEN_LOGIN, &claims);
	if (r <= 0)
		return r; /* forbidden: the verdict is reached */
	r = keep(login, verdict);
	if (r == 0)
		login_decide(login, VERDICT_ALLOW,
		    verdict->is_session ? "session-accepted"
					: "token-accepted");
	return r;
}
