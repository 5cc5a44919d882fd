#include "authboxctl/help.h"

#include <string.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"

#define COLUMN 22 /* where explanations begin */

static void
print_words(
    FILE *out, const struct command_noun *noun, const struct command *command)
{
	(void)fprintf(out, "%s%s%s", noun->name, command->verb ? " " : "",
	    command->verb ? command->verb : "");
}

/* Columns of "2fa enrol [USER]". */
static int
words_size(const struct command_noun *noun, const struct command *command)
{
	size_t size = strlen(noun->name) +
		      (command->verb ? strlen(command->verb) + 1 : 0);

	if (command->operand)
		size += strlen(command->operand) +
			(command->operand_is_required ? 1 : 3);
	return (int)size;
}

static void
print_operand(FILE *out, const struct command *command)
{
	if (command->operand)
		(void)fprintf(out,
		    command->operand_is_required ? " %s" : " [%s]",
		    command->operand);
}

static void
print_option(FILE *out, enum option option)
{
	const struct option_info *info = option_get_info(option);
	int used = fprintf(out, "  --%s%s%s", info->name,
	    info->value ? " " : "", info->value ? info->value : "");

	(void)fprintf(
	    out, "%*s%s\n", COLUMN > used ? COLUMN - used : 1, "", info->help);
}

static void
print_options(FILE *out, uint32_t options)
{
	for (enum option o = 0; o < OPTION_COUNT; o++)
		if (options & OPTION_BIT(o))
			print_option(out, o);
}

static void
print_all(FILE *out)
{
	(void)fputs(
	    "Usage: authboxctl [--socket PATH] [--json] COMMAND ...\n"
	    "Ask authboxd, the daemon of second factors for Linux logins.\n\n",
	    out);
	screen_put_bold(out, "Commands\n");
	for (const struct command_noun *n = command_nouns; n->name; n++)
		if (n->summary)
			(void)fprintf(
			    out, "  %-*s%s\n", COLUMN - 2, n->name, n->summary);
	screen_put_bold(out, "\nOptions\n");
	print_options(out, OPTION_GENERAL);
	(void)fputs("\nBegin with: authboxctl 2fa enrol\n"
		    "More: authboxctl COMMAND --help, man authboxctl\n",
	    out);
}

static void
print_noun(FILE *out, const struct command_noun *noun)
{
	int column = 0;

	for (const struct command *c = noun->commands; c->run; c++)
		if (words_size(noun, c) > column)
			column = words_size(noun, c);

	(void)fprintf(out, "authboxctl %s - %s\n\n", noun->name, noun->summary);
	for (const struct command *c = noun->commands; c->run; c++) {
		(void)fputs("  ", out);
		print_words(out, noun, c);
		print_operand(out, c);
		(void)fprintf(out, "%*s%s\n", column + 2 - words_size(noun, c),
		    "", c->summary);
	}
	(void)fprintf(out, "\nMore: authboxctl %s VERB --help\n", noun->name);
}

static void
print_command(
    FILE *out, const struct command_noun *noun, const struct command *command)
{
	(void)fputs("Usage: authboxctl ", out);
	print_words(out, noun, command);
	print_operand(out, command);
	(void)fprintf(out, "%s\n%c%s.\n",
	    command->options ? " [OPTION ...]" : "",
	    command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->details)
		(void)fprintf(out, "\n%s", command->details);
	if (command->options)
		screen_put_bold(out, "\nOptions\n");
	print_options(out, command->options);
	screen_put_bold(out, "\nGeneral options\n");
	print_options(out, OPTION_GENERAL & ~OPTION_BIT(OPTION_VERSION));
}

/* "2fa enrol [USER] --device NAME ..." */
static void
print_line(
    FILE *out, const struct command_noun *noun, const struct command *command)
{
	print_words(out, noun, command);
	print_operand(out, command);
	for (enum option o = 0; o < OPTION_COUNT; o++) {
		const struct option_info *info = option_get_info(o);

		if (!(command->options & OPTION_BIT(o)))
			continue;
		(void)fprintf(out, " --%s%s%s", info->name,
		    info->value ? " " : "",
		    info->choices ? info->choices
		    : info->value ? info->value
				  : "");
	}
	(void)putc('\n', out);
}

int
help_list_commands(struct ctl *ctl)
{
	for (const struct command_noun *n = command_nouns; n->name; n++)
		for (const struct command *c = n->commands;
		     n->summary && c->run; c++)
			print_line(ctl->out, n, c);
	return CTL_DONE;
}

int
help_print(FILE *out, const struct arguments *arguments)
{
	if (!arguments->noun)
		print_all(out);
	else if (!arguments->command)
		print_noun(out, arguments->noun);
	else
		print_command(out, arguments->noun, arguments->command);
	return CTL_DONE;
}

int
help_print_version(FILE *out)
{
	(void)fputs("authboxctl " AUTHBOX_VERSION "\n", out);
	return CTL_DONE;
}
