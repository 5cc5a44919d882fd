/*
 * A configuration of any bytes is read whole or refused with reasons that fit
 * into a log, and what was read can be asked for.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_report(const struct config_report *report, bool good)
{
	demand(good == (report->error_count == 0));
	demand(good || report->count > 0);
	for (size_t i = 0; i < report->count; i++)
		demand(text_is_printable(report->messages[i].text,
		    strlen(report->messages[i].text)));
}

/* Nothing is allowed by what was left out. */
static void
check_rule(const struct policy_node *node, unsigned depth)
{
	demand(depth <= POLICY_DEPTH_MAX);
	demand(node->engine != POLICY_NONE);
	demand((node->engine == POLICY_MATCHO) == (node->matcho != NULL));
	demand((node->engine == POLICY_COMPLEX) ==
	       ((node->all_count > 0) != (node->any_count > 0)));
	demand(node->engine == POLICY_COMPLEX ||
	       node->all_count + node->any_count == 0);
	for (size_t i = 0; i < node->all_count; i++)
		check_rule(&node->all[i], depth + 1);
	for (size_t i = 0; i < node->any_count; i++)
		check_rule(&node->any[i], depth + 1);
}

static void
check_introspector(
    const struct config *config, const struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;

	demand(id_is_valid(introspector->id));
	demand(
	    config_find_introspector(config, introspector->id) == introspector);
	demand(introspector->token_pattern && introspector->token_compiled);
	demand(
	    introspector->cache_ttl_s >= 1 && introspector->jwt_leeway_s <= 60);
	demand(!introspector->given_secret && !introspector->given_keys);
	demand(!introspector->identity_provider_id == !provider);
	demand(introspector->active == (!provider || provider->active));
	if (introspector->type == INTROSPECTOR_JWT)
		demand(introspector->jwt_iss &&
		       (introspector->jwt_keys || introspector->jwks_uri ||
			   provider));
	else
		demand(introspector->introspection_url || provider);
	(void)config_names_users(config, introspector);
	(void)config_get_client_auth(introspector);
	demand(!config_token_match(introspector, "") ||
	       !streq(introspector->token_pattern, "[A-Za-z0-9._~+/=-]{20,}"));
}

static void
check_tokens(const struct config *config)
{
	for (size_t i = 0; i < config->introspector_count; i++)
		check_introspector(config, &config->introspectors[i]);
	for (size_t i = 0; i < config->policy_count; i++) {
		demand(id_is_valid(config->policies[i].id));
		check_rule(&config->policies[i].rule, 0);
	}
	for (size_t i = 0; i < config->role_count; i++)
		demand(config->roles[i].name && config->roles[i].user_id);
	for (size_t i = 0; i < config->user_index_count; i++) {
		const struct user_index *index = &config->user_index[i];

		demand(config_find_user_by_identifier(
			   config, index->system, index->value) == index->user);
	}
}

static void
check_config(const struct config *config)
{
	const struct auth_config *found;
	AUTO_TEXT why = NULL;
	int r;

	r = config_get_auth_config(config, NULL, &found, &why);
	demand(r == 0 ? found->two_factor.issuer_name != NULL
		      : r == -ENOENT && config->auth_config_count > 1);
	for (size_t i = 0; i < config->auth_config_count; i++)
		demand(id_is_valid(config->auth_configs[i].id));
	for (size_t i = 0; i < config->user_count; i++)
		demand(config_find_user(config, config->users[i].id) ==
		       &config->users[i]);
	for (size_t i = 0; i < config->client_count; i++) {
		const struct client *client = &config->clients[i];

		for (char **p = client->peers; p && *p; p++)
			demand(
			    config_find_client_by_peer(config, *p) == client);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;
	int r;

	r = loader_init(&loader, &report);
	if (r == 0) {
		loader_read(&loader, "fuzz.yaml", (const char *)data, size,
		    size % 2 == 0);
		r = loader_finish(&loader, &config);
	}
	loader_done(&loader);
	demand((r == 0) == (config != NULL));
	if (r == 0 || r == -EINVAL)
		check_report(&report, r == 0);
	if (r == 0) {
		check_config(config);
		check_tokens(config);
	}
	config_unref(config);
	config_report_done(&report);
	return 0;
}
