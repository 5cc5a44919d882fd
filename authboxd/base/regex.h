/*
 * Regular expressions over texts that an attacker may choose.
 *
 * They are those of Perl and Java, as PCRE2 reads them (pcre2pattern(3)). glibc
 * would do, but \d means "d" there, and (a{1,100}){1,100}$ keeps it busy for
 * more than 10 s over 4 KB. Here a match takes its steps out of a budget and
 * gives up when there are none left, whatever pattern and text are.
 *
 * "$" stands for the very end of the text only, not for a line end before it.
 * Small and capital letters differ, "\d" and "\w" are ASCII, "." is any
 * character but a line end.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stddef.h>

#include "base/cleanup.h"

#define REGEX_PATTERN_BYTES_MAX 1024
#define REGEX_TEXT_BYTES_MAX	8192
#define REGEX_WHY_BYTES_MAX	192

/* Ample for one text and any pattern that is not at fault: some 10 ms. */
#define REGEX_STEPS_MAX 100000

struct regex; /* may be used by many threads at once */

#define REGEX_PARTS_MAX 10 /* all of the text, and nine groups */

/* A part of a text, in bytes. */
struct regex_part {
	size_t start, size;
};

/* Read a pattern. -EINVAL: it is none or too long, and `ret_why` says what is
 * wrong with it, as the end of a sentence; -ENOMEM. */
int regex_parse(const char *pattern, struct regex **ret_regex,
    char ret_why[REGEX_WHY_BYTES_MAX]);

/* Whether the pattern matches somewhere in the text: 1 or 0. `*steps` is
 * lowered by what the search took. Where nobody can say, which is not "no":
 * -E2BIG: the text is too long, or the steps did not suffice; -EBADMSG: it is
 * not UTF-8; -ENOMEM. */
int regex_match(const struct regex *regex, const char *text, size_t *steps);

/* The same, but it must match all of the text. With 1, *ret_part is what the
 * pattern's first group stands for (nothing, if that took no part), and all of
 * the text if it has no group. */
int regex_match_whole(const struct regex *regex, const char *text,
    size_t *steps, struct regex_part *ret_part);

/* The same, but with 1 the parts are all of the text and what the groups after
 * it stand for: ret_parts[1] the first. Those that took no part are empty. */
int regex_match_parts(const struct regex *regex, const char *text,
    size_t *steps, struct regex_part ret_parts[REGEX_PARTS_MAX]);

/* The number of groups in the pattern. */
size_t regex_get_group_count(const struct regex *regex);

void regex_free(struct regex *regex);

CLEANUP_DEFINE(regex)

#endif
