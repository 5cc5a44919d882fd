/*
 * io.authbox.Token: what is this token, and does it open a service?
 *
 * By default anybody may introspect what he presents. That is no login: no
 * policy is asked and nothing is audited.
 */
#include <errno.h>

#include "api/authorize.h"
#include "api/call.h"
#include "api/caller.h"
#include "api/methods.h"
#include "api/presented.h"

static int
put_claims(cJSON *object, struct token_verdict *verdict)
{
	const char *name = verdict->type == INTROSPECTOR_JWT ? "jwt" : "token";

	if (!verdict->claims)
		return 0;
	if (!cJSON_AddItemToObject(object, name, verdict->claims))
		return -ENOMEM;
	verdict->claims = NULL; /* the object has it */
	return 0;
}

static int
put_roles(cJSON *object, const struct config *config, const char *user)
{
	cJSON *roles = cJSON_AddArrayToObject(object, "role");
	int r = roles ? 0 : -ENOMEM;

	for (size_t i = 0; i < config->role_count && r == 0; i++)
		if (streq(config->roles[i].user_id, user))
			r = call_append_text(roles, config->roles[i].name);
	return r;
}

/* The user's, if there is one. */
static int
put_good(cJSON *object, struct presented *presented)
{
	struct token_verdict *verdict = &presented->verdict;
	int r;

	r = put_claims(object, verdict);
	if (r == 0 && *verdict->introspector)
		r = call_put_text(
		    object, "introspector", verdict->introspector);
	if (r == 0 && *presented->user)
		r = call_put_text(object, "user", presented->user);
	if (r == 0 && verdict->expires_unix_s != INT64_MAX)
		r = call_put_number(object, "expires", verdict->expires_unix_s);
	return r;
}

/* A good token that is nobody's may be one for a program that knows its own
 * users. One of an inactive user, or of a session whose name was given to
 * somebody else, must not look good to whoever reads `active` alone. */
static bool
is_active(const struct presented *presented)
{
	return presented->verdict.is_active &&
	       (!presented->why || streq(presented->why, "token-no-user"));
}

static int
reply(struct varlink_call *call, struct presented *presented,
    const struct client *client)
{
	cJSON *object = call_reply(call);
	bool active = is_active(presented);
	int r;

	r = call_put_flag(object, "active", active);
	if (r == 0)
		r = call_put_text(object, "reason", presented->why);
	if (r == 0)
		r = put_roles(
		    object, presented->config, active ? presented->user : "");
	if (r == 0 && client)
		r = call_put_text(object, "client", client->id);
	return r == 0 && active ? put_good(object, presented) : r;
}

static int
introspect(struct varlink_call *call)
{
	const char *token = NULL, *introspector = NULL, *client_auth = NULL;
	const struct call_field fields[] = {{"token", true, .text = &token},
	    {"introspector", .text = &introspector},
	    {"clientAuth", .text = &client_auth}, {0}};
	struct presented presented = {0};
	const struct client *client;
	int r;

	r = call_read(call, fields);
	if (r > 0)
		r = presented_check(&presented, call, token, introspector);
	if (r > 0)
		r = caller_find_client(
		    call, presented.config, client_auth, &client);
	if (r > 0)
		r = reply(call, &presented, client);
	presented_done(&presented);
	return r;
}

static const char *const introspect_parameters[] = {
    "token", "introspector", "clientAuth", NULL};

static const char *const authorize_parameters[] = {"token", "service", "user",
    "rhost", "tty", "ruser", "host", "introspector", "clientAuth", NULL};

const struct varlink_method token_methods[] = {
    {"io.authbox.Token.Introspect", VARLINK_ANYONE, introspect_parameters,
	introspect, false},
    {"io.authbox.Token.Authorize", VARLINK_ANYONE, authorize_parameters,
	authorize_token, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
