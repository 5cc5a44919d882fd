#include "login/creation.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "login/arrival.h"
#include "login/keeper.h"
#include "login/login.h"
#include "users/ownership.h"
#include "users/profile.h"
#include "users/accounts.h"
#include "users/uid_owner.h"

/* What is the same as before is written again only to say when it was heard. */
#define HEARD_AGAIN_S 3600

static int
decide_again(struct login *login, const char *detail)
{
	(void)snprintf(login->result.text, sizeof(login->result.text),
	    "Your account was being made; log in again.");
	(void)snprintf(
	    login->result.detail, sizeof(login->result.detail), "%s", detail);
	login_decide(login, VERDICT_FORBIDDEN, "login-again");
	return 0;
}

static int
decide_refused(struct login *login, const struct accounts_refusal *refusal)
{
	const char *reason = arrival_reason(refusal);

	if (streq(reason, "login-again"))
		return decide_again(login, refusal->message);
	(void)snprintf(login->result.detail, sizeof(login->result.detail), "%s",
	    refusal->message);
	login_decide(login, VERDICT_FORBIDDEN, reason);
	return 0;
}

static int
decide_unavailable(struct login *login)
{
	keeper_wake(login->daemon->keeper);
	login_decide(login, VERDICT_UNAVAILABLE, "userdb-unavailable");
	return 0;
}

/* ---- the id ---- */

/* Whether sshd can only have been told this id. 1; 0: a verdict is reached; <
 * 0. */
static int
check_id(struct login *login)
{
	struct person *person = login->person;
	struct accounts_refusal refusal = {0};
	struct accounts_proposal proposal;
	int r;

	r = accounts_propose(login->daemon->userdb_socket, person->name,
	    login->work->deadline_ms, &proposal, &refusal);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return decide_unavailable(login);
	if (r == 0)
		return decide_refused(login, &refusal);
	if (proposal.uid == person->uid && proposal.settled)
		return 1;
	return decide_again(login, "another user took an id meanwhile");
}

/* ---- the account ---- */

/* 1: every program on the host sees him, and this login; 0: refused,
 * *ret_refusal; < 0. */
static int
publish(struct login *login, struct accounts_refusal *ret_refusal)
{
	int r;

	r = accounts_publish(login->daemon->userdb_socket, login->person,
	    login->work->deadline_ms, ret_refusal);
	if (r <= 0)
		return r;
	nss_forget(login->daemon->nss, login->person->name, login->person->uid);
	(void)stpcpy(login->user.name, login->person->name); /* same size */
	login->user.uid = login->person->uid;
	login->user.gid = login->person->uid; /* his own group */
	login->user_is_known = true;
	return 1;
}

/* Groups that Provisioning manages are those of the record, no more and no
 * less. His own group is none of them, and to ask for its name costs as much as
 * all the rest. 1, 0, < 0. */
static int
groups_are_right(struct login *login)
{
	const struct provisioning *provisioning = login->config->provisioning;
	char **names = NULL;
	size_t wanted = 0, there = 0;
	bool more = false;
	int r;

	r = nss_copy_more_group_names(login->daemon->nss, &login->user, &names);
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++) {
		bool has = person_has_group(login->person, names[i]);

		there += has;
		more |= !has && provisioning &&
			config_provisioning_has_group(provisioning, names[i]);
	}
	nss_group_names_free(names);
	while (login->person->groups[wanted])
		wanted++;
	return there == wanted && !more;
}

/* ---- one who is there ---- */

struct refreshing {
	const struct person *fresh;
	int64_t now_unix_s;
	bool name_changed; /* the real one; out */
};

static bool
has_same_profile(const struct person *a, const struct person *b)
{
	return a->profile && b->profile
		   ? cJSON_Compare(a->profile, b->profile, true)
		   : a->profile == b->profile;
}

/* Somebody deactivated or removed and made him anew while he logged in: then he
 * is not the one who was let in. */
static int
refresh_decide(void *context, struct person *person)
{
	struct refreshing *refreshing = context;
	const struct person *fresh = refreshing->fresh;
	const char *was = profile_get_real_name(person->profile);
	const char *is = profile_get_real_name(fresh->profile);
	struct person *copy;

	if (person->inactive || person->uid != fresh->uid ||
	    person->created_unix_s != fresh->created_unix_s)
		return -EPERM;
	refreshing->name_changed = (was || is) && !streq_null(was, is);
	if (has_same_profile(person, fresh) &&
	    person_has_same_groups(person, fresh) &&
	    refreshing->now_unix_s - person->refreshed_unix_s < HEARD_AGAIN_S)
		return 0;
	copy = person_copy(fresh);
	if (!copy)
		return -ENOMEM;
	person_swap_news(person, copy);
	person_free(copy);
	person->refreshed_unix_s = refreshing->now_unix_s;
	return 1;
}

/* 1: go on; 0: a verdict is reached; < 0. */
static int
store_news(struct login *login, bool *ret_name_changed)
{
	struct refreshing refreshing = {login->person, clock_unix_s(), false};
	int r;

	r = ownership_update(login->daemon->store, login->person->name,
	    refresh_decide, &refreshing);
	if (r == -EPERM) {
		login_decide(login, VERDICT_FORBIDDEN, "inactive");
		return 0;
	}
	if (r == 0)
		return decide_again(login, "the user was removed meanwhile");
	*ret_name_changed = refreshing.name_changed;
	return r;
}

/* Whom NSS does not know is published, though the id that sshd may have been
 * told is another: he is then known at his next login. */
