/* At which provider a device login begins. */
#include "config/config.h"

/* Why this introspector cannot lead to one, NULL: it can. */
static const char *
fault_of(const struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;

	if (introspector->type != INTROSPECTOR_JWT || !provider ||
	    !provider->client.id ||
	    (!provider->device_authorization_endpoint && !provider->issuer))
		return "device-no-provider";
	return introspector->active ? NULL : "introspector-inactive";
}

static const char *
choose_wanted(const struct config *config, const char *wanted,
    const struct token_introspector **ret_introspector)
{
	*ret_introspector = config_find_introspector(config, wanted);
	return *ret_introspector ? fault_of(*ret_introspector)
				 : "introspector-unknown";
}

static const char *
choose_only(const struct config *config,
    const struct token_introspector **ret_introspector)
{
	size_t count = 0;

	for (size_t i = 0; i < config->introspector_count; i++)
		if (!fault_of(&config->introspectors[i])) {
			*ret_introspector = &config->introspectors[i];
			count++;
		}
	if (count > 1)
		return "introspector-ambiguous";
	return count == 1 ? NULL : "device-no-provider";
}

int
config_choose_device(const struct config *config, const char *wanted,
    const struct token_introspector **ret_introspector, const char **ret_why)
{
	const struct token_introspector *introspector = NULL;
	const char *why = wanted && *wanted
			      ? choose_wanted(config, wanted, &introspector)
			      : choose_only(config, &introspector);

	if (why) {
		*ret_why = why;
		return 0;
	}
	*ret_introspector = introspector;
	return 1;
}
