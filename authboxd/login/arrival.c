#include "login/arrival.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/unix_id.h"
#include "login/login.h"
#include "token/tokens.h"
#include "users/new_person.h"
#include "users/accounts.h"

/* How long a provider that cannot be asked need not be asked again: as long as
 * its keys are good without it. */
#define STALE_S 86400

int
arrival_find_person(struct login *login)
{
	const struct config *config = login->config;
	const char *name =
	    login->user_is_known ? login->user.name : login->request->user;
	AUTO(person) person = NULL;
	int r;

	/* No user was ever created with another id. */
	if (login->user_is_known && login->user.uid < UNIX_ID_MIN)
		return 0;
	r = person_find(login->daemon->store, name, &person);
	/* Where nobody is created, a store that cannot be read keeps nobody
	 * out who does not need it. */
	if (r < 0 && !config->settings.introspection_create_user &&
	    !config->provisioning)
		return 0;
	if (r <= 0 || (login->user_is_known && person->uid != login->user.uid))
		return r < 0 ? r : 0;
	login->person = TAKE(person);
	return 0;
}

static int
refuse(struct login *login, const struct new_person_fault *fault,
    const char **ret_why)
{
	(void)snprintf(login->result.detail, sizeof(login->result.detail), "%s",
	    fault->detail);
	*ret_why = fault->why;
	return 0;
}

/* 1: *ret_info; 0: *ret_why; < 0. */
static int
find_info(struct login *login, const struct token_verdict *verdict,
    cJSON **ret_info, const char **ret_why)
{
	AUTO_JSON info = NULL;
	int r;

	r = tokens_find_info(login->daemon->tokens, login->config, verdict,
	    login->access_token, login->work->deadline_ms, &info, ret_why);
	if (r <= 0)
		return r < 0 && r != -ENOMEM ? -EHOSTUNREACH : r;
	/* What SCIM calls a user who has left (RFC 7643 4.1.1). */
	if (cJSON_IsFalse(json_find(info, "active"))) {
		*ret_why = "user-gone";
		return 0;
	}
	*ret_info = TAKE(info);
	return 1;
}

/* ---- one who is not there yet ---- */

const char *
arrival_reason(const struct accounts_refusal *refusal)
{
	static const struct {
		const char *reason, *code;
	} codes[] = {
	    {"not-provisioned", "not-provisioned"},
	    {"name", "name-refused"},
	    {"name-taken", "name-taken"},
	    {"id-taken", "login-again"},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (streq(codes[i].reason, refusal->reason))
			return codes[i].code;
	return "userdb-refused";
}

/* What is known of the id already in auth, so that policies see it, and nobody
 * waits for a login that cannot end well. 1: it is set; 0: a verdict is
 * reached, or *ret_why. */
static int
propose_id(struct login *login, struct person *person, const char **ret_why)
{
	struct accounts_refusal refusal = {0};
	struct accounts_proposal proposal;
	int r;

	r = accounts_propose(login->daemon->userdb_socket, person->name,
	    login->work->deadline_ms, &proposal, &refusal);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		*ret_why = NULL;
		login_decide(login, VERDICT_UNAVAILABLE, "userdb-unavailable");
		return 0;
	}
	if (r == 0) {
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail), "%s", refusal.message);
		*ret_why = arrival_reason(&refusal);
		return 0;
	}
	person->uid = proposal.uid;
	return 1;
}

/* Nobody else has the name, as far as can be seen from here: authbox-userdb
 * looks again. 1; 0: *ret_why. */
static int
check_name(const struct login *login, const struct person *person,
    const char **ret_why)
{
	if (!streq(person->name, login->request->user))
		*ret_why = "token-other-user";
	else if (login->user_is_known || login->person)
		*ret_why = "name-taken";
	else
		return 1;
	return 0;
}

static bool
may_create(const struct login *login, const struct token_verdict *verdict,
    const struct token_introspector *introspector)
{
	return login->config->settings.introspection_create_user &&
	       introspector && introspector->identity_provider &&
	       verdict->type == INTROSPECTOR_JWT && !verdict->is_session;
}

int
arrival_of_stranger(struct login *login, const struct token_verdict *verdict,
    struct token_user *ret_user, const char **ret_why)
{
	const struct token_introspector *introspector =
	    config_find_introspector(login->config, verdict->introspector);
	const char *issuer, *subject;
	struct new_person_fault fault;
	AUTO(person) person = NULL;
	AUTO_JSON info = NULL;
	int r;

