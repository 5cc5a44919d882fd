#include "authboxctl/pam_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define BLANKS	   " \t"
#define PATH_BYTES 512
#define OURS	   "pam_authbox.so"

bool
pam_line_is_ours(const struct pam_line *line)
{
	return streq(line->module, OURS);
}

bool
pam_line_has(const struct pam_line *line, const char *word)
{
	const char *at = line->arguments;

	while (*at) {
		const char *rest = text_after(at, word);

		/* Its end, too, is among what strchr() looks for. */
		if (rest && strchr(BLANKS, *rest))
			return true;
		at += strcspn(at, BLANKS);
		at += strspn(at, BLANKS);
	}
	return false;
}

/* The next word of a line, which is cut there; a control in brackets is one
 * word. NULL: none. */
static char *
next_word(char **at)
{
	char *word = *at + strspn(*at, BLANKS);
	size_t size = word[0] == '[' ? strcspn(word, "]") : 0;

	size += strcspn(word + size, BLANKS);
	if (size == 0)
		return NULL;
	*at = word + size;
	if (**at != '\0')
		*(*at)++ = '\0';
	return word;
}

/* What is read, and how deep in files that include others. */
struct reading {
	const char *folder;
	struct pam_lines *lines;
	unsigned depth;
};

static int
read_file(struct reading *reading, const char *name, enum pam_kind only);

static enum pam_kind
kind_of(const char *word)
{
	if (*word == '-') /* a module that may be missing */
		word++;
	if (streq(word, "auth"))
		return PAM_KIND_AUTH;
	return streq(word, "account") ? PAM_KIND_ACCOUNT : PAM_KIND_OTHER;
}

/* Keep what follows the first word, if it is a line at all. */
static void
put_line(struct pam_lines *lines, enum pam_kind kind, const char *rest)
{
	struct pam_line *line = &lines->lines[lines->count];
	char *at = line->text, *control, *module, *slash;

	if (lines->count == PAM_LINES_MAX || strlen(rest) >= PAM_LINE_BYTES)
		return;
	(void)stpcpy(line->text, rest); /* it fits */
	control = next_word(&at);
	module = control ? next_word(&at) : NULL;
	if (!module)
		return;
	slash = strrchr(module, '/');
	line->kind = kind;
	line->control = control;
	line->module = slash ? slash + 1 : module;
	line->arguments = at + strspn(at, BLANKS);
	lines->count++;
}

/* With this word. */
static bool
begins_with(const char *text, const char *word)
{
	const char *rest = text_after(text, word);

	return rest && (*rest == ' ' || *rest == '\t');
}

/* `only`: the kind that a file is included for; OTHER: all. */
static void
read_line(struct reading *reading, char *line, enum pam_kind only)
{
	enum pam_kind kind;
	char *word, *rest, *name;

	line[strcspn(line, "#\n")] = '\0';
	word = next_word(&line);
	if (!word)
		return;
	rest = line + strspn(line, BLANKS);
	if (streq(word, "@include")) {
		name = next_word(&rest);
		if (name)
			(void)read_file(reading, name, only); /* may lack */
		return;
	}
	kind = kind_of(word);
	if (kind == PAM_KIND_OTHER || (only && kind != only))
		return;
	if (!begins_with(rest, "include") && !begins_with(rest, "substack")) {
		put_line(reading->lines, kind, rest);
		return;
	}
	(void)next_word(&rest);
	name = next_word(&rest);
	if (name)
		(void)read_file(reading, name, kind);
}

static int
read_file(struct reading *reading, const char *name, enum pam_kind only)
{
	char path[PATH_BYTES], line[PAM_LINE_BYTES];
	FILE *file;

	if (reading->depth == PAM_LINES_DEPTH_MAX || strchr(name, '/'))
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", reading->folder, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	reading->depth++;
	while (fgets(line, sizeof(line), file))
		read_line(reading, line, only);
	reading->depth--;
	(void)fclose(file); /* it was only read */
	return 1;
}

int
pam_lines_read(
    const char *folder, const char *service, struct pam_lines *ret_lines)
{
	struct reading reading = {folder, ret_lines, 0};

	ret_lines->count = 0;
	return read_file(&reading, service, PAM_KIND_OTHER);
}
