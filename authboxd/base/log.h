/*
 * The operator's log: the journal when there is one, standard error otherwise.
 * Texts from outside pass text_copy_for_log() first; secrets never come here.
 * Decisions about logins are not logged with this but by notify/audit.h.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Once, before any thread. `program` is the identifier and is kept by
 * reference. The journal is used when standard error leads to it. */
void log_init(const char *program);

/* One line; syslog(3) priorities LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO,
 * LOG_DEBUG (the last only after log_set_debug). */
void log_line(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_set_debug(bool debug);
bool log_is_debug(void); /* for who would make a line in vain */

#define log_error(...)	 log_line(3, __VA_ARGS__)
#define log_warning(...) log_line(4, __VA_ARGS__)
#define log_notice(...)	 log_line(5, __VA_ARGS__)
#define log_info(...)	 log_line(6, __VA_ARGS__)
#define log_debug(...)	 log_line(7, __VA_ARGS__)

/* One structured record of "FIELD=value" texts; "MESSAGE=", "PRIORITY=" and
 * "MESSAGE_ID=" stand first, in this order. Without a journal: one line of the
 * message followed by the fields after those three, names in lower case,
 * values with blanks in quotes. Values must fit on one line. */
void log_record(const struct iovec fields[], size_t count);

#endif
