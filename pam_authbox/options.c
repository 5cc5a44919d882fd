#include "pam_authbox/options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "authbox/pam_protocol.h"
#include "base/text.h"

#define NAME_BYTES 32 /* room for the longest word, '=' and NUL */

static const struct options_factor factors[] = {
    {"totp", PAM_TOTP_CAP_MS, false},
    {"token", PAM_TOKEN_CAP_MS, true},
    {"device", PAM_DEVICE_CAP_MS, false},
};

/* Of the words in one group a line may have one. */
enum group {
	GROUP_FACTOR = 32, /* above any index of a word */
	GROUP_FIRST_PASS,
};

struct word {
	const char *name; /* up to and with the '=', if it has one */
	/* NULL, or what the value ought to be. */
	const char *(*read)(void *field, const char *value);
	size_t field;
	unsigned group; /* 0: its own */
};

static const char *
read_flag(void *field, const char *value)
{
	(void)value; /* a flag has none */
	*(bool *)field = true;
	return NULL;
}

static const char *
read_ignore(void *field, const char *value)
{
	*(bool *)field = true;
	return streq(value, "ignore") ? NULL : "must be unmanaged=ignore";
}

static const char *
read_text(void *field, const char *value)
{
	*(const char **)field = value;
	return *value ? NULL : "needs a value";
}

static const char *
read_path(void *field, const char *value)
{
	size_t size = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	*(const char **)field = value;
	return *value == '/' && strlen(value) < size
		   ? NULL
		   : "must be an absolute path of at most 107 bytes";
}

static const char *
read_tries(void *field, const char *value)
{
	unsigned tries = 0;

	for (; *value >= '0' && *value <= '9' && tries < 100; value++)
		tries = tries * 10 + (unsigned)(*value - '0');
	*(uint8_t *)field = (uint8_t)tries;
	return !*value && tries >= 1 && tries <= OPTIONS_TRIES_MAX
		   ? NULL
		   : "must be a number from 1 to 10";
}

#define AT(field) offsetof(struct options, field)

static const struct word words[] = {
    {"totp", read_flag, AT(totp), GROUP_FACTOR},
    {"token", read_flag, AT(token), GROUP_FACTOR},
    {"device", read_flag, AT(device), GROUP_FACTOR},
    {"config=", read_text, AT(config), 0},
    {"introspector=", read_text, AT(introspector), 0},
    {"client=", read_text, AT(client), 0},
    {"unmanaged=", read_ignore, AT(unmanaged_ignore), 0},
    {"enrol", read_flag, AT(enrol), 0},
    {"tries=", read_tries, AT(tries), 0},
    {"use_first_pass", read_flag, AT(use_first_pass), GROUP_FIRST_PASS},
    {"try_first_pass", read_flag, AT(try_first_pass), GROUP_FIRST_PASS},
    {"combined", read_flag, AT(combined), 0},
    {"echo", read_flag, AT(echo), 0},
    {"prompt=", read_text, AT(prompt), 0},
    {"socket=", read_path, AT(socket_path), 0},
    {"debug", read_flag, AT(debug), 0},
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

/* The word that `given` is, and its value; NULL: unknown. */
static const struct word *
find_word(const char *given, const char **ret_value)
{
	const char *equals = strchr(given, '=');
	size_t size = equals ? (size_t)(equals - given) + 1 : strlen(given);
	char name[NAME_BYTES];

	if (size >= sizeof(name))
		return NULL;
	memcpy(name, given, size);
	name[size] = '\0';
	*ret_value = given + size;

	for (size_t i = 0; i < WORD_COUNT; i++)
		if (streq(name, words[i].name))
			return &words[i];
	return NULL;
}

static const char *
read_word(struct options *options, uint64_t *seen, const char *given)
{
	const char *value;
	const struct word *word = find_word(given, &value);
	uint64_t bit;

	if (!word)
		return "is not known";

	bit = UINT64_C(1) << (word->group ? word->group
					  : (unsigned)(word - words));
	if (*seen & bit)
		return "doubles or contradicts an earlier option";
	*seen |= bit;
	return word->read((char *)options + word->field, value);
}

int
options_parse(int argc, const char **argv, struct options *ret_options,
    const char **ret_word, const char **ret_why)
{
	struct options options = {
	    .tries = OPTIONS_TRIES_DEFAULT,
	    .socket_path = OPTIONS_SOCKET,
	};
	uint64_t seen = 0;

	for (int i = 0; i < argc; i++) {
		*ret_why = read_word(&options, &seen, argv[i]);
		*ret_word = argv[i];
		if (*ret_why)
			return -EINVAL;
	}

	*ret_options = options;
	return 0;
}

const struct options_factor *
options_factor(const struct options *options)
{
	return &factors[options->device ? 2 : options->token ? 1 : 0];
}

const struct options_factor *
options_factor_at(unsigned n)
{
	return n < sizeof(factors) / sizeof(factors[0]) ? &factors[n] : NULL;
}

bool
options_name_factor(const struct options *options)
{
	return options->totp || options->token || options->device;
}
