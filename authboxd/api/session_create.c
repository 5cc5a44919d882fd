/*
 * Create: a good token, exchanged for a short one of the same user. The caller
 * is that user, or root: whoever else has a token of his must not be left with
 * something that outlives the end of that token at the issuer.
 *
 * Without a token, the caller's login is exchanged, if it is fresh
 * (login/fresh_login.h): who he is says the kernel.
 */
#include "api/session.h"

#include <errno.h>
#include <stdio.h>

#include "api/call.h"
#include "api/presented.h"
#include "api/refusal.h"
#include "base/clock.h"
#include "base/random.h"
#include "daemon.h"
#include "login/code_proof.h"
#include "login/fresh_login.h"
#include "notify/audit.h"
#include "users/nss.h"

#define TTL_MIN_S 60
#define TTL_MAX_S (24 * 3600)

struct creation {
	struct varlink_call *call;
	int64_t ttl_s;
	struct presented presented; /* a token; of a login its config alone */
	struct fresh_login *fresh;  /* NULL: by token */
	struct nss_user user;	    /* whose it becomes; name and uid */
};

static int
audit(const struct creation *creation, enum verdict verdict, const char *reason)
{
	const struct fresh_login *fresh = creation->fresh;
	const char *user = fresh ? fresh->user : creation->presented.user;
	char reference[AUDIT_REFERENCE_DIGITS + 1], detail[128] = "";
	int r;

	r = random_hex(reference, AUDIT_REFERENCE_DIGITS);
	if (r < 0)
		return r;
	if (fresh)
		(void)snprintf(detail, sizeof(detail),
		    "by the login by %s via %s",
		    fresh->introspector[0] ? "token" : "code", fresh->service);
	audit_write(&(struct audit_record){
	    .event = "session",
	    .verdict = verdict,
	    .reason = reason,
	    .user = *user ? user : NULL,
	    .service = "api",
	    .detail = detail[0] ? detail : NULL,
	    .reference = reference,
	    .peer_uid = creation->call->peer_uid,
	});
	return 0;
}

/* 0: the call is answered; < 0. */
static int
refuse(const struct creation *creation, enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);
	int r;

	r = audit(creation, entry->verdict, entry->audit);
	if (r < 0)
		return r;
	return call_refuse(
	    creation->call, entry->error, entry->reason, entry->message, 0);
}

/* ---- from a token ---- */

/* 1: the token is good and somebody's; 0: the call is answered. */
static int
check_token(const struct creation *creation)
{
	const struct presented *presented = &creation->presented;
	const char *why = presented->why;

	/* One made from another would not end with it. */
	if (presented->verdict.is_session)
		why = "session-presented";
	if (!why)
		return 1;
	(void)audit(creation, VERDICT_DENY, why); /* refused all the same */
	return presented_refuse(creation->call, why);
}

/* Root makes them for users without a Unix account as well. 1; 0: the call is
 * answered; < 0. */
static int
check_user(struct creation *creation)
{
	const struct presented *presented = &creation->presented;
	const struct daemon *daemon = creation->call->daemon;
	uid_t peer_uid = creation->call->peer_uid;
	int r;

	r = nss_find_user(daemon->nss, presented->user, &creation->user);
	if (r < 0)
		return refuse(creation, REFUSAL_NSS);
	if (r > 0)
		return peer_uid == 0 || peer_uid == creation->user.uid
			   ? 1
			   : refuse(creation, REFUSAL_OTHER_USER);
	if (peer_uid != 0)
		return refuse(creation, REFUSAL_OTHER_USER);
	if (!config_find_user(presented->config, presented->user))
		return refuse(creation, REFUSAL_UNKNOWN_USER);
	(void)stpcpy(creation->user.name, presented->user); /* same size */
	creation->user.uid = SESSION_NO_UID;
	return 1;
}

static int
find_token(
    struct creation *creation, const char *token, const char *introspector)
{
	int r;

	r = presented_check(
	    &creation->presented, creation->call, token, introspector);
	if (r > 0)
		r = check_token(creation);
	return r > 0 ? check_user(creation) : r;
}

/* ---- from a login ---- */

/* 1: what the login proved still counts; 0: the call is answered; < 0. */
static int
check_proof(const struct creation *creation)
{
	const struct daemon *daemon = creation->call->daemon;
	const struct fresh_login *fresh = creation->fresh;
	const struct declared_user *declared =
	    config_find_user(creation->presented.config, fresh->user);
	int r = 1;

	if (!streq(creation->user.name, fresh->user))
		return refuse(creation, REFUSAL_NOT_FRESH);
	if (declared && declared->inactive)
		return refuse(creation, REFUSAL_INACTIVE);
	if (fresh->expires_unix_s <= clock_unix_s())
		return refuse(creation, REFUSAL_NOT_FRESH);
	if (!fresh->introspector[0])
		r = code_proof_stands(
		    daemon->store, fresh->user, fresh->uid, fresh->at_unix_s);
	if (r < 0)
		return refuse(creation, refusal_of_errno(r));
	return r > 0 ? 1 : refuse(creation, REFUSAL_NOT_FRESH);
}

