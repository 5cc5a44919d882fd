/*
 * systemd sets JOURNAL_STREAM to device:inode of the stream that it connected
 * to standard error; only when that is still so does the journal see us twice
 * if we wrote to both, and only then it is the right place.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#define LINE_BYTES_MAX	 1024
#define RECORD_BYTES_MAX 4096

/* Set once before any thread, only read afterwards. */
static struct {
	const char *program;
	bool journal;
	bool debug;
} log_target = {"authbox", false, false}; /* lint: set before threads */

static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

void
log_init(const char *program)
{
	log_target.program = program;
	log_target.journal = stderr_is_journal();
}

void
log_set_debug(bool debug)
{
	log_target.debug = debug;
}

void
log_line(int priority, const char *format, ...)
{
	char line[LINE_BYTES_MAX];
	va_list arguments;

	if (priority >= LOG_DEBUG && !log_target.debug)
		return;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* may cut */
	va_end(arguments);
	if (log_target.journal)
		(void)sd_journal_print(priority, "%s", line); /* best effort */
	else
		(void)fprintf(stderr, "%s: %s\n", log_target.program, line);
}

static size_t
record_put(char *line, size_t used, const struct iovec *field)
{
	const char *text = field->iov_base;
	size_t name = strcspn(text, "=");

	if (used + field->iov_len + 2 > RECORD_BYTES_MAX)
		return used;
	line[used++] = ' ';
	for (size_t i = 0; i < field->iov_len; i++)
		line[used++] =
		    i < name ? (char)tolower((unsigned char)text[i]) : text[i];
	return used;
}

void
log_record(const struct iovec fields[], size_t count)
{
	static const size_t skip = sizeof("MESSAGE=") - 1;
	char line[RECORD_BYTES_MAX];
	size_t used = 0;

	if (log_target.journal) {
		(void)sd_journal_sendv(fields, (int)count); /* best effort */
		return;
	}
	for (size_t i = 2; i < count; i++)
		used = record_put(line, used, &fields[i]);
	(void)fprintf(stderr, "%s: %.*s%.*s\n", log_target.program,
	    (int)(fields[0].iov_len - skip),
	    (const char *)fields[0].iov_base + skip, (int)used, line);
}
