#include "api/presented.h"

#include <errno.h>
#include <stdio.h>

#include "api/call.h"
#include "api/refusal.h"
#include "daemon.h"
#include "login/code_proof.h"
#include "notify/audit.h"
#include "users/nss.h"
#include "wire/hold_back.h"

/* What could not be found out: of the store, or else of the issuer. */
static enum refusal
refusal_of_check(const struct presented *presented, int error)
{
	return presented->verdict.is_session || error == -ENOMEM
		   ? refusal_of_errno(error)
		   : REFUSAL_ISSUER;
}

int
presented_fail(struct presented *presented, struct varlink_call *call,
    enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);

	presented->failure = refusal;
	return call_refuse(
	    call, entry->error, entry->reason, entry->message, 0);
}

/* The name of a session must still have the uid that it had, and what it was
 * made from must still count. 1, 0; < 0: *ret_refusal says what could not be
 * found out. */
static int
session_is_current(const struct daemon *daemon,
    const struct token_verdict *verdict, enum refusal *ret_refusal)
{
	struct nss_user user;
	int r;

	if (!verdict->is_session || verdict->session_uid == SESSION_NO_UID)
		return 1;
	r = nss_find_user(daemon->nss, verdict->session_user, &user);
	*ret_refusal = REFUSAL_NSS;
	if (r <= 0)
		return r;
	if (user.uid != verdict->session_uid)
		return 0;
	if (*verdict->introspector)
		return 1;
	r = code_proof_stands(daemon->store, verdict->session_user,
	    verdict->session_uid, verdict->session_created_unix_s);
	if (r < 0)
		*ret_refusal = refusal_of_errno(r);
	return r;
}

/* Who is linked must have the uid that he was linked with. 1, 0, < 0. */
static int
link_is_current(struct nss *nss, const struct token_user *user)
{
	struct nss_user found;
	int r;

	if (user->uid == TOKEN_ANY_UID || user->uid == SESSION_NO_UID)
		return 1;
	r = nss_find_user(nss, user->name, &found);
	return r > 0 ? found.uid == user->uid : r;
}

/* 1: judged; 0: the call is answered. */
static int
find_user(struct presented *presented, struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	enum refusal refusal = REFUSAL_MEMORY;
	struct token_user user;
	int r;

	presented->why = presented->verdict.why;
	if (!presented->verdict.is_active)
		return 1;
	presented->why = "session-unknown";
	r = session_is_current(daemon, &presented->verdict, &refusal);
	if (r > 0)
		r = tokens_find_user(daemon->tokens, presented->config,
		    &presented->verdict, &user, &presented->why);
	if (r < 0)
		return presented_fail(presented, call, refusal);
	if (r > 0) {
		presented->why = "token-no-user";
		r = link_is_current(daemon->nss, &user);
	}
	if (r < 0)
		return presented_fail(presented, call, REFUSAL_NSS);
	if (r > 0) {
		presented->why = NULL;
		(void)stpcpy(presented->user, user.name); /* the same size */
	}
	return 1;
}

int
presented_check(struct presented *presented, struct varlink_call *call,
    const char *token, const char *introspector)
{
	struct daemon *daemon = call->daemon;
	AUTO(secret) secret = secret_copy_brief(token, strlen(token));
	int r;

	if (!secret)
		return presented_fail(presented, call, REFUSAL_MEMORY);
	r = daemon_ref_config(daemon, &presented->config);
	if (r < 0)
		return presented_fail(presented, call, REFUSAL_CONFIG_INVALID);
	/* What fails without a verdict fails for one of the two reasons. */
	presented->verdict.is_session = session_has_prefix(token);
	r = tokens_check(daemon->tokens, presented->config, introspector,
	    secret, call->deadline_ms, &presented->verdict);
	if (r < 0)
		return presented_fail(
		    presented, call, refusal_of_check(presented, r));
	if (!presented->verdict.is_active)
		hold_back(call->peer_uid);
	return find_user(presented, call);
}

void
presented_done(struct presented *presented)
{
	token_verdict_done(&presented->verdict);
	config_unref(presented->config);
	presented->config = NULL;
}

int
presented_refuse(struct varlink_call *call, const char *why)
{
	const struct audit_reason *reason = audit_find_reason(why);
	char message[256];

	(void)snprintf(message, sizeof(message),
	    "The token does not do: %s. Get another one; authboxctl token "
	    "introspect tells more about it.",
	    reason ? reason->meaning : why);
	return call_refuse(call, "io.authbox.Unauthorized", why, message, 0);
}
