/* The command line of authboxd. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct options {
	const char *config_dir, *state_dir, *key_dir, *runtime_dir;
	bool standalone;
	bool check_config;
	char *own_key_dir; /* what key_dir is without --key-dir */
};

/* 1: go on; 0: all is done (--help, --version); < 0: wrong usage, and standard
 * error says what. Paths are lent from argv, static, or the struct's own. */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_done(struct options *options);

#endif
