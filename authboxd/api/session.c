/*
 * io.authbox.Session: to each his own sessions, to root everybody's.
 *
 * Whoever is not root is told the same about another's session as about none,
 * so that ids cannot be tried.
 */
#include "api/session.h"

#include <errno.h>

#include "api/call.h"
#include "api/methods.h"
#include "api/refusal.h"
#include "base/clock.h"
#include "base/random.h"
#include "daemon.h"
#include "login/fresh_login.h"
#include "notify/audit.h"
#include "store/store.h"
#include "token/session.h"
#include "users/nss.h"

static int
refuse(struct varlink_call *call, enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);

	return call_refuse(
	    call, entry->error, entry->reason, entry->message, 0);
}

/* Whose sessions a call is about: both must hold. */
struct whose {
	uid_t uid;	  /* or SESSION_ANY_UID */
	const char *user; /* NULL: any name; lent */
	struct nss_user found;
};

/* Root chooses by name alone: sessions of a name that has another uid by now,
 * or none, are to be found too. Everybody else is who the kernel says he is;
 * the table has compared the name. 1; 0: the call is answered. */
static int
choose_user(struct varlink_call *call, const char *user, struct whose *ret)
{
	const struct daemon *daemon = call->daemon;
	struct nss_user *found = &ret->found;
	int r;

	if (call->peer_uid == 0 && user) {
		if (!user_name_is_valid(user))
			return refuse(call, REFUSAL_UNKNOWN_USER);
		ret->uid = SESSION_ANY_UID;
		r = nss_find_user(daemon->nss, user, found);
		ret->user = r > 0 ? found->name : user;
		return 1;
	}
	r = nss_find_uid(daemon->nss, call->peer_uid, found);
	if (r < 0)
		return refuse(call, REFUSAL_NSS);
	/* A uid that means something else here is nobody's. */
	if (r == 0 || found->uid == SESSION_ANY_UID ||
	    found->uid == SESSION_NO_UID)
		return refuse(call, REFUSAL_UNKNOWN_USER);
	ret->uid = found->uid;
	ret->user = found->name;
	return 1;
}

/* The parameters of List and RevokeAll. 1; 0: the call is answered. */
static int
read_whose(struct varlink_call *call, struct whose *ret)
{
	const char *user = NULL;
	bool everybody = false;
	const struct call_field fields[] = {
	    {"user", .text = &user}, {"everybody", .flag = &everybody}, {0}};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	*ret = (struct whose){.uid = SESSION_ANY_UID};
	if (!everybody)
		return choose_user(call, user, ret);
	if (call->peer_uid != 0)
		return call_refuse(call, VARLINK_ERROR_FORBIDDEN, "root_only",
		    "Only root has to do with everybody's sessions. Leave "
		    "everybody out for your own.",
		    0);
	if (user)
		return call_refuse_parameter(call, "everybody",
		    "It is about all users: leave the user out.");
	return 1;
}

/* ---- the audit record ---- */

static int
audit(const struct varlink_call *call, const char *user, enum refusal refusal)
{
	char reference[AUDIT_REFERENCE_DIGITS + 1];
	struct audit_record record = {
	    .event = "revoked",
	    .verdict = VERDICT_ALLOW,
	    .reason = "session-revoked",
	    .user = user,
	    .service = "api",
	    .reference = reference,
	    .peer_uid = call->peer_uid,
	};
	int r;

	r = random_hex(reference, AUDIT_REFERENCE_DIGITS);
	if (r < 0)
		return r;
	if (refusal != REFUSAL_NONE) {
		record.verdict = refusal_get(refusal)->verdict;
		record.reason = refusal_get(refusal)->audit;
	}
	audit_write(&record);
	return 0;
}

/* ---- List ---- */

struct list {
	cJSON *array;
	const char *user; /* NULL: any */
};

