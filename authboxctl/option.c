#include "authboxctl/option.h"

#include <string.h>

#include "base/text.h"

/* clang-format off */
static const struct option_info options[OPTION_COUNT] = {
	[OPTION_SOCKET] = {"socket", "PATH", NULL, NULL, false,
	    "ask the authboxd that listens there"},
	[OPTION_JSON] = {"json", NULL, NULL, NULL, false,
	    "print one JSON object, errors too"},
	[OPTION_HELP] = {"help", NULL, NULL, NULL, false,
	    "say how a command is used"},
	[OPTION_VERSION] = {"version", NULL, NULL, NULL, false,
	    "print the version"},
	[OPTION_CODE_STDIN] = {"code-stdin", NULL, NULL, NULL, false,
	    "read codes from standard input, and do not ask"},
	[OPTION_CONFIG] = {"config", "ID", NULL, "config", false,
	    "the AuthConfig that applies, where there are several"},
	[OPTION_DEVICE] = {"device", "NAME", NULL, "device", false,
	    "the device; a name of your choice for a new one"},
	[OPTION_NEW_DEVICE] = {"new-device", "NAME", NULL, "newDevice", false,
	    "a name for the device that takes its place"},
	[OPTION_TYPE] = {"type", "TYPE", "totp|hotp", "type", false,
	    "codes by time (totp, the default) or by counter (hotp)"},
	[OPTION_ALGORITHM] = {"algorithm", "HASH", "SHA1|SHA256|SHA512",
	    "algorithm", false,
	    "SHA1, SHA256 or SHA512; many apps know SHA1 only"},
	[OPTION_DIGITS] = {"digits", "N", "6|7|8", "digits", true,
	    "length of a code: 6, 7 or 8"},
	[OPTION_PERIOD] = {"period", "SECONDS", "30|60", "period", true,
	    "life of a code: 30 or 60"},
	[OPTION_TRANSPORT] = {"transport", "WORD", NULL, "transport", false,
	    "no app: codes come by the webhook, which gets this word"},
	[OPTION_QR] = {"qr", "STYLE", "utf8|utf8-inverted|ascii|none", NULL,
	    false,
	    "utf8, utf8-inverted (light terminals), ascii or none"},
	[OPTION_USER] = {"user", "USER", NULL, "user", false,
	    "whose file, login or sessions"},
	[OPTION_INTROSPECTOR] = {"introspector", "ID", NULL, "introspector",
	    false, "the TokenIntrospector that must judge the token"},
	[OPTION_TTL] = {"ttl", "SECONDS", NULL, "ttl", true,
	    "life of the session: 60 to 86400, the default"},
	[OPTION_EVERYBODY] = {"everybody", NULL, NULL, NULL, false,
	    "all users' (root)"},
	[OPTION_ALL] = {"all", NULL, NULL, NULL, false,
	    "all sessions of a user, not one"},
	[OPTION_SERVICE] = {"service", "NAME", NULL, "service", false,
	    "the PAM service that asks, as in /etc/pam.d"},
	[OPTION_STAGE] = {"stage", "STAGE", "login|account|other", "stage",
	    false, "login or account alone, or account without a token (other)"},
	[OPTION_TOKEN_FILE] = {"token-file", "PATH", NULL, NULL, false,
	    "a token, which is checked first"},
	[OPTION_CLAIMS] = {"claims", "PATH", NULL, NULL, false,
	    "a JSON object, as if it were a token's verified claims"},
	[OPTION_RHOST] = {"rhost", "ADDRESS", NULL, "rhost", false,
	    "where the login comes from, as a number"},
	[OPTION_CLIENT] = {"client", "ID", NULL, "client", false,
	    "the Client that the program speaks for"},
	[OPTION_ISSUER] = {"issuer", "URL", NULL, "issuer", false,
	    "whose tokens: iss"},
	[OPTION_SUBJECT] = {"subject", "SUB", NULL, "subject", false,
	    "the user's own name there: sub"},
	[OPTION_NO_ACCOUNT] = {"no-account", NULL, NULL, NULL, false,
	    "a user without a Unix account, for Clients' services"},
};
/* clang-format on */

const struct option_info *
option_get_info(enum option option)
{
	return &options[option];
}

int
option_find(const char *name, enum option *ret_option)
{
	for (enum option o = 0; o < OPTION_COUNT; o++)
		if (streq(options[o].name, name)) {
			*ret_option = o;
			return 1;
		}
	return 0;
}

/* `name` is `size` bytes of a longer text. */
static bool
is_word(const char *text, size_t size, const char *name)
{
	return strlen(name) == size && strncasecmp(text, name, size) == 0;
}

bool
option_is_choice(enum option option, const char *value)
{
	const char *at = options[option].choices;

	while (at) {
		const char *end = strchrnul(at, '|');

		if (is_word(at, (size_t)(end - at), value))
			return true;
		at = *end ? end + 1 : NULL;
	}
	return !options[option].choices;
}
