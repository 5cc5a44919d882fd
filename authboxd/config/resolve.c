#include "config/resolve.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "config/find.h"
#include "config/place.h"

/* The first introspector with the same issuer among those before, NULL: none.
 */
static const struct token_introspector *
find_same_issuer(
    const struct config *config, const struct token_introspector *introspector)
{
	for (const struct token_introspector *other = config->introspectors;
	     other < introspector; other++)
		if (other->type == INTROSPECTOR_JWT &&
		    streq_null(other->jwt_iss, introspector->jwt_iss))
			return other;
	return NULL;
}

static void
resolve_provider(struct loader *loader, struct token_introspector *introspector)
{
	struct report *report = &loader->reader.report;
	const char *id = introspector->identity_provider_id;
	const struct identity_provider *provider =
	    config_find_identity_provider(loader->config, id);

	introspector->identity_provider = provider;
	if (!provider && place_has(&loader->places, "IdentityProvider", id))
		return; /* what is wrong with it was said */
	if (!provider) {
		report_error(report, 0, "identity_provider",
		    "there is no IdentityProvider/%s; add one, or name one "
		    "that is there",
		    id);
		return;
	}
	introspector->active = provider->active;
	if (!provider->active)
		report_note(report, 0, "identity_provider",
		    "IdentityProvider/%s is not active, so no token of it is "
		    "good",
		    id);
}

/* Take over what stands at the provider for both. */
static void
inherit(struct loader *loader, struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;
	const char *issuer = provider ? provider->issuer : NULL;
	const char *client = provider ? provider->client.id : NULL;
	bool wants_id = introspector->client_auth.method != CLIENT_AUTH_NONE;

	if (!introspector->jwt_iss && issuer) {
		introspector->jwt_iss = strdup(issuer);
		if (!introspector->jwt_iss)
			loader->reader.report.failure = -ENOMEM;
	}
	if (wants_id && !introspector->client_auth.id && client) {
		introspector->client_auth.id = strdup(client);
		if (!introspector->client_auth.id)
			loader->reader.report.failure = -ENOMEM;
	}
	if (wants_id && !introspector->client_auth.id && !client)
		report_error(&loader->reader.report, 0, "client_auth.id",
		    "is missing; give the name that authboxd has at the "
		    "issuer");
}

static void
check_jwt(struct loader *loader, const struct token_introspector *introspector)
{
	struct report *report = &loader->reader.report;
	const struct identity_provider *provider =
	    introspector->identity_provider;
	const struct token_introspector *other;

	if (!introspector->jwt_iss) {
		report_error(report, 0, "jwt.iss",
		    "is missing; give the issuer as the tokens have it in "
		    "their claim iss");
		return;
	}
	if (!introspector->jwt_keys && !introspector->jwks_uri &&
	    !(provider && (provider->jwks_uri || provider->issuer)))
		report_error(report, 0, "jwks_uri",
		    "is missing, and so are other keys; give jwks_uri, "
		    "jwt.keys, jwt.secret, or an identity_provider with "
		    "jwks_uri or issuer");
	other = find_same_issuer(loader->config, introspector);
	if (other)
		report_error(report, 0, "jwt.iss",
		    "is that of TokenIntrospector/%s already, and a token "
		    "must lead to one; join the two (jwt.aud and jwt.keys are "
		    "lists)",
		    other->id);
}

static void
check_opaque(
    struct loader *loader, const struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;

	if (!introspector->introspection_url &&
	    !(provider &&
		(provider->introspection_endpoint || provider->issuer)))
		report_error(&loader->reader.report, 0,
		    "introspection_endpoint.url",
		    "is missing; give it, or an identity_provider with "
		    "introspection_endpoint or issuer");
}

/* Whether its tokens can lead to a user by his name alone. */
static bool
gives_names(const struct token_introspector *introspector)
{
	return introspector->username.claim ||
	       introspector->names_users == NAMES_USERS_YES;
}

/* Two issuers must not meet in one name by accident. */
static void
check_names(
    struct loader *loader, const struct token_introspector *introspector)
{
	const struct config *config = loader->config;

	for (size_t i = 0; i < config->introspector_count; i++) {
		const struct token_introspector *other =
		    &config->introspectors[i];

		if (other == introspector || !gives_names(other) ||
		    !gives_names(introspector))
			continue;
		report_note(&loader->reader.report, 0,
		    introspector->username.claim ? "username.claim"
						 : "namesUsers",
		    "TokenIntrospector/%s gives names as well, and one name is "
		    "one user here, whoever gives it; link users by "
		    "User.identifier, or let patterns tell the two apart",
		    other->id);
		return;
	}
}

static void
check_trust(
    struct loader *loader, const struct token_introspector *introspector)
{
	struct report *report = &loader->reader.report;

