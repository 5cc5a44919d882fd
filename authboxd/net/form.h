/*
 * Forms, application/x-www-form-urlencoded, as OAuth sends them (RFC 6749,
 * appendix B): pure.
 */
#ifndef NET_FORM_H
#define NET_FORM_H

#include <stddef.h>

#include "base/secret.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

struct form_field {
	const char *name, *value; /* value NULL: the field is left out */
};

/* "name=value&…" of the fields with a value, which are encoded; names must need
 * no encoding. NULL: no memory. */
struct secret *form_print(const struct form_field fields[], size_t count);

/* Two values joined by a colon, each encoded: who asks, in Basic (RFC 6749
 * 2.3.1). NULL: no memory. */
struct secret *form_print_pair(const char *first, const char *second);

#endif
