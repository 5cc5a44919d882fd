/*
 * Read byte by byte: nothing of a secret stays in a buffer of stdio's, and what
 * follows a line stays for whoever reads next. Codes are shown as they are
 * typed, as they are good once.
 */
#include "authboxctl/prompt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
interrupt(int number)
{
	(void)number; /* read(2) ends, which is all that is wanted */
}

/* 1: a line, or what stood before the end; 0: nothing was left. */
static int
read_line(int fd, struct secret *line)
{
	ssize_t n;
	char c;

	line->size = 0;
	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0)
			return errno == EINTR ? 0 : -errno;
		if (n == 0)
			return line->size > 0;
		if (c == '\n')
			return 1;
		if (line->size == PROMPT_BYTES_MAX)
			return -EMSGSIZE;
		line->bytes[line->size++] = c;
	}
}

static void
trim(struct secret *line)
{
	size_t start = 0, end = line->size;

	while (end > 0 && (unsigned char)line->bytes[end - 1] <= ' ')
		end--;
	while (start < end && (unsigned char)line->bytes[start] <= ' ')
		start++;
	memmove(line->bytes, line->bytes + start, end - start);
	/* secret_free() wipes what the size covers. */
	secret_wipe(line->bytes + (end - start), line->size - (end - start));
	line->size = end - start;
}

int
prompt_ask(
    int in_fd, FILE *file, const char *question, struct secret **ret_line)
{
	struct sigaction action = {.sa_handler = interrupt}, before;
	AUTO(secret) line = secret_new(PROMPT_BYTES_MAX);
	int r;

	if (!line)
		return -ENOMEM;
	if (isatty(in_fd)) {
		(void)fputs(question, file);
		(void)fflush(file);
	}
	(void)sigaction(SIGINT, &action, &before); /* cannot fail */
	r = read_line(in_fd, line);
	(void)sigaction(SIGINT, &before, NULL);
	if (r == 0 && isatty(in_fd))
		(void)putc('\n', file);
	if (r <= 0)
		return r;

	trim(line);
	*ret_line = TAKE(line);
	return 1;
}