	if (!may_create(login, verdict, introspector) ||
	    tokens_get_subject(login->config, verdict, &issuer, &subject) <= 0)
		return 0;
	r = find_info(login, verdict, &info, ret_why);
	if (r <= 0)
		return r;
	r = new_person_build(login->config, introspector, issuer, subject, info,
	    &person, &fault);
	if (r <= 0)
		return r < 0 ? r : refuse(login, &fault, ret_why);
	r = check_name(login, person, ret_why);
	if (r > 0 && introspector->provisioning == PROVISION_UNIX)
		r = propose_id(login, person, ret_why);
	if (r <= 0)
		return r;

	(void)stpcpy(ret_user->name, person->name); /* of the same size */
	ret_user->uid = person->uid;
	login->person = TAKE(person);
	login->arrival = ARRIVAL_NEW;
	return 1;
}

/* ---- one who is ---- */

/* The provider cannot be asked: he may go on as he was, for a time. */
static int
go_on_stale(struct login *login, int error)
{
	int64_t age_s = clock_unix_s() - login->person->refreshed_unix_s;

	if (error == -ENOMEM || age_s < 0 || age_s >= STALE_S)
		return error;
	log_notice("user %s: the provider cannot be asked about him; what it "
		   "said %lld minutes ago stands",
	    login->person->name, (long long)age_s / 60);
	return 1;
}

static int
refresh(struct login *login, const struct token_verdict *verdict,
    const struct token_introspector *introspector, const char **ret_why)
{
	const char *issuer, *subject;
	struct new_person_fault fault;
	AUTO(person) fresh = NULL;
	AUTO_JSON info = NULL;
	int r;

	r = find_info(login, verdict, &info, ret_why);
	if (r < 0)
		return go_on_stale(login, r);
	if (r > 0 &&
	    tokens_get_subject(login->config, verdict, &issuer, &subject) <= 0)
		r = 0;
	if (r == 0)
		return 0;
	r = new_person_refresh(login->config, introspector, login->person,
	    issuer, subject, info, &fresh, &fault);
	if (r <= 0)
		return r < 0 ? r : refuse(login, &fault, ret_why);
	person_free(login->person);
	login->person = TAKE(fresh);
	login->arrival = ARRIVAL_FRESH;
	return 1;
}

int
arrival_of_user(struct login *login, const struct token_verdict *verdict,
    const struct token_user *user, const char **ret_why)
{
	const struct token_introspector *introspector =
	    config_find_introspector(login->config, verdict->introspector);

	if (!login->person || !streq(login->person->name, user->name))
		return 1;
	if (login->person->uid != user->uid) {
		*ret_why = "token-other-user";
		return 0;
	}
	login->arrival = ARRIVAL_STALE;
	if (!may_create(login, verdict, introspector))
		return 1;
	return refresh(login, verdict, introspector, ret_why);
}

/* ---- for policies ---- */

static bool
is_managed(const struct login *login, const char *group)
{
	const struct provisioning *provisioning = login->config->provisioning;

	return provisioning &&
	       config_provisioning_has_group(provisioning, group);
}

int
arrival_copy_groups(
    const struct login *login, char *const *names, char ***ret_names)
{
	const struct person *person = login->person;
	size_t count = 0, used = 0;
	char **copy;
	bool good = true;

	while (names && names[count])
		count++;
	copy = calloc(count + PERSON_GROUPS_MAX + 2, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	/* What he is in by other ways stays. */
	for (size_t i = 0; good && i < count; i++)
		if (!is_managed(login, names[i]) ||
		    person_has_group(person, names[i]))
			good = (copy[used++] = strdup(names[i])) != NULL;
	if (good && !names && person->uid != PERSON_NO_UID)
		good = (copy[used++] = strdup(person->name)) != NULL;
	for (size_t i = 0; good && person->groups[i]; i++) {
		bool is_there = false;

		for (size_t j = 0; j < used; j++)
			is_there |= streq(copy[j], person->groups[i]);
		if (!is_there)
			good =
			    (copy[used++] = strdup(person->groups[i])) != NULL;
	}
	if (good) {
		*ret_names = copy;
		return 0;
	}
	nss_group_names_free(copy);
	return -ENOMEM;
}
