#include "authboxctl/screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define BOLD "\033[1m"
#define RED  "\033[31m"
#define OFF  "\033[0m"

#define COLUMNS 79 /* where nothing is known, and easy to read */

bool
screen_is_terminal(FILE *file)
{
	int fd = fileno(file);

	return fd >= 0 && isatty(fd);
}

/* A terminal, and the user has not switched colours off. */
static bool
has_colours(FILE *file)
{
	const char *off = getenv("NO_COLOR"), *term = getenv("TERM");

	return screen_is_terminal(file) && !(off && *off) && term &&
	       !streq(term, "dumb");
}

static bool
is_control(const unsigned char *s)
{
	if (s[0] == '\n' || s[0] == '\t')
		return false;
	/* C1 in UTF-8; JSON was checked to be that. */
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

void
screen_put(FILE *file, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		if (is_control(s)) {
			(void)putc('?', file);
			s += *s == 0xc2 && s[1];
		} else {
			(void)putc(*s, file);
		}
	}
}

static void
put_bytes(FILE *file, const char *text, size_t size)
{
	char *copy = strndup(text, size);

	screen_put(file, copy ? copy : "");
	free(copy);
}

void
screen_put_wrapped(FILE *file, const char *text, size_t used)
{
	bool wraps = screen_is_terminal(file);

	while (*text) {
		size_t blanks = strspn(text, " ");
		size_t word = strcspn(text + blanks, " ");

		/* Bytes, not columns: a line may end early, never late. */
		if (wraps && used > 0 && used + blanks + word > COLUMNS) {
			(void)putc('\n', file);
			text += blanks;
			used = blanks = 0;
		}
		put_bytes(file, text, blanks + word);
		used += blanks + word;
		text += blanks + word;
	}
}

static void
put_styled(FILE *file, const char *style, const char *text)
{
	bool styled = has_colours(file);

	(void)fputs(styled ? style : "", file);
	screen_put(file, text);
	(void)fputs(styled ? OFF : "", file);
}

void
screen_put_bold(FILE *file, const char *text)
{
	put_styled(file, BOLD, text);
}

void
screen_put_red(FILE *file, const char *text)
{
	put_styled(file, RED, text);
}

void
screen_time(int64_t unix_s, char ret_text[SCREEN_TIME_BYTES])
{
	time_t seconds = (time_t)unix_s;
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    strftime(
		ret_text, SCREEN_TIME_BYTES, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
		(void)snprintf(
		    ret_text, SCREEN_TIME_BYTES, "@%lld", (long long)unix_s);
}

void
screen_put_grouped(FILE *file, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		if (i > 0 && i % 4 == 0)
			(void)putc(' ', file);
		(void)putc(text[i], file);
	}
}

bool
screen_is_utf8(void)
{
	return streq(nl_langinfo(CODESET), "UTF-8");
}
