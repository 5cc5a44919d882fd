#include "token/owner.h"

#include "base/unix_id.h"
#include "token/identity.h"
#include "users/person.h"
#include "users/subject.h"

/* 1: neither the configuration nor, for a user who was created, the store shuts
 * him out; 0; < 0. */
static int
is_active(struct store *store, const struct config *config, const char *name,
    uid_t uid)
{
	AUTO(person) person = NULL;
	int r;

	if (!identity_is_active(config, name))
		return 0;
	if (uid < UNIX_ID_MIN)
		return 1;
	r = person_find(store, name, &person);
	return r > 0 ? person->uid != uid || !person->inactive : r < 0 ? r : 1;
}

static int
find_session_user(struct store *store, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why)
{
	int r = is_active(
	    store, config, verdict->session_user, verdict->session_uid);

	if (r <= 0) {
		*ret_why = "inactive";
		return r;
	}
	*ret_user = (struct token_user){.uid = verdict->session_uid};
	(void)stpcpy(ret_user->name, verdict->session_user); /* same size */
	return 1;
}

/* The user whom the store links to the token's subject. 1, 0; 0 with *ret_why:
 * he is shut out; < 0. */
static int
find_linked(struct store *store, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why)
{
	const char *issuer, *value;
	AUTO(subject) subject = NULL;
	int r;

	*ret_why = NULL;
	r = tokens_get_subject(config, verdict, &issuer, &value);
	if (r > 0)
		r = subject_find(store, issuer, value, &subject);
	if (r <= 0)
		return r;
	(void)stpcpy(ret_user->name, subject->user); /* of the same size */
	ret_user->uid = subject->uid;
	r = is_active(store, config, ret_user->name, ret_user->uid);
	if (r == 0)
		*ret_why = "inactive";
	return r;
}

/* A user who was created is reached by his links alone: names go from one
 * person to another at the provider. */
static int
find_by_rule(struct store *store, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why)
{
	const struct token_introspector *introspector =
	    config_find_introspector(config, verdict->introspector);
	AUTO(person) person = NULL;
	int r;

	r = identity_find_by_rule(
	    config, introspector, verdict->claims, ret_user->name, ret_why);
	if (r <= 0)
		return r;
	ret_user->is_by_rule = true;
	r = person_find(store, ret_user->name, &person);
	if (r <= 0)
		return r < 0 ? r : 1;
	/* Made since his link was looked for: it came with him. */
	*ret_user = (struct token_user){0};
	r = find_linked(store, config, verdict, ret_user, ret_why);
	if (r == 0 && !*ret_why)
		*ret_why = "name-taken";
	return r;
}

int
owner_find(struct store *store, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why)
{
	struct token_user user = {.uid = TOKEN_ANY_UID};
	const struct token_introspector *introspector;
	int r;

	if (verdict->is_active && verdict->is_session)
		return find_session_user(
		    store, config, verdict, ret_user, ret_why);
	introspector = config_find_introspector(config, verdict->introspector);
	if (!verdict->is_active || !introspector) {
		*ret_why = "token-no-user";
		return 0;
	}
	r = identity_find_declared(
	    config, introspector, verdict->claims, user.name, ret_why);
	if (r == 0 && streq(*ret_why, "token-no-user")) {
		r = find_linked(store, config, verdict, &user, ret_why);
		if (r == 0 && !*ret_why)
			r = find_by_rule(
			    store, config, verdict, &user, ret_why);
	}
	if (r > 0)
		*ret_user = user;
	return r;
}
