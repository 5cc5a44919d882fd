/* The options of authboxctl: one table for parsing, help, completion and the
 * call's parameters. */
#ifndef AUTHBOXCTL_OPTION_H
#define AUTHBOXCTL_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option {
	/* Good with every command. */
	OPTION_SOCKET = 0,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
	/* Where the command says so. */
	OPTION_CODE_STDIN,
	OPTION_CONFIG,
	OPTION_DEVICE,
	OPTION_NEW_DEVICE,
	OPTION_TYPE,
	OPTION_ALGORITHM,
	OPTION_DIGITS,
	OPTION_PERIOD,
	OPTION_TRANSPORT,
	OPTION_QR,
	OPTION_USER,
	OPTION_INTROSPECTOR,
	OPTION_TTL,
	OPTION_EVERYBODY,
	OPTION_ALL,
	OPTION_SERVICE,
	OPTION_STAGE,
	OPTION_TOKEN_FILE,
	OPTION_CLAIMS,
	OPTION_RHOST,
	OPTION_CLIENT,
	OPTION_ISSUER,
	OPTION_SUBJECT,
	OPTION_NO_ACCOUNT,
	OPTION_COUNT
};

/* A set of options. */
#define OPTION_BIT(option) (UINT32_C(1) << (option))
#define OPTION_GENERAL                                                         \
	(OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_JSON) |                 \
	    OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

struct option_info {
	const char *name;      /* without its dashes */
	const char *value;     /* as help shows it; NULL: takes none */
	const char *choices;   /* "totp|hotp"; NULL: any text */
	const char *parameter; /* of the daemon's methods; NULL: ours alone */
	bool is_number;	       /* the parameter is one */
	const char *help;
};

/* Lent. */
const struct option_info *option_get_info(enum option option);

/* By name without dashes. 1: *ret_option; 0: there is none. */
int option_find(const char *name, enum option *ret_option);

/* `value` is one of the choices, or there are none to choose from. */
bool option_is_choice(enum option option, const char *value);

#endif
