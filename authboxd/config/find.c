/* Finding what tokens and policies need in a snapshot. Lists are short, but
 * for the users; see config.c for those. */
#include "config/find.h"

#include <errno.h>

const struct client *
config_find_client(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->client_count; i++)
		if (streq(config->clients[i].id, id))
			return &config->clients[i];
	return NULL;
}

/* By value first, since many share an issuer. */
static int
compare_identifiers(const void *a, const void *b)
{
	const struct user_index *x = a, *y = b;
	int order = text_order(x->value, y->value);

	return order ? order : text_order(x->system, y->system);
}

int
find_sort_identifiers(struct config *config)
{
	struct user_index *index;
	size_t count = 0;

	for (size_t i = 0; i < config->user_count; i++)
		count += config->users[i].identifier_count;
	index = calloc(count + 1, sizeof(*index));
	if (!index)
		return -ENOMEM;

	count = 0;
	for (size_t i = 0; i < config->user_count; i++) {
		const struct declared_user *user = &config->users[i];

		for (size_t j = 0; j < user->identifier_count; j++)
			if (user->identifiers[j].system)
				index[count++] = (struct user_index){
				    user->identifiers[j].system,
				    user->identifiers[j].value, user};
	}
	qsort(index, count, sizeof(*index), compare_identifiers);
	free(config->user_index);
	config->user_index = index;
	config->user_index_count = count;
	return 0;
}

const struct user_index *
find_doubled_identifier(const struct config *config, size_t *at)
{
	for (; *at + 1 < config->user_index_count; ++*at) {
		const struct user_index *index = &config->user_index[*at];

		if (compare_identifiers(index, index + 1) == 0) {
			++*at;
			return index;
		}
	}
	return NULL;
}

const struct declared_user *
config_find_user_by_identifier(
    const struct config *config, const char *system, const char *value)
{
	const struct user_index wanted = {system, value, NULL}, *found;

	if (config->user_index_count == 0)
		return NULL;
	found = bsearch(&wanted, config->user_index, config->user_index_count,
	    sizeof(wanted), compare_identifiers);
	return found ? found->user : NULL;
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
