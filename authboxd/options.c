#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "authboxd: one-time codes and access tokens for whatever asks PAM\n"
    "\n"
    "usage: authboxd [options]\n"
    "\n"
    "  --config-dir DIR    resources (/etc/authbox)\n"
    "  --state-dir DIR     the store (/var/lib/authbox)\n"
    "  --key-dir DIR       the store's key, without a systemd credential\n"
    "                      (the state DIR with -key at its end)\n"
    "  --runtime-dir DIR   sockets (/run/authbox)\n"
    "  --standalone        without systemd: start and watch the other two\n"
    "  --check-config      read the resources, say what is wrong, and exit\n"
    "  --version           say which version this is, and exit\n"
    "  --help              say this, and exit\n"
    "\n"
    "It stays in the foreground and writes to the journal or standard error.\n"
    "See authboxd(8).\n";

enum {
	OPTION_CONFIG_DIR = 256,
	OPTION_STATE_DIR,
	OPTION_KEY_DIR,
	OPTION_RUNTIME_DIR,
	OPTION_STANDALONE,
	OPTION_CHECK_CONFIG,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option table[] = {
    {"config-dir", required_argument, NULL, OPTION_CONFIG_DIR},
    {"state-dir", required_argument, NULL, OPTION_STATE_DIR},
    {"key-dir", required_argument, NULL, OPTION_KEY_DIR},
    {"runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR},
    {"standalone", no_argument, NULL, OPTION_STANDALONE},
    {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* 1: taken; 0: done; < 0. */
static int
take_option(int option, struct options *options)
{
	switch (option) {
	case OPTION_CONFIG_DIR:
		options->config_dir = optarg;
		return 1;
	case OPTION_STATE_DIR:
		options->state_dir = optarg;
		return 1;
	case OPTION_KEY_DIR:
		options->key_dir = optarg;
		return 1;
	case OPTION_RUNTIME_DIR:
		options->runtime_dir = optarg;
		return 1;
	case OPTION_STANDALONE:
		options->standalone = true;
		return 1;
	case OPTION_CHECK_CONFIG:
		options->check_config = true;
		return 1;
	case OPTION_VERSION:
		(void)puts("authboxd " AUTHBOX_VERSION);
		return 0;
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		return 0;
	default:
		(void)fputs("authboxd: try --help\n", stderr);
		return -EINVAL;
	}
}

/* The key lies beside the store, in a folder of its own. */
static int
complete(struct options *options)
{
	if (options->key_dir)
		return 1;
	if (asprintf(&options->own_key_dir, "%s-key", options->state_dir) < 0) {
		options->own_key_dir = NULL;
		return -ENOMEM;
	}
	options->key_dir = options->own_key_dir;
	return 1;
}

void
options_done(struct options *options)
{
	free(options->own_key_dir);
}

int
options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = {
	    .config_dir = "/etc/authbox",
	    .state_dir = "/var/lib/authbox",
	    .runtime_dir = "/run/authbox",
	};
	int option, r = 1;

	while (
	    r > 0 && (option = getopt_long(argc, argv, "", table, NULL)) != -1)
		r = take_option(option, &options);
	if (r > 0 && optind < argc) {
		(void)fprintf(stderr,
		    "authboxd: '%s' is no option; try --help\n", argv[optind]);
		r = -EINVAL;
	}
	if (r > 0)
		r = complete(&options);
	if (r > 0)
		*ret_options = options;
	return r;
}
