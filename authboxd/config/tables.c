#include "config/tables.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "config/resource.h"

/* Move one struct to the end of an array of such; -ENOMEM: it stays. */
static int
put_last(void *array_at, size_t *count, void *object, size_t size)
{
	char **at = array_at, *grown = reallocarray(*at, *count + 1, size);

	if (!grown)
		return -ENOMEM;
	memcpy(grown + *count * size, object, size);
	secret_wipe(object, size);
	*at = grown;
	++*count;
	return 0;
}

static int
put_auth_config(struct config *config, void *resource)
{
	return put_last(&config->auth_configs, &config->auth_config_count,
	    resource, sizeof(*config->auth_configs));
}

static int
put_client(struct config *config, void *resource)
{
	return put_last(&config->clients, &config->client_count, resource,
	    sizeof(*config->clients));
}

static int
put_user(struct config *config, void *resource)
{
	return put_last(&config->users, &config->user_count, resource,
	    sizeof(*config->users));
}

static int
put_introspector(struct config *config, void *resource)
{
	return put_last(&config->introspectors, &config->introspector_count,
	    resource, sizeof(*config->introspectors));
}

static int
put_identity_provider(struct config *config, void *resource)
{
	return put_last(&config->identity_providers,
	    &config->identity_provider_count, resource,
	    sizeof(*config->identity_providers));
}

static int
put_role(struct config *config, void *resource)
{
	return put_last(&config->roles, &config->role_count, resource,
	    sizeof(*config->roles));
}

static int
put_policy(struct config *config, void *resource)
{
	return put_last(&config->policies, &config->policy_count, resource,
	    sizeof(*config->policies));
}

static int
put_aidbox_config(struct config *config, void *resource)
{
	const struct aidbox_config *aidbox = resource;

	for (size_t i = 0; i < aidbox->provider_count; i++)
		if (streq_null(
			aidbox->default_provider, aidbox->providers[i].name))
			config->notices = aidbox->providers[i].type;
	return 0;
}

static int
put_provisioning(struct config *config, void *resource)
{
	size_t count = config->provisioning ? 1 : 0;

	return put_last(&config->provisioning, &count, resource,
	    sizeof(*config->provisioning));
}

static int
put_settings(struct config *config, void *resource)
{
	/* What stood there, the defaults, goes the other way. */
	struct settings *settings = resource, old = config->settings;

	config->settings = *settings;
	*settings = old;
	return 0;
}

static const struct kind kinds[] = {
    {
	.name = "AuthConfig",
	.help = "how a second factor is asked for",
	.table = &table_auth_config,
	.put = put_auth_config,
    },
    {
	.name = "User",
	.help = "what is known of a user",
	.table = &table_user,
	.put = put_user,
    },
    {
	.name = "Client",
	.help = "a program that may ask for its services",
	.table = &table_client,
	.put = put_client,
    },
    {
	.name = "TokenIntrospector",
	.help = "whose access tokens are good",
	.table = &table_token_introspector,
	.put = put_introspector,
    },
    {
	.name = "IdentityProvider",
	.help = "who issues tokens, and where it answers",
	.table = &table_identity_provider,
	.put = put_identity_provider,
    },
    {
	.name = "AccessPolicy",
	.help = "who may use which service",
	.table = &table_access_policy,
	.put = put_policy,
    },
    {
	.name = "Role",
	.help = "that a user has a role",
	.table = &table_role,
	.put = put_role,
    },
    {
	.name = "AidboxConfig",
	.help = "where notices go",
	.table = &table_aidbox_config,
	.single = true,
	.put = put_aidbox_config,
    },
    {
	.name = "Settings",
	.help = "network, limits and log of the daemon",
	.table = &table_settings,
	.single = true,
	.put = put_settings,
    },
    {
	.name = "Provisioning",
	.help = "how Unix accounts are made",
	.table = &table_provisioning,
	.file = TABLES_PROVISIONING_FILE,
	.single = true,
	.put = put_provisioning,
    },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const struct kind *
tables_kinds(size_t *ret_count)
{
	*ret_count = KIND_COUNT;
	return kinds;
}

const struct kind *
tables_find(const char *name)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (streq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *
tables_find_near(const char *name)
{
	unsigned best = (unsigned)(strlen(name) / 4 + 2), distance;
	const char *near = NULL;

	for (size_t i = 0; i < KIND_COUNT; i++) {
		distance = text_distance(kinds[i].name, name);
		if (distance < best) {
			best = distance;
			near = kinds[i].name;
		}
	}
	return near;
}

static void
free_array(const struct table *table, void *array, size_t count)
{
	for (size_t i = 0; i < count; i++)
		resource_done(table, (char *)array + i * table->size);
	free(array);
}

void
tables_free_resources(struct config *config)
{
	free_array(&table_auth_config, config->auth_configs,
	    config->auth_config_count);
	free_array(&table_client, config->clients, config->client_count);
	free_array(&table_user, config->users, config->user_count);
	free(config->user_index);
	free_array(&table_token_introspector, config->introspectors,
	    config->introspector_count);
	free_array(&table_identity_provider, config->identity_providers,
	    config->identity_provider_count);
	free_array(&table_role, config->roles, config->role_count);
	free_array(
	    &table_access_policy, config->policies, config->policy_count);
	free_array(&table_provisioning, config->provisioning,
	    config->provisioning ? 1 : 0);
	resource_done(&table_settings, &config->settings);
	resource_done(&table_auth_config, &config->built_in);
}
