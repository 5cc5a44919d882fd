/* The command line of authboxd. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct options {
	const char *config_dir, *state_dir, *key_dir, *runtime_dir;
	bool standalone;
	bool check_config;
};

/* 1: go on; 0: all is done (--help, --version); < 0: wrong usage, and standard
 * error says what. Paths are lent from argv or static. */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
