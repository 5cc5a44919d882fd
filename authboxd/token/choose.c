#include "token/choose.h"

#include "jose/reason.h"
#include "token/identity.h"

/* Whether an opaque introspector's endpoint may see the token. */
static bool
may_see(const struct config *config,
    const struct token_introspector *introspector, const char *token,
    bool is_jwt, const char *issuer, bool is_wanted)
{
	const char *own = identity_get_issuer(introspector);

	if (!config_token_match(introspector, token))
		return false;
	if (!is_jwt)
		return true;
	if (own && issuer)
		return streq(own, issuer);
	/* Nobody knows whose it is: then somebody must have said so, or there
	 * must be no other issuer to confuse it with. */
	return is_wanted || config->introspector_count == 1;
}

static const char *
check_wanted(const struct config *config,
    const struct token_introspector *introspector, const char *token,
    bool is_jwt, const char *issuer)
{
	if (!introspector->active)
		return "introspector-inactive";
	if (introspector->type == INTROSPECTOR_JWT) {
		if (!is_jwt)
			return REASON_MALFORMED;
		return issuer && streq(issuer, introspector->jwt_iss)
			   ? NULL
			   : REASON_ISSUER;
	}
	if (may_see(config, introspector, token, is_jwt, issuer, true))
		return NULL;
	return is_jwt ? REASON_ISSUER : REASON_MALFORMED;
}

static const struct token_introspector *
find_by_issuer(const struct config *config, const char *issuer)
{
	for (size_t i = 0; i < config->introspector_count; i++) {
		const struct token_introspector *introspector =
		    &config->introspectors[i];

		if (introspector->type == INTROSPECTOR_JWT &&
		    streq(introspector->jwt_iss, issuer))
			return introspector;
	}
	return NULL;
}

/* How many opaque ones may see the token; *ret: the last of them. */
static size_t
count_opaque(const struct config *config, const char *token, bool is_jwt,
    const char *issuer, const struct token_introspector **ret_introspector)
{
	size_t count = 0;

	for (size_t i = 0; i < config->introspector_count; i++) {
		const struct token_introspector *introspector =
		    &config->introspectors[i];

		if (introspector->type != INTROSPECTOR_OPAQUE ||
		    !introspector->active ||
		    !may_see(
			config, introspector, token, is_jwt, issuer, false))
			continue;
		*ret_introspector = introspector;
		count++;
	}
	return count;
}

int
choose_introspector(const struct config *config, const char *wanted,
    const char *token, bool is_jwt, const char *issuer,
    const struct token_introspector **ret_introspector, const char **ret_why)
{
	const struct token_introspector *found = NULL;
	size_t count;

	*ret_why = NULL;
	if (wanted && *wanted) {
		found = config_find_introspector(config, wanted);
		*ret_why =
		    found ? check_wanted(config, found, token, is_jwt, issuer)
			  : "introspector-unknown";
	} else if (issuer && (found = find_by_issuer(config, issuer))) {
		*ret_why = found->active ? NULL : "introspector-inactive";
	} else {
		count = count_opaque(config, token, is_jwt, issuer, &found);
		if (count > 1)
			*ret_why = "introspector-ambiguous";
		else if (count == 0)
			*ret_why = is_jwt ? REASON_ISSUER : REASON_MALFORMED;
	}
	if (*ret_why)
		return 0;
	*ret_introspector = found;
	return 1;
}
