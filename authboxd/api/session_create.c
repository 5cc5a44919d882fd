/*
 * Create: a good token, exchanged for a short one of the same user. The caller
 * is that user, or root: whoever else has a token of his must not be left with
 * something that outlives the end of that token at the issuer.
 */
#include "api/session.h"

#include <errno.h>

#include "api/call.h"
#include "api/presented.h"
#include "api/refusal.h"
#include "base/clock.h"
#include "base/random.h"
#include "daemon.h"
#include "notify/audit.h"
#include "users/nss.h"

#define TTL_MIN_S 60
#define TTL_MAX_S (24 * 3600)

struct creation {
	struct varlink_call *call;
	int64_t ttl_s;
	struct presented presented;
	struct nss_user user; /* whose it becomes; name and uid */
};

static int
audit(const struct creation *creation, enum verdict verdict, const char *reason)
{
	const char *user = creation->presented.user;
	char reference[AUDIT_REFERENCE_DIGITS + 1];
	int r;

	r = random_hex(reference, AUDIT_REFERENCE_DIGITS);
	if (r < 0)
		return r;
	audit_write(&(struct audit_record){
	    .event = "session",
	    .verdict = verdict,
	    .reason = reason,
	    .user = *user ? user : NULL,
	    .service = "api",
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

static int
make(const struct creation *creation)
{
	const struct token_verdict *verdict = &creation->presented.verdict;
	const struct daemon *daemon = creation->call->daemon;
	int64_t now_unix_s = clock_unix_s();
	struct session session = {
	    .uid = creation->user.uid,
	    .expires_unix_s = now_unix_s + creation->ttl_s,
	    .type = verdict->type,
	    .claims = verdict->claims,
	};
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = NULL;
	int r;

	if (session.expires_unix_s > verdict->expires_unix_s)
		session.expires_unix_s = verdict->expires_unix_s;
	(void)stpcpy(session.user, creation->user.name);
	(void)stpcpy(session.introspector, verdict->introspector); /* fit */
	r = session_create(daemon->store, &session, now_unix_s, &token, id);
	if (r == -ENOSPC)
		return refuse(creation, REFUSAL_SESSIONS_FULL);
	if (r < 0)
		return refuse(creation, refusal_of_errno(r));
	r = audit(creation, VERDICT_ALLOW, "session-created");
	return r < 0 ? r : reply(creation, token, id, session.expires_unix_s);
}

int
session_create_from_token(struct varlink_call *call)
{
	struct creation creation = {.call = call, .ttl_s = TTL_MAX_S};
	const char *token = NULL, *introspector = NULL;
	const struct call_field fields[] = {{"token", true, .text = &token},
	    {"introspector", .text = &introspector},
	    {"ttl", .number = &creation.ttl_s}, {0}};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (creation.ttl_s < TTL_MIN_S || creation.ttl_s > TTL_MAX_S)
		return call_refuse_parameter(
		    call, "ttl", "It is 60 to 86400 seconds.");
	r = presented_check(&creation.presented, call, token, introspector);
	if (r > 0)
		r = check_token(&creation);
	if (r > 0)
		r = check_user(&creation);
	if (r > 0)
		r = make(&creation);
	presented_done(&creation.presented);
	return r;
}