static int
put_session(void *context, const struct session *session)
{
	const struct list *list = context;
	const char *introspector =
	    *session->introspector ? session->introspector : NULL;
	AUTO_JSON object = NULL;

	if (list->user && !streq(list->user, session->user))
		return 0;
	object = cJSON_CreateObject();
	if (call_put_text(object, "id", session->id) < 0 ||
	    call_put_text(object, "user", session->user) < 0 ||
	    call_put_number(object, "created", session->created_unix_s) < 0 ||
	    call_put_number(object, "expires", session->expires_unix_s) < 0 ||
	    call_put_text(object, "introspector", introspector) < 0)
		return -ENOMEM;
	return cJSON_AddItemToArray(list->array, TAKE(object)) ? 0 : -ENOMEM;
}

static int
list(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	struct whose whose;
	struct list list = {0};
	int r;

	r = read_whose(call, &whose);
	if (r <= 0)
		return r;
	list.user = whose.user;
	list.array = cJSON_AddArrayToObject(call_reply(call), "sessions");
	if (!list.array)
		return -ENOMEM;
	r = session_list(
	    daemon->store, whose.uid, clock_unix_s(), put_session, &list);
	return r < 0 ? refuse(call, refusal_of_errno(r)) : 0;
}

/* ---- Revoke ---- */

struct owner {
	const char *id, *wanted; /* NULL: any user */
	char user[USER_NAME_BYTES_MAX + 1];
};

static int
find_owner(void *context, const struct session *session)
{
	struct owner *owner = context;

	if (!streq(session->id, owner->id) ||
	    (owner->wanted && !streq(session->user, owner->wanted)))
		return 0;
	(void)stpcpy(owner->user, session->user); /* fits */
	return 1;
}

static int
revoke_one(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	struct whose whose = {.uid = SESSION_ANY_UID};
	enum refusal refusal = REFUSAL_NONE;
	struct owner owner = {0};
	const struct call_field fields[] = {
	    {"id", true, .text = &owner.id}, {0}};
	int r;

	r = call_read(call, fields);
	if (r > 0 && call->peer_uid != 0)
		r = choose_user(call, NULL, &whose);
	if (r <= 0)
		return r;
	owner.wanted = whose.user;
	r = session_list(
	    daemon->store, whose.uid, clock_unix_s(), find_owner, &owner);
	if (r > 0)
		r = session_revoke(daemon->store, whose.uid, owner.id);
	if (r < 0)
		refusal = refusal_of_errno(r);
	else if (r == 0)
		refusal = REFUSAL_NO_SESSION;
	r = audit(call, *owner.user ? owner.user : NULL, refusal);
	if (r < 0 || refusal == REFUSAL_NONE)
		return r;
	return refuse(call, refusal);
}

/* ---- RevokeAll ---- */

/* Nor may a new one come of a login that went before. */
static void
forget_logins(const struct daemon *daemon, const struct whose *whose)
{
	if (!whose->user)
		fresh_forget(daemon->fresh, SESSION_ANY_UID);
	else if (whose->found.name[0])
		fresh_forget(daemon->fresh, whose->found.uid);
}

static int
revoke_all(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	enum refusal refusal = REFUSAL_NONE;
	struct whose whose;
	size_t count = 0;
	int r;

	r = read_whose(call, &whose);
	if (r <= 0)
		return r;
	r = session_revoke_all(daemon->store, whose.uid, whose.user, &count);
	if (r < 0)
		refusal = refusal_of_errno(r);
	r = audit(call, whose.user, refusal);
	if (r < 0)
		return r;
	if (refusal != REFUSAL_NONE)
		return refuse(call, refusal);
	forget_logins(daemon, &whose);
	return call_put_number(call_reply(call), "count", (int64_t)count);
}

/* ---- the table ---- */

static const char *const create_parameters[] = {
    "token", "introspector", "ttl", NULL};
static const char *const whose_parameters[] = {"user", "everybody", NULL};
static const char *const id_parameters[] = {"id", NULL};

const struct varlink_method session_methods[] = {
    {"io.authbox.Session.Create", VARLINK_ANYONE, create_parameters,
	session_create_one, false},
    {"io.authbox.Session.List", VARLINK_SELF, whose_parameters, list, false},
    {"io.authbox.Session.Revoke", VARLINK_ANYONE, id_parameters, revoke_one,
	false},
    {"io.authbox.Session.RevokeAll", VARLINK_SELF, whose_parameters, revoke_all,
	false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
