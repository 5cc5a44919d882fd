/*
 * The names that created users may have. They are stricter than what NSS may
 * know (user_name_is_valid()): whatever asks an identity provider must not be
 * able to become a name that means something to this host.
 */
#ifndef BASE_UNIX_NAME_H
#define BASE_UNIX_NAME_H

#include <stdbool.h>

#define UNIX_NAME_BYTES_MAX	  64
#define UNIX_NAME_PLAIN_BYTES_MAX 31

enum unix_name_characters {
	UNIX_NAME_PLAIN = 0, /* ^[a-z_][a-z0-9_-]{0,30}$ */
	UNIX_NAME_DOTS,	     /* and dots between them */
	UNIX_NAME_MAIL,	     /* and one @, at most UNIX_NAME_BYTES_MAX */
};

/* What is wrong with a created user's name, as the end of a sentence that
 * begins with it (static); NULL: nothing. It may be any text. */
const char *
unix_name_find_fault(const char *name, enum unix_name_characters characters);

/* A group whose members are, or can easily become, root, or that reads what
 * others wrote: not without a second yes. */
bool unix_name_is_powerful_group(const char *group);

#endif