	if (!introspector->jwt_aud)
		report_note(report, 0, "jwt.aud",
		    "is missing: whoever gets a token of this issuer, for any "
		    "purpose, can log in here as its owner; give the audience "
		    "that is this host's or service's alone");
	if (loader->config->introspector_count > 1 &&
	    introspector->names_users == NAMES_USERS_UNSAID)
		report_note(report, 0, "namesUsers",
		    "is missing, and with several introspectors it counts as "
		    "false: box_user and sub of its tokens name nobody; say "
		    "true for the one that may name your users");
	check_names(loader, introspector);
}

static void
resolve_introspector(
    struct loader *loader, struct token_introspector *introspector)
{
	place_show(&loader->places, &loader->reader.report, "TokenIntrospector",
	    introspector->id);
	introspector->active = true;
	if (introspector->identity_provider_id) {
		resolve_provider(loader, introspector);
		if (!introspector->identity_provider)
			return; /* the rest would be said in vain */
	}
	inherit(loader, introspector);
	if (introspector->type == INTROSPECTOR_JWT)
		check_jwt(loader, introspector);
	else
		check_opaque(loader, introspector);
	check_trust(loader, introspector);
}

/* One name at an issuer must lead to one user. */
static void
check_identifiers(struct loader *loader)
{
	const struct user_index *index;
	size_t at = 0;

	while ((index = find_doubled_identifier(loader->config, &at))) {
		place_show(&loader->places, &loader->reader.report, "User",
		    index[1].user->id);
		report_error(&loader->reader.report, 0, "identifier",
		    "%s of %s is User/%s as well; a token must lead to one "
		    "user",
		    index->value, index->system, index->user->id);
	}
}

static void
check_link(struct loader *loader, const struct policy_link *link)
{
	const struct config *config = loader->config;
	bool known = link->kind == POLICY_LINK_USER
			 ? config_find_user(config, link->id) != NULL
			 : config_find_client(config, link->id) != NULL;

	if (!known)
		report_note(&loader->reader.report, 0, "link",
		    "there is no %s/%s",
		    link->kind == POLICY_LINK_USER ? "User" : "Client",
		    link->id);
}

static bool
has_role(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->role_count; i++)
		if (streq(config->roles[i].name, name))
			return true;
	return false;
}

static void
check_policy(struct loader *loader, const struct access_policy *policy)
{
	struct report *report = &loader->reader.report;

	place_show(&loader->places, report, "AccessPolicy", policy->id);
	for (size_t i = 0; i < policy->link_count; i++)
		check_link(loader, &policy->links[i]);
	if (policy->role_name && !has_role(loader->config, policy->role_name))
		report_note(report, 0, "roleName",
		    "there is no Role with the name %s", policy->role_name);
}

static void
check_role(struct loader *loader, const struct role *role)
{
	struct report *report = &loader->reader.report;

	place_show(&loader->places, report, "Role", role->id);
	if (!config_find_user(loader->config, role->user_id))
		report_note(
		    report, 0, "user", "there is no User/%s", role->user_id);
}

/* The PAM line may still name one of several. */
static void
check_device(struct loader *loader, const struct auth_config *auth_config)
{
	const struct token_introspector *introspector;
	const char *why = "";

	if (!auth_config->device.enabled ||
	    config_choose_device(loader->config, NULL, &introspector, &why) ||
	    !streq(why, "device-no-provider"))
		return;
	place_show(&loader->places, &loader->reader.report, "AuthConfig",
	    auth_config->id);
	report_note(&loader->reader.report, 0, "deviceLogin.enabled",
	    "has no effect: no TokenIntrospector of type jwt has an active "
	    "IdentityProvider with client.id and with "
	    "device_authorization_endpoint or issuer");
}

/* What may be meant, but is more likely a slip. */
static void
note_slips(struct loader *loader)
{
	struct config *config = loader->config;
	struct report *report = &loader->reader.report;

	for (size_t i = 0; i < config->policy_count; i++)
		check_policy(loader, &config->policies[i]);
	for (size_t i = 0; i < config->role_count; i++)
		check_role(loader, &config->roles[i]);

	for (size_t i = 0; i < config->auth_config_count; i++)
		check_device(loader, &config->auth_configs[i]);

	report->kind = report->id = NULL;
	report->file = "AccessPolicy";
	if (config->introspector_count > 0 && config->policy_count == 0)
		report_note(report, 0, NULL,
		    "there is none, so every login by token is denied; "
		    "authbox-policy(5) has samples");
}

void
resolve_references(struct loader *loader)
{
	struct config *config = loader->config;
	struct report *report = &loader->reader.report;

	for (size_t i = 0; i < config->introspector_count; i++)
		resolve_introspector(loader, &config->introspectors[i]);
	check_identifiers(loader);
	/* After an error some resources are missing here. */
	if (report->to->error_count == 0)
		note_slips(loader);
	report->kind = report->id = NULL;
}
