/* Help, from the tables of commands and options. */
#ifndef AUTHBOXCTL_HELP_H
#define AUTHBOXCTL_HELP_H

#include <stdio.h>

#include "authboxctl/arguments.h"

struct ctl;

/* All of them return CTL_DONE.
 *
 * About everything, a noun, or a command: as much as `arguments` names. */
int help_print(FILE *out, const struct arguments *arguments);

int help_print_version(FILE *out);

/* One line for each command: its words, then its options: what completion
 * reads, and what the manual is checked against. */
int help_list_commands(struct ctl *ctl);

#endif