static int
publish_again(struct login *login)
{
	struct accounts_refusal refusal = {0};
	int checked = check_id(login), r;

	if (checked < 0)
		return checked;
	r = publish(login, &refusal);
	if (r == -ENOMEM)
		return r;
	if (checked == 0)
		return 0; /* what was decided stands */
	if (r < 0)
		return decide_unavailable(login);
	return r > 0 ? 0 : decide_refused(login, &refusal);
}

static int
update_account(struct login *login, bool name_changed)
{
	struct accounts_refusal refusal = {0};
	int right, r;

	if (!login->user_is_known)
		return publish_again(login);
	right = groups_are_right(login);
	if (right < 0)
		return login_fail_look_up(login, right);
	if (right && !name_changed)
		return 0;
	r = publish(login, &refusal);
	if (r == -ENOMEM)
		return r;
	/* A real name can wait; a group that was taken away cannot. */
	if (r < 0)
		return right ? 0 : decide_unavailable(login);
	return r > 0 || right ? 0 : decide_refused(login, &refusal);
}

static int
refresh(struct login *login)
{
	bool name_changed = false;
	int r = 1;

	if (login->arrival == ARRIVAL_FRESH)
		r = store_news(login, &name_changed);
	if (r <= 0 || login->person->uid == PERSON_NO_UID)
		return r < 0 ? r : 0;
	return update_account(login, name_changed);
}

/* ---- one who is new ---- */

/* The id was somebody's. An authbox-userdb that has forgotten that would
 * propose it at every login, so it is told: to keep the id from all, or whom it
 * has not published. */
static int
decide_uid_taken(struct login *login)
{
	struct store *store = login->daemon->store;
	uid_t uid = login->person->uid;
	char name[USER_NAME_BYTES_MAX + 1];
	struct accounts_refusal refusal = {0};
	AUTO(person) owner = NULL;
	int64_t taken_unix_s;
	int r;

	r = uid_owner_find(store, uid, name, &taken_unix_s);
	if (r > 0)
		r = person_find(store, name, &owner);
	if (r < 0)
		return r;
	if (owner && owner->uid == uid) {
		keeper_wake(login->daemon->keeper);
	} else {
		r = accounts_withdraw(login->daemon->userdb_socket,
		    login->person->name, uid, login->work->deadline_ms,
		    &refusal);
		if (r == -ENOMEM)
			return r;
	}
	return decide_again(login, "the id is another user's");
}

/* Whoever logs in has done nothing wrong, and is told no more than that. */
static int
decide_too_many(struct login *login, const struct creation_limits *limits)
{
	(void)snprintf(login->result.text, sizeof(login->result.text),
	    "Your account cannot be made right now; try again later.");
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "%u in a minute, or %u in a day, by %s", limits->per_minute,
	    limits->per_day, login->person->issuer);
	login_decide(login, VERDICT_FORBIDDEN, "creations-used");
	return 0;
}

/* 1: his record and his id are on disk; 0: a verdict is reached; < 0. */
static int
take(struct login *login, enum ownership *ret_result)
{
	const struct settings *settings = &login->config->settings;
	const struct creation_limits limits = {
	    settings->creations_per_minute, settings->creations_per_day};
	int r;

	r = ownership_create(login->daemon->store, login->person, &limits,
	    clock_unix_s(), ret_result);
	if (r < 0)
		return r;
	switch (*ret_result) {
	case OWNERSHIP_TAKEN:
	case OWNERSHIP_THERE:
		return 1;
	case OWNERSHIP_NAME_TAKEN:
		login_decide(login, VERDICT_FORBIDDEN, "name-taken");
		return 0;
	case OWNERSHIP_UID_TAKEN:
		return decide_uid_taken(login);
	case OWNERSHIP_SUBJECT_TAKEN:
		login_decide(login, VERDICT_FORBIDDEN, "token-other-user");
		return 0;
	case OWNERSHIP_TOO_MANY:
		return decide_too_many(login, &limits);
	}
	return -EINVAL;
}

static int
finish(struct login *login, enum ownership result)
{
	if (result == OWNERSHIP_TAKEN) {
		login_decide(login, VERDICT_ALLOW, "user-created");
		login_send_notice(login, "user-created");
	}
	return 0;
}

/* Refused after he was stored: nothing of him stays but his claim to the id.
 * Who was there before this login is not undone by it. */
static int
give_back(struct login *login, enum ownership result,
    const struct accounts_refusal *refusal)
{
	int r = 0;

	if (result == OWNERSHIP_TAKEN)
		r = ownership_give_back(login->daemon->store, login->person);
	return r < 0 ? r : decide_refused(login, refusal);
}

static int
create(struct login *login)
{
	bool is_unix = login->person->uid != PERSON_NO_UID;
	struct accounts_refusal refusal = {0};
	enum ownership result;
	int r = 1;

	login->person->created_unix_s = clock_unix_s();
	login->person->refreshed_unix_s = login->person->created_unix_s;
	if (is_unix)
		r = check_id(login);
	if (r > 0)
		r = take(login, &result);
	if (r <= 0)
		return r;
	if (!is_unix)
		return finish(login, result);
	r = publish(login, &refusal);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return decide_unavailable(login);
	return r > 0 ? finish(login, result)
		     : give_back(login, result, &refusal);
}

int
creation_make_real(struct login *login)
{
	if (!login->person || login->arrival == ARRIVAL_NONE)
		return 0;
	/* Nothing is committed after the deadline. */
	if (busy_work_is_late(login->work))
		return -ETIME;
	return login->arrival == ARRIVAL_NEW ? create(login) : refresh(login);
}
