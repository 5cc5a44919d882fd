/*
 * Options may stand anywhere: `--name VALUE`, `--name=VALUE`; "--" ends them.
 * Words are the noun, its verb and one operand.
 */
#include "authboxctl/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define CODE_DIGITS_MIN 6
#define CODE_DIGITS_MAX 8
#define RECOVERY_GROUP	4 /* letters between two dashes */

struct parser {
	struct arguments *arguments;
	bool wants_help; /* the noun was "help" */
	char *why;
};

static int refuse(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int
refuse(struct parser *parser, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(parser->why, ARGUMENTS_WHY_BYTES, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

bool
arguments_is_code(const char *text)
{
	size_t size = strlen(text);

	if (strspn(text, "0123456789 ") == size)
		return size >= CODE_DIGITS_MIN && size <= CODE_DIGITS_MAX + 1;
	if (size != 4 * RECOVERY_GROUP + 3)
		return false;
	for (size_t i = 0; i < size; i++) {
		bool dash = i % (RECOVERY_GROUP + 1) == RECOVERY_GROUP;

		if (dash ? text[i] != '-'
			 : !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", text[i]))
			return false;
	}
	return true;
}

/* ---- words ---- */

static int
take_noun(struct parser *parser, const char *word)
{
	const char *near;

	if (streq(word, "help") && !parser->wants_help) {
		parser->wants_help = true;
		parser->arguments->values[OPTION_HELP] = "";
		return 0;
	}
	parser->arguments->noun = command_find_noun(word);
	if (parser->arguments->noun) {
		parser->arguments->command =
		    command_find(parser->arguments->noun, NULL);
		return 0;
	}
	near = command_nearest_noun(word);
	return near ? refuse(parser,
			  "There is no command \"%s\"; did you mean \"%s\"?",
			  word, near)
		    : refuse(parser,
			  "There is no command \"%s\"; authboxctl --help lists "
			  "them.",
			  word);
}

static int
take_verb(struct parser *parser, const char *word)
{
	const struct command_noun *noun = parser->arguments->noun;
	const char *near;

	parser->arguments->command = command_find(noun, word);
	if (parser->arguments->command)
		return 0;
	near = command_nearest_verb(noun, word);
	return near ? refuse(parser,
			  "There is no \"%s %s\"; did you mean \"%s %s\"?",
			  noun->name, word, noun->name, near)
		    : refuse(parser,
			  "There is no \"%s %s\"; authboxctl %s --help lists "
			  "what "
			  "there is.",
			  noun->name, word, noun->name);
}

static int
take_operand(struct parser *parser, const char *word)
{
	struct arguments *a = parser->arguments;

	if (arguments_is_code(word))
		return refuse(parser,
		    "A code does not belong in a command line, which other "
		    "users can see. Leave it out: it is asked for, or read "
		    "from standard input.");
	if (!a->command->operand || a->operand)
		return refuse(parser, "\"%s\" is one word too many.", word);
	a->operand = word;
	return 0;
}

static int
take_word(struct parser *parser, const char *word)
{
	if (!parser->arguments->noun)
		return take_noun(parser, word);
	if (!parser->arguments->command)
		return take_verb(parser, word);
	return take_operand(parser, word);
}

/* ---- options ---- */

/* `text` is without its dashes, `next` the word after it or NULL. 1: `next` was
 * used up; 0; -EINVAL. */
static int
take_option(struct parser *parser, const char *text, const char *next)
{
	const char *equals = strchr(text, '=');
	const char *value = equals ? equals + 1 : next;
	const struct option_info *info;
	enum option option;
	char name[32]; /* longer than any */

	(void)snprintf(name, sizeof(name), "%.*s",
	    equals ? (int)(equals - text) : (int)sizeof(name), text);
	if (!option_find(name, &option))
		return refuse(parser,
		    "There is no option --%s; --help lists what there is.",
		    name);
	info = option_get_info(option);
	if (parser->arguments->values[option])
		return refuse(parser, "--%s stands twice.", info->name);
	if (!info->value) {
		parser->arguments->values[option] = "";
		return equals
			   ? refuse(parser, "--%s takes no value.", info->name)
			   : 0;
	}
	if (!value || !*value)
		return refuse(
		    parser, "--%s needs a value: %s.", info->name, info->value);
	if (!option_is_choice(option, value))
		return refuse(parser, "--%s is one of %s, not \"%s\".",
		    info->name, info->choices, value);
	parser->arguments->values[option] = value;
	return equals ? 0 : 1;
}

/* ---- the whole ---- */

static int
check_command(struct parser *parser)
{
	const struct arguments *a = parser->arguments;

	if (a->values[OPTION_HELP] || a->values[OPTION_VERSION])
		return 0;
	if (!a->noun)
		return refuse(parser,
		    "Say what to do; authboxctl --help lists the commands.");
	if (!a->command)
		return refuse(parser,
		    "\"%s\" needs one more word; authboxctl %s --help lists "
		    "what there is.",
		    a->noun->name, a->noun->name);
	if (a->command->operand_is_required && !a->operand)
		return refuse(
		    parser, "%s is missing; see --help.", a->command->operand);
	return 0;
}

static int
check_options(struct parser *parser)
{
	const struct arguments *a = parser->arguments;
	uint32_t allowed = OPTION_GENERAL;

	if (a->values[OPTION_HELP] || a->values[OPTION_VERSION])
		return 0;
	allowed |= a->command->options;
	for (enum option o = 0; o < OPTION_COUNT; o++)
		if (a->values[o] && !(allowed & OPTION_BIT(o)))
			return refuse(parser,
			    "--%s means nothing to this command; see --help.",
			    option_get_info(o)->name);
	return 0;
}

int
arguments_parse(int argc, char *const argv[], struct arguments *ret,
    char ret_why[ARGUMENTS_WHY_BYTES])
{
	struct parser parser = {ret, false, ret_why};
	bool only_words = false;
	int r;

	*ret = (struct arguments){0};
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];

		r = 0;
		if (only_words || word[0] != '-' || !word[1])
			r = take_word(&parser, word);
		else if (streq(word, "--"))
			only_words = true;
		else if (streq(word, "-h"))
			ret->values[OPTION_HELP] = "";
		else if (word[1] != '-')
			r = refuse(&parser,
			    "There is no option %s; --help lists what there "
			    "is.",
			    word);
		else
			r = take_option(&parser, word + 2,
			    i + 1 < argc ? argv[i + 1] : NULL);
		if (r < 0)
			return r;
		i += r;
	}
	r = check_command(&parser);
	return r < 0 ? r : check_options(&parser);
}