/* 1: there is one, and it counts; 0: the call is answered; < 0. */
static int
find_login(struct creation *creation)
{
	const struct daemon *daemon = creation->call->daemon;
	uid_t uid = creation->call->peer_uid;
	int64_t fresh_ms;
	int r;

	r = daemon_ref_config(
	    creation->call->daemon, &creation->presented.config);
	if (r < 0)
		return refuse(creation, REFUSAL_CONFIG_INVALID);
	fresh_ms =
	    creation->presented.config->settings.fresh_login_s * INT64_C(1000);
	r = nss_find_uid(daemon->nss, uid, &creation->user);
	if (r < 0)
		return refuse(creation, REFUSAL_NSS);
	if (r > 0)
		(void)stpcpy(creation->presented.user, creation->user.name);
	if (r == 0 || fresh_ms == 0 ||
	    !fresh_take(daemon->fresh, uid, clock_monotonic_ms() - fresh_ms,
		&creation->fresh))
		return refuse(creation, REFUSAL_NOT_FRESH);
	return check_proof(creation);
}

/* ---- both ---- */

static int
reply(const struct creation *creation, const struct secret *token,
    const char *id, int64_t expires_unix_s)
{
	cJSON *object = call_reply(creation->call);
	int r;

	r = call_put_text(object, "token", token->bytes);
	if (r == 0)
		r = call_put_text(object, "id", id);
	if (r == 0)
		r = call_put_text(object, "user", creation->user.name);
	if (r == 0)
		r = call_put_number(object, "expires", expires_unix_s);
	return r;
}

/* What it is made from: its claims are lent. It ends with that at the latest.
 */
static void
describe(const struct creation *creation, int64_t now_unix_s,
    struct session *ret_session)
{
	const struct token_verdict *verdict = &creation->presented.verdict;
	const struct fresh_login *fresh = creation->fresh;
	int64_t end_unix_s =
	    fresh ? fresh->expires_unix_s : verdict->expires_unix_s;

	*ret_session = (struct session){
	    .uid = creation->user.uid,
	    .expires_unix_s = now_unix_s + creation->ttl_s,
	    .type = fresh ? fresh->type : verdict->type,
	    .claims = fresh ? fresh->claims : verdict->claims,
	};
	if (ret_session->expires_unix_s > end_unix_s)
		ret_session->expires_unix_s = end_unix_s;
	(void)stpcpy(ret_session->user, creation->user.name);
	(void)stpcpy(ret_session->introspector,
	    fresh ? fresh->introspector : verdict->introspector); /* fit */
}

/* A login that could not be exchanged, by no fault of its user's, may be tried
 * again. */
static int
fail(struct creation *creation, enum refusal refusal)
{
	const struct daemon *daemon = creation->call->daemon;
	int r = refuse(creation, refusal);

	if (creation->fresh)
		fresh_put(daemon->fresh, TAKE(creation->fresh));
	return r;
}

static int
make(struct creation *creation)
{
	const struct daemon *daemon = creation->call->daemon;
	int64_t now_unix_s = clock_unix_s();
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = NULL;
	struct session session;
	int r;

	describe(creation, now_unix_s, &session);
	r = session_create(daemon->store, &session, now_unix_s, &token, id);
	if (r == -ENOSPC)
		return fail(creation, REFUSAL_SESSIONS_FULL);
	if (r < 0)
		return fail(creation, refusal_of_errno(r));
	r = audit(creation, VERDICT_ALLOW, "session-created");
	return r < 0 ? r : reply(creation, token, id, session.expires_unix_s);
}

int
session_create_one(struct varlink_call *call)
{
	struct creation creation = {.call = call, .ttl_s = TTL_MAX_S};
	const char *token = NULL, *introspector = NULL;
	const struct call_field fields[] = {{"token", .text = &token},
	    {"introspector", .text = &introspector},
	    {"ttl", .number = &creation.ttl_s}, {0}};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (creation.ttl_s < TTL_MIN_S || creation.ttl_s > TTL_MAX_S)
		return call_refuse_parameter(
		    call, "ttl", "It is 60 to 86400 seconds.");
	if (!token && introspector)
		return call_refuse_parameter(
		    call, "introspector", "It goes with a token.");
	r = token ? find_token(&creation, token, introspector)
		  : find_login(&creation);
	if (r > 0)
		r = make(&creation);
	presented_done(&creation.presented);
	fresh_login_free(creation.fresh);
	return r;
}
