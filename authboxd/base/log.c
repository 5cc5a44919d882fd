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

/* Set once before any thread, only read afterwards; but for debug, which a
 * reload of the configuration may change. */
static struct {
	const char *program;
	bool journal;
	_Atomic bool debug;
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

bool
log_is_debug(void)
{
	return log_target.debug;
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

/* Append " name=value", the value in quotes where it would not read as one
 * word. A quote inside becomes an apostrophe: nothing is escaped that a grep
 * would have to undo. A field that does not fit is left out. */
static size_t
record_put(char *line, size_t used, const struct iovec *field)
{
	const char *text = field->iov_base;
	size_t size = field->iov_len, name = strcspn(text, "=");
	bool quoted = memchr(text, ' ', size) || memchr(text, '"', size);

	if (name >= size || used + size + sizeof(" \"\"") > RECORD_BYTES_MAX)
		return used;

	line[used++] = ' ';
	for (size_t i = 0; i <= name; i++)
		line[used++] = (char)tolower((unsigned char)text[i]);
	if (quoted)
		line[used++] = '"';
	for (size_t i = name + 1; i < size; i++)
		line[used++] = (char)(text[i] == '"' ? '\'' : text[i]);
	if (quoted)
		line[used++] = '"';
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
	for (size_t i = 3; i < count; i++) /* see log.h */
		used = record_put(line, used, &fields[i]);
	(void)fprintf(stderr, "%s: %.*s%.*s\n", log_target.program,
	    (int)(fields[0].iov_len - skip),
	    (const char *)fields[0].iov_base + skip, (int)used, line);
}
