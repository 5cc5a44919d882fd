/* What stands on the command line: pure. */
#ifndef AUTHBOXCTL_ARGUMENTS_H
#define AUTHBOXCTL_ARGUMENTS_H

#include <stdbool.h>

#include "authboxctl/command.h"

#define ARGUMENTS_WHY_BYTES 512

/* All texts are lent from argv. */
struct arguments {
	const struct command_noun *noun;  /* NULL: none was given */
	const struct command *command;	  /* NULL: none was given */
	const char *operand;		  /* NULL: none was given */
	const char *values[OPTION_COUNT]; /* NULL: not given; "" for flags */
};

/* Read `argv` without the program's name. -EINVAL: ret_why says in one sentence
 * what is wrong, and *ret holds what was understood before. With --help or
 * --version nothing is required, and `help NOUN VERB` is `NOUN VERB --help`. */
int arguments_parse(int argc, char *const argv[], struct arguments *ret,
    char ret_why[ARGUMENTS_WHY_BYTES]);

/* Looks like a code, which must never stand in a command line. */
bool arguments_is_code(const char *text);

#endif
