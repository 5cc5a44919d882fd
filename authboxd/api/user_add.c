/* io.authbox.User: making users, and linking subjects to them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/user.h"
#include "base/clock.h"
#include "base/unix_id.h"
#include "daemon.h"
#include "store/store.h"
#include "users/accounts.h"
#include "users/nss.h"
#include "users/ownership.h"

#define TEXT_BYTES (USER_NAME_BYTES_MAX + 100)

/* ---- Add ---- */

/* 1: on disk; 0: the call is answered. */
static int
take(struct varlink_call *call, const struct person *person,
    enum ownership *ret_result)
{
	struct daemon *daemon = call->daemon;
	int r;

	r = ownership_take(daemon->store, person, clock_unix_s(), ret_result);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	switch (*ret_result) {
	case OWNERSHIP_TAKEN:
	case OWNERSHIP_THERE:
		return 1;
	case OWNERSHIP_UID_TAKEN:
		return user_answer_taken(call, NULL,
		    "The id that the name leads to is another user's; try "
		    "again.");
	case OWNERSHIP_SUBJECT_TAKEN:
		return user_answer_taken(call, NULL,
		    "The subject is linked to another user already.");
	case OWNERSHIP_NAME_TAKEN:
	case OWNERSHIP_TOO_MANY: /* not for root */
		break;
	}
	return user_answer_taken(
	    call, person->name, "A user of this name was created already.");
}

/* 1: everybody sees him; 0: the call is answered. Who was there already has
 * what the provider gave him since, his groups too. */
static int
publish(struct varlink_call *call, const struct person *person,
    enum ownership result)
{
	struct daemon *daemon = call->daemon;
	struct accounts_refusal refusal = {0};
	AUTO(person) there = NULL;
	int r = 1;

	if (result == OWNERSHIP_THERE)
		r = person_find(daemon->store, person->name, &there);
	if (r <= 0)
		return r < 0 ? user_answer_refuse(call, refusal_of_errno(r))
			     : user_answer_missing(call);
	r = accounts_publish(daemon->userdb_socket, there ? there : person,
	    call->deadline_ms, &refusal);
	if (r > 0)
		nss_forget(daemon->nss, person->name, person->uid);
	if (r != 0)
		return r > 0 ? 1 : user_answer_userdb(call, r);
	if (result == OWNERSHIP_TAKEN)
		r = ownership_give_back(daemon->store, person);
	return r < 0 ? user_answer_refuse(call, refusal_of_errno(r))
		     : user_answer_account(call, &refusal);
}

static int
add_person(struct varlink_call *call, struct person *person, bool account)
{
	struct daemon *daemon = call->daemon;
	struct accounts_refusal refusal = {0};
	struct accounts_proposal proposal;
	enum ownership result;
	int r = 1;

	if (account && person->uid == PERSON_NO_UID) {
		r = accounts_propose(daemon->userdb_socket, person->name,
		    call->deadline_ms, &proposal, &refusal);
		if (r < 0)
			return user_answer_userdb(call, r);
		if (r == 0)
			return user_answer_account(call, &refusal);
		person->uid = proposal.uid;
	}
	person->created_unix_s = clock_unix_s();
	r = take(call, person, &result);
	if (r > 0 && account)
		r = publish(call, person, result);
	if (r <= 0)
		return r;
	r = user_answer_audit(call, "user-added", person->name, NULL);
	if (r == 0 && account)
		r = call_put_number(call_reply(call), "uid", person->uid);
	return r;
}

/* Whether the host's user is the very one who is to be added: an import may be
 * done again. 1, 0, < 0. */
static int
is_there(struct daemon *daemon, const struct nss_user *found, int64_t uid)
{
	AUTO(person) there = NULL;
	int r = person_find(daemon->store, found->name, &there);

	return r > 0 ? there->uid == found->uid && (int64_t)there->uid == uid
		     : r;
}

