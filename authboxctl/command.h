/* The commands of authboxctl: one table for running, help and completion. */
#ifndef AUTHBOXCTL_COMMAND_H
#define AUTHBOXCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "authboxctl/option.h"

struct ctl;

struct command {
	const char *verb;    /* NULL: the noun alone */
	const char *operand; /* as help shows it: "USER", "FILE"; NULL: none */
	bool operand_is_required;
	uint32_t options;    /* OPTION_BIT()s beside the general ones */
	const char *summary; /* one line */
	const char *details; /* more of them, may be NULL */
	/* Returns an enum ctl_exit. NULL ends a table. */
	int (*run)(struct ctl *ctl);
};

struct command_noun {
	const char *name;
	const char *summary; /* NULL: for programs, shown to nobody */
	const struct command *commands;
};

/* All of them, ended by a NULL name. Each noun's commands are in the file of
 * its name. */
extern const struct command_noun command_nouns[];
extern const struct command two_factor_commands[];
extern const struct command token_commands[];
extern const struct command session_commands[];
extern const struct command policy_commands[];
extern const struct command user_commands[];
extern const struct command import_commands[];
extern const struct command store_commands[];
extern const struct command config_commands[];
extern const struct command daemon_reload_commands[];
extern const struct command daemon_status_commands[];
extern const struct command daemon_stats_commands[];

/* Lent; NULL: there is none. */
const struct command_noun *command_find_noun(const char *name);

/* `verb` NULL: the noun alone. */
const struct command *
command_find(const struct command_noun *noun, const char *verb);

/* The name that was probably meant, NULL: nothing is near. */
const char *command_nearest_noun(const char *name);
const char *
command_nearest_verb(const struct command_noun *noun, const char *verb);

#endif
