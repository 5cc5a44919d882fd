#include "token/identity.h"

/* A text that is there and not empty: 1; 0: none; < 0: another shape. An empty
 * claim counts as absent, or one user could be everybody's. */
static int
find_claim(const cJSON *claims, const char *name, const char **ret_text)
{
	const char *text;
	int r = json_find_text(claims, name, &text);

	if (r <= 0 || *text == '\0')
		return r < 0 ? r : 0;
	*ret_text = text;
	return 1;
}

const char *
identity_get_issuer(const struct token_introspector *introspector)
{
	if (introspector->jwt_iss)
		return introspector->jwt_iss;
	return introspector->identity_provider
		   ? introspector->identity_provider->issuer
		   : NULL;
}

static const struct declared_user *
find_declared(const struct config *config,
    const struct token_introspector *introspector, const char *name,
    const char *subject)
{
	const char *issuer = identity_get_issuer(introspector);
	const struct declared_user *user = NULL;

	if (name && config_names_users(config, introspector))
		user = config_find_user(config, name);
	if (!user && issuer && subject)
		user = config_find_user_by_identifier(config, issuer, subject);
	return user;
}

/* An address that nobody verified is what its owner wrote. */
static bool
claim_is_trusted(const cJSON *claims, const char *claim)
{
	return !streq(claim, "email") ||
	       cJSON_IsTrue(json_find(claims, "email_verified"));
}

/* Whose tokens are his is written down: who has the same name at this or
 * another issuer is somebody else. */
static bool
is_linked(const struct config *config, const char *user)
{
	const struct declared_user *declared = config_find_user(config, user);

	for (size_t i = 0; declared && i < declared->identifier_count; i++)
		if (declared->identifiers[i].system)
			return true;
	return false;
}

bool
identity_is_active(const struct config *config, const char *user)
{
	const struct declared_user *declared = config_find_user(config, user);

	return !declared || !declared->inactive;
}

static int
finish(const struct config *config, const char *user,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why)
{
	if (!identity_is_active(config, user)) {
		*ret_why = "inactive";
		return 0;
	}
	if (!user_name_is_valid(user)) {
		*ret_why = "token-no-user";
		return 0;
	}
	(void)stpcpy(ret_user, user); /* valid names fit */
	return 1;
}

int
identity_find_declared(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why)
{
	const char *box_user = NULL, *subject = NULL;
	const struct declared_user *declared = NULL;

	if (find_claim(claims, "box_user", &box_user) >= 0 &&
	    find_claim(claims, "sub", &subject) >= 0)
		declared = find_declared(config, introspector,
		    box_user ? box_user : subject, subject);
	if (!declared) {
		*ret_why = "token-no-user";
		return 0;
	}
	return finish(config, declared->id, ret_user, ret_why);
}

int
identity_find_by_rule(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why)
{
	const struct username_rule *rule = &introspector->username;
	char user[USER_NAME_BYTES_MAX + 1];
	const char *value, *other;

	if (!rule->claim || !claim_is_trusted(claims, rule->claim) ||
	    find_claim(claims, "box_user", &other) < 0 ||
	    find_claim(claims, "sub", &other) < 0 ||
	    find_claim(claims, rule->claim, &value) <= 0 ||
	    !config_username_match(rule, value, user) ||
	    is_linked(config, user)) {
		*ret_why = "token-no-user";
		return 0;
	}
	return finish(config, user, ret_user, ret_why);
}

int
identity_find(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why)
{
	const char *why;
	int r;

	r = identity_find_declared(
	    config, introspector, claims, ret_user, &why);
	if (r == 0 && streq(why, "token-no-user"))
		r = identity_find_by_rule(
		    config, introspector, claims, ret_user, &why);
	if (r == 0)
		*ret_why = why;
	return r;
}
