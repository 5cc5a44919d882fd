#include "authboxctl/command.h"

#include <stddef.h>

#include "authboxctl/help.h"
#include "base/text.h"

#define NEAR_MAX 2 /* edits between what was typed and what was meant */

static const struct command list_commands[] = {
    {NULL, NULL, false, 0, "list the commands, for programs", NULL,
	help_list_commands},
    {0},
};

const struct command_noun command_nouns[] = {
    {"2fa", "one-time codes: enrol an app, look after its devices",
	two_factor_commands},
    {"token", "ask about an access token", token_commands},
    {"session", "exchange a long token for a short one, list and end them",
	session_commands},
    {"user", "look after users created from a provider (root)", user_commands},
    {"policy", "try the access policies (root)", policy_commands},
    {"import", "take over what another PAM module knows (root)",
	import_commands},
    {"store", "check, back up and re-key the store of secrets (root)",
	store_commands},
    {"config", "check and explain the files in /etc/authbox", config_commands},
    {"reload", "read the configuration again (root)", daemon_reload_commands},
    {"status", "say whether authboxd is well", daemon_status_commands},
    {"stats", "show counters since the start (root)", daemon_stats_commands},
    {"list-commands", NULL, list_commands},
    {NULL, NULL, NULL},
};

const struct command_noun *
command_find_noun(const char *name)
{
	for (const struct command_noun *n = command_nouns; n->name; n++)
		if (streq(n->name, name))
			return n;
	return NULL;
}

const struct command *
command_find(const struct command_noun *noun, const char *verb)
{
	for (const struct command *c = noun->commands; c->run; c++)
		if (c->verb ? streq_null(c->verb, verb) : !verb)
			return c;
	return NULL;
}

const char *
command_nearest_noun(const char *name)
{
	const char *nearest = NULL;
	unsigned least = NEAR_MAX + 1;

	for (const struct command_noun *n = command_nouns; n->name; n++)
		if (text_distance(n->name, name) < least) {
			least = text_distance(n->name, name);
			nearest = n->name;
		}
	return nearest;
}

const char *
command_nearest_verb(const struct command_noun *noun, const char *verb)
{
	const char *nearest = NULL;
	unsigned least = NEAR_MAX + 1;

	for (const struct command *c = noun->commands; c->run; c++)
		if (c->verb && text_distance(c->verb, verb) < least) {
			least = text_distance(c->verb, verb);
			nearest = c->verb;
		}
	return nearest;
}
