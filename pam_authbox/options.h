/*
 * The words behind pam_authbox.so in a PAM service file. See pam_authbox(8).
 */
#ifndef PAM_AUTHBOX_OPTIONS_H
#define PAM_AUTHBOX_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_SOCKET	      "/run/authbox/pam.sock"
#define OPTIONS_TRIES_DEFAULT 3
#define OPTIONS_TRIES_MAX     10

/* Texts are lent from the arguments; those left out are NULL, except
 * `socket_path`. */
struct options {
	bool totp, token, device; /* at most one; none means totp */
	bool unmanaged_ignore, enrol, combined, echo, debug;
	bool use_first_pass, try_first_pass; /* at most one */
	uint8_t tries;
	const char *config, *introspector, *client, *prompt;
	const char *socket_path; /* absolute, fits a socket address */
};

struct options_factor {
	const char *name;
	int64_t cap_ms;	   /* all waiting for the daemon in one stage */
	bool is_free_text; /* any first pass may be an answer */
};

/* Read the arguments of one line. An unknown, doubled, contradicting or
 * malformed word is -EINVAL, never ignored: *ret_word is that word (lent) and
 * *ret_why says what is wrong with it (static). */
int options_parse(int argc, const char **argv, struct options *ret_options,
    const char **ret_word, const char **ret_why);

/* The factor that the line asks for; static. */
const struct options_factor *options_factor(const struct options *options);

/* The n-th of all factors, counted from 0; NULL behind the last. */
const struct options_factor *options_factor_at(unsigned n);

/* The line names a factor, rather than leaving it to the default. */
bool options_name_factor(const struct options *options);

#endif
