/*
 * io.authbox.User: shutting users out, letting them in again, forgetting them.
 *
 * What is removed goes step by step, the record last, so that a removal that
 * was broken off is found and finished by the next one.
 */
#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "api/user.h"
#include "daemon.h"
#include "store/store.h"
#include "token/session.h"
#include "users/accounts.h"
#include "users/nss.h"
#include "users/ownership.h"

/* ---- Deactivate, Activate, Remove ---- */

static int
set_inactive(void *context, struct person *person)
{
	const bool *inactive = context;
	bool changes = person->inactive != *inactive;

	person->inactive = *inactive;
	return changes;
}

/* 1: it is so; 0: the call is answered. */
static int
change_activity(struct varlink_call *call, const char **ret_user, bool inactive)
{
	struct daemon *daemon = call->daemon;
	const struct call_field fields[] = {
	    {"user", true, .text = ret_user}, {0}};
	int r = call_read(call, fields);

	if (r <= 0)
		return r;
	if (!user_name_is_valid(*ret_user))
		return user_answer_missing(call);
	r = ownership_update(daemon->store, *ret_user, set_inactive, &inactive);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	return r > 0 ? 1 : user_answer_missing(call);
}

/* Sessions would outlive it until they are used. */
int
user_deactivate(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	const char *user = NULL;
	size_t sessions;
	int r = change_activity(call, &user, true);

	if (r <= 0)
		return r;
	r = session_revoke_all(daemon->store, SESSION_ANY_UID, user, &sessions);
	return r < 0 ? user_answer_refuse(call, refusal_of_errno(r))
		     : user_answer_audit(call, "user-deactivated", user, NULL);
}

int
user_activate(struct varlink_call *call)
{
	const char *user = NULL;
	int r = change_activity(call, &user, false);

	return r > 0 ? user_answer_audit(call, "user-activated", user, NULL)
		     : r;
}

struct unlinking {
	struct store *store;
	const char *user;
	size_t count;
};

static int
unlink_one(void *context, const struct subject *subject)
{
	struct unlinking *unlinking = context;
	int r = 0;

	if (streq(subject->user, unlinking->user))
		r = ownership_unlink(unlinking->store, subject->issuer,
		    subject->value, unlinking->user);
	unlinking->count += r > 0;
	return r < 0 ? r : 0;
}

/* The record goes last. 0: done, or the call is answered; < 0. */
static int
remove_all(struct varlink_call *call, const struct person *person)
{
	struct daemon *daemon = call->daemon;
	struct unlinking links = {daemon->store, person->name, 0};
	struct accounts_refusal refusal = {0};
	size_t sessions = 0;
	cJSON *reply;
	int r;

	r = session_revoke_all(
	    daemon->store, SESSION_ANY_UID, person->name, &sessions);
	if (r == 0)
		r = subject_list(daemon->store, unlink_one, &links);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	if (person->uid != PERSON_NO_UID) {
		r = accounts_withdraw(daemon->userdb_socket, person->name,
		    person->uid, call->deadline_ms, &refusal);
		if (r < 0)
			return user_answer_userdb(call, r);
		if (r == 0)
			return user_answer_account(call, &refusal);
		nss_forget(daemon->nss, person->name, person->uid);
	}
	r = ownership_remove(daemon->store, person->name);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	r = user_answer_audit(call, "user-removed", person->name, NULL);
	reply = call_reply(call);
	if (r == 0 && person->uid != PERSON_NO_UID)
		r = call_put_number(reply, "uid", person->uid);
	if (r == 0)
		r = call_put_number(reply, "sessions", (int64_t)sessions);
	return r < 0 ? r
		     : call_put_number(reply, "links", (int64_t)links.count);
}

int
user_remove(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	AUTO(person) person = NULL;
	const char *user = NULL;
	int r;

	/* From now on nobody logs in as him. */
	r = change_activity(call, &user, true);
	if (r > 0)
		r = person_find(daemon->store, user, &person);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	if (r == 0)
		return call->error ? 0 : user_answer_missing(call);
	return remove_all(call, person);
}
