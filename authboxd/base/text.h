/* Comparing public text, and the one validator for each kind of name. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define USER_NAME_BYTES_MAX 255 /* what NSS may return; see below */
#define ID_BYTES_MAX	    64	/* ids of resources, names of devices */

/* Most texts that differ do so in the first two bytes, and then no call is
 * made. */
static inline bool
streq(const char *a, const char *b)
{
	return *a == *b && (!*a || (a[1] == b[1] && strcmp(a, b) == 0));
}

/* What follows `start` in a text that begins with it, else NULL. */
static inline const char *
text_after(const char *text, const char *start)
{
	size_t size = strlen(start);

	return strncmp(text, start, size) == 0 ? text + size : NULL;
}

/* For sorting: < 0, 0, > 0, by bytes. */
static inline int
text_order(const char *a, const char *b)
{
	return strcmp(a, b);
}

/* NULL equals nothing. */
static inline bool
streq_null(const char *a, const char *b)
{
	return a && b && streq(a, b);
}

/* A name that NSS may know: 1 to USER_NAME_BYTES_MAX bytes of UTF-8 without
 * control characters, '/' and ':', not "." or "..", not all digits, no blank
 * at either end. Says nothing about whether such a user exists. */
bool user_name_is_valid(const char *name);

/* An id in a resource, or the name of a device: 1 to ID_BYTES_MAX characters
 * of A-Z a-z 0-9 '.' '_' '-', not starting with '.' or '-'. */
bool id_is_valid(const char *id);

/* `size` bytes are well-formed UTF-8 without NUL (RFC 3629: no surrogates, no
 * overlong forms). */
bool text_is_utf8(const char *text, size_t size);

/* UTF-8 without any control character (C0, DEL, C1), and without those of
 * Unicode that end a line or turn its direction: fit for one line. */
bool text_is_printable(const char *text, size_t size);

/* Copy for a log line: what is not printable, shows nothing, or is a blank but
 * not that of ASCII becomes '?', and at most `ret_size - 1` bytes are kept,
 * ended by "..." when cut. */
void text_copy_for_log(const char *text, char *ret_text, size_t ret_size);

/* The same as one word, without blanks, quotes and brackets: what others say
 * cannot be read as a part of the line around it, which log watchers match. */
void text_copy_word_for_log(const char *text, char *ret_word, size_t ret_size);

/* For tables: anybody can find texts that share one (FNV-1a). */
uint64_t text_hash(const char *text);

/* Levenshtein distance, for "did you mean"; inputs over 64 bytes give 64. */
unsigned text_distance(const char *a, const char *b);

#endif