int
user_add(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	const char *user = NULL, *issuer = NULL, *subject = NULL;
	bool account = true;
	int64_t uid = -1;
	const struct call_field fields[] = {{"user", true, .text = &user},
	    {"issuer", .text = &issuer}, {"subject", .text = &subject},
	    {"account", .flag = &account}, {"uid", .number = &uid}, {0}};
	AUTO(person) person = NULL;
	struct nss_user found;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (!user_name_is_valid(user))
		return call_refuse_parameter(
		    call, "user", "It must be a Unix user name.");
	if (!issuer != !subject || (issuer && (!subject_is_valid(issuer) ||
						  !subject_is_valid(subject))))
		return call_refuse_parameter(call, "subject",
		    "Issuer and subject belong together, each on one line.");
	r = nss_find_user(daemon->nss, user, &found);
	if (r < 0)
		return user_answer_refuse(call, REFUSAL_NSS);
	if (r > 0) {
		r = is_there(daemon, &found, uid);
		if (r < 0)
			return user_answer_refuse(call, refusal_of_errno(r));
		if (r == 0)
			return user_answer_taken(call, user,
			    "This host has a user of this name; link him "
			    "instead: authboxctl user link.");
	}
	if (uid != -1 && (uid < UNIX_ID_MIN || uid > UNIX_ID_MAX || !account))
		return call_refuse_parameter(call, "uid",
		    "It must be an id that a created user may have.");
	person = person_new(
	    user, uid == -1 ? PERSON_NO_UID : (uid_t)uid, issuer, subject);
	return person ? add_person(call, person, account) : -ENOMEM;
}

/* ---- Link, Unlink ---- */

/* The uid that the name has: a created user's, or the host's. 1, 0, < 0. */
static int
find_uid(struct daemon *daemon, const char *user, uid_t *ret_uid)
{
	AUTO(person) person = NULL;
	struct nss_user found;
	int r = person_find(daemon->store, user, &person);

	if (r > 0)
		*ret_uid = person->uid;
	if (r != 0)
		return r;
	r = nss_find_user(daemon->nss, user, &found);
	if (r > 0)
		*ret_uid = found.uid;
	return r < 0 ? -EAGAIN : r;
}

int
user_link(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	const char *user = NULL, *issuer = NULL, *value = NULL;
	const struct call_field fields[] = {{"user", true, .text = &user},
	    {"issuer", true, .text = &issuer},
	    {"subject", true, .text = &value}, {0}};
	char other[USER_NAME_BYTES_MAX + 1] = "", text[TEXT_BYTES];
	AUTO(subject) subject = NULL;
	uid_t uid;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (!subject_is_valid(issuer) || !subject_is_valid(value))
		return call_refuse_parameter(call, "subject",
		    "Issuer and subject are one line each, and not empty.");
	r = find_uid(daemon, user, &uid);
	if (r == -EAGAIN)
		return user_answer_refuse(call, REFUSAL_NSS);
	if (r <= 0)
		return r < 0 ? user_answer_refuse(call, refusal_of_errno(r))
			     : user_answer_refuse(call, REFUSAL_UNKNOWN_USER);
	subject = subject_new(issuer, value, user, uid, clock_unix_s());
	if (!subject)
		return -ENOMEM;
	r = ownership_link(daemon->store, subject, other);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	(void)snprintf(text, sizeof(text),
	    "This subject is linked to %s; unlink it first: authboxctl user "
	    "unlink.",
	    other);
	if (r == 0)
		return user_answer_taken(call, other, text);
	return user_answer_audit(call, "user-linked", user, value);
}

int
user_unlink(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	const char *issuer = NULL, *value = NULL;
	const struct call_field fields[] = {{"issuer", true, .text = &issuer},
	    {"subject", true, .text = &value}, {0}};
	AUTO(subject) subject = NULL;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = subject_find(daemon->store, issuer, value, &subject);
	if (r > 0)
		r = ownership_unlink(
		    daemon->store, issuer, value, subject->user);
	if (r <= 0)
		return r < 0 ? user_answer_refuse(call, refusal_of_errno(r))
			     : user_answer_missing(call);
	r = user_answer_audit(call, "user-unlinked", subject->user, value);
	return r < 0 ? r
		     : call_put_text(call_reply(call), "user", subject->user);
}
