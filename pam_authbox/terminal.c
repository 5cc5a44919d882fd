/*
 * Nothing is opened and no locale is set: the size of a descriptor that is
 * there, and the text from which the C library would make a locale.
 */
#include "pam_authbox/terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>

#include "authbox/pam_protocol.h"

static bool
find_size(struct winsize *ret_size)
{
	for (int fd = 0; fd <= 2; fd++)
		if (ioctl(fd, TIOCGWINSZ, ret_size) == 0)
			return true;
	return false;
}

/* "de_DE.UTF-8", "C.utf8@euro" (locale(7)). */
static bool
names_utf8(const char *locale)
{
	const char *dot = strchr(locale, '.');

	if (!dot)
		return false;
	for (const char *const *name =
		 (const char *const[]){"UTF-8", "UTF8", NULL};
	     *name; name++) {
		size_t size = strlen(*name);

		if (strncasecmp(dot + 1, *name, size) == 0 &&
		    (dot[1 + size] == '\0' || dot[1 + size] == '@'))
			return true;
	}
	return false;
}

/* The first that is set says what the characters are. */
static bool
is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *locale = getenv(names[i]);

		if (locale && *locale)
			return names_utf8(locale);
	}
	return false;
}

uint32_t
terminal_flags(void)
{
	struct winsize size = {0};

	if (!find_size(&size))
		return 0;
	return PAM_BEGIN_COLUMNS(size.ws_col) |
	       (is_utf8() ? 0 : (uint32_t)PAM_BEGIN_NOT_UTF8);
}
