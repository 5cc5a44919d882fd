/* Finding what tokens and policies need in a snapshot. Lists are short, but
 * for the users; see config.c for those. */
#include "config/config.h"

const struct client *
config_find_client(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->client_count; i++)
		if (streq(config->clients[i].id, id))
			return &config->clients[i];
	return NULL;
}

const struct declared_user *
config_find_user_by_identifier(
    const struct config *config, const char *system, const char *value)
{
	for (size_t i = 0; i < config->user_count; i++) {
		const struct declared_user *user = &config->users[i];

		for (size_t j = 0; j < user->identifier_count; j++)
			if (streq(user->identifiers[j].value, value) &&
			    streq(user->identifiers[j].system, system))
				return user;
	}
	return NULL;
}

const struct token_introspector *
config_find_introspector(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->introspector_count; i++)
		if (streq(config->introspectors[i].id, id))
			return &config->introspectors[i];
	return NULL;
}

const struct identity_provider *
config_find_identity_provider(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->identity_provider_count; i++)
		if (streq(config->identity_providers[i].id, id))
			return &config->identity_providers[i];
	return NULL;
}

bool
config_names_users(
    const struct config *config, const struct token_introspector *introspector)
{
	if (introspector->names_users != NAMES_USERS_UNSAID)
		return introspector->names_users == NAMES_USERS_YES;
	return config->introspector_count == 1;
}
