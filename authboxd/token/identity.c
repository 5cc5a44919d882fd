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

static bool
find_by_rule(const struct config *config, const struct username_rule *rule,
    const cJSON *claims, char ret_user[USER_NAME_BYTES_MAX + 1])
{
	const char *value;

	return rule->claim && claim_is_trusted(claims, rule->claim) &&
	       find_claim(claims, rule->claim, &value) > 0 &&
	       config_username_match(rule, value, ret_user) &&
	       !is_linked(config, ret_user);
}

bool
identity_is_active(const struct config *config, const char *user)
{
	const struct declared_user *declared = config_find_user(config, user);

	return !declared || !declared->inactive;
}

/* NULL: it is `user`; else why it is nobody. */
static const char *
find_user(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char user[USER_NAME_BYTES_MAX + 1])
{
	const char *box_user = NULL, *subject = NULL;
	const struct declared_user *declared;

	if (find_claim(claims, "box_user", &box_user) < 0 ||
	    find_claim(claims, "sub", &subject) < 0)
		return "token-no-user";
	declared = find_declared(
	    config, introspector, box_user ? box_user : subject, subject);
	if (declared) {
		if (!user_name_is_valid(declared->id))
			return "token-no-user";
		(void)stpcpy(user, declared->id); /* valid names fit */
	} else if (!find_by_rule(
		       config, &introspector->username, claims, user)) {
		return "token-no-user";
	}
	return identity_is_active(config, user) ? NULL : "inactive";
}

int
identity_find(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why)
{
	char user[USER_NAME_BYTES_MAX + 1];
	const char *why = find_user(config, introspector, claims, user);

	if (why) {
		*ret_why = why;
		return 0;
	}
	(void)stpcpy(ret_user, user); /* of the same size */
	return 1;
}
