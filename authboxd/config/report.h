/* Saying what is wrong with a resource: where it stands, which field, what to
 * do. Values never come here unless their field is no secret. */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H

#include "config/config.h"

#define REPORT_MESSAGES_MAX 200

/* Where the reader is. */
struct report {
	struct config_report *to;
	const char *file;
	const char *kind, *id; /* NULL: not known yet */
	int failure;	       /* -ENOMEM: a message was lost */
};

/* "FILE:LINE: KIND/ID: FIELD: TEXT". `line` 0: the whole file. `field` NULL:
 * the whole resource. */
void report_error(struct report *report, unsigned line, const char *field,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void report_note(struct report *report, unsigned line, const char *field,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* There are so many errors that reading on is of no use. */
bool report_is_full(const struct report *report);

#endif
