/*
 * Nothing is counted here: a token cannot be guessed. What is said to the
 * person depends on the token alone, never on the user that was asked for.
 */
#include "login/token_login.h"

#include <errno.h>
#include <stdio.h>

#include "login/login.h"
#include "login/pending.h"
#include "login/policy_check.h"
#include "login/token_prompt.h"
#include "token/tokens.h"

#define SYSTEM_UIDS 1000 /* below: accounts of the system */

/* One token, from the prompt to the verdict. */
struct presented {
	struct login *login;
	struct secret *token;
	struct token_verdict verdict;
	const char *why; /* it did not let him in; NULL before the first */
};

static void
presented_forget(struct presented *presented)
{
	secret_free(presented->token);
	presented->token = NULL;
	token_verdict_done(&presented->verdict);
	presented->verdict = (struct token_verdict){0};
}

/* What the person can do about it. */
static const char *
note_of(const char *why)
{
	static const struct {
		const char *why, *note;
	} notes[] = {
	    {"token-cut",
		"The token was cut: ssh passes on 1023 characters. Use "
		"authbox-askpass, or a session: authboxctl session create."},
	    {"token-too-long",
		"That is too long for a token, or the same part came twice."},
	    {"token-expired", "This token has expired. Get a new one."},
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (streq(why, notes[i].why))
			return notes[i].note;
	return "This token does not let you in.";
}

/* 1: there is one. */
static int
presented_read(struct presented *presented)
{
	struct login *login = presented->login;
	const struct login_request *request = login->request;
	struct token_prompt prompt = {
	    .dialogue = &login->dialogue,
	    .prompt = request->prompt[0] ? request->prompt : NULL,
	    .title = presented->why ? NULL : login->auth_config->theme_title,
	    .note = presented->why ? note_of(presented->why) : NULL,
	    .echo = request->flags & PAM_BEGIN_ECHO,
	};

	return token_prompt_read(&prompt, &presented->token, &presented->why);
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

/* A fault of this host's; all others are the issuer's. */
static bool
is_ours(int error)
{
	return error == -ENOMEM || error == -EIO || error == -ENOSPC ||
	       error == -ENOKEY || error == -EBADMSG;
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

/* Why the token of `user` does not open the account asked for, NULL: it does.
 */
static const char *
user_fault(const struct login *login, const struct token_verdict *verdict,
    const char *user)
{
	if (!streq(user, login->request->user) ||
	    !session_is_of(verdict, login))
		return "token-other-user";
	if (login->user_is_inactive)
		return "inactive";
	/* Without a Unix account, a user is good for a Client's services. */
	if (!login->user_is_known)
		return login->client ? NULL : "unknown-user";
	return may_be_reached(login) ? NULL : "system-account";
}

/* Whose it is must be who was asked for. 1: it is. */
static int
presented_match_user(struct presented *presented)
{
	struct login *login = presented->login;
	char user[USER_NAME_BYTES_MAX + 1];
	int r;

	r = tokens_find_user(login->daemon->tokens, login->config,
	    &presented->verdict, user, &presented->why);
	if (r <= 0)
		return r;
	presented->why = user_fault(login, &presented->verdict, user);
	return !presented->why;
}

/* 1: it is good and lets this user in; 0: presented->why says why not. */
static int
presented_judge(struct presented *presented)
{
	struct login *login = presented->login;
	struct token_verdict *verdict = &presented->verdict;
	int r;

	r = tokens_check(login->daemon->tokens, login->config,
	    login->request->introspector, presented->token,
	    login->work->deadline_ms, verdict);
	/* Who is late or not there is the issuer, not the person. */
	if (r < 0 && !is_ours(r))
		r = -EHOSTUNREACH;
	if (r < 0)
		return r;
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "token %s, introspector %s", verdict->hash,
	    verdict->introspector[0] ? verdict->introspector : "none");
	if (!verdict->is_active) {
		presented->why = verdict->why;
		return 0;
	}
	return presented_match_user(presented);
}

/* The account stage asks the policies again, with the same claims. */
static int
presented_keep(struct presented *presented)
{
	struct login *login = presented->login;

	login->pending = calloc(1, sizeof(*login->pending));
	if (!login->pending)
		return -ENOMEM;
	login->pending->is_by_token = true;
	login->pending->claims = presented->verdict.claims;
	login->pending->claims_are_jwt =
	    presented->verdict.type == INTROSPECTOR_JWT;
	presented->verdict.claims = NULL;
	return 0;
}

static int
presented_let_in(struct presented *presented)
{
	struct login *login = presented->login;
	struct policy_claims claims = {presented->verdict.claims,
	    presented->verdict.type == INTROSPECTOR_JWT};
	int r;

	r = policy_check(login, POLICY_TOKEN_LOGIN, &claims);
	if (r <= 0)
		return r; /* forbidden: the verdict is reached */
	r = presented_keep(presented);
	if (r == 0)
		login_decide(login, VERDICT_ALLOW,
		    presented->verdict.is_session ? "session-accepted"
						  : "token-accepted");
	return r;
}

/* 1: ask again; 0: a verdict; < 0. */
static int
presented_once(struct presented *presented)
{
	int r;

	r = presented_read(presented);
	if (r > 0) {
		r = presented_judge(presented);
		if (r > 0)
			return presented_let_in(presented);
	}
	return r < 0 ? r : 1;
}

int
token_login(struct login *login)
{
	struct presented presented = {.login = login};
	int r = 1;

	for (unsigned i = 0; i < login->request->tries && r > 0; i++) {
		r = presented_once(&presented);
		presented_forget(&presented);
		/* No person answered: there is nobody to ask again. */
		if (r > 0 && streq(presented.why, "no-answer"))
			break;
	}
	if (r <= 0)
		return r;
	(void)snprintf(login->result.text, sizeof(login->result.text), "%s",
	    note_of(presented.why));
	login_decide(login,
	    login->request->tries > 1 && !streq(presented.why, "no-answer")
		? VERDICT_TRIES_USED
		: VERDICT_DENY,
	    presented.why);
	return 0;
}
