/*
 * A clock for tests: the wall clock is the real one plus the seconds that
 * stand, as a decimal number, in the file that AUTHBOX_CLOCK_FILE names. The
 * file is read at every call, so a test moves time by writing to it; a number
 * after '=' stops the clock at that Unix second instead.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 32

static int64_t
real_ms(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now); /* cannot fail for these clocks */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_unix_ms(void)
{
	const char *path = getenv("AUTHBOX_CLOCK_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char line[LINE_BYTES + 1] = "";

	if (fd >= 0) {
		if (read(fd, line, LINE_BYTES) < 0)
			line[0] = '\0';
		(void)close(fd); /* it was only read */
	}
	if (line[0] == '=')
		return strtoll(line + 1, NULL, 10) * 1000;
	return real_ms(CLOCK_REALTIME) + strtoll(line, NULL, 10) * 1000;
}

int64_t
clock_unix_s(void)
{
	return clock_unix_ms() / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return real_ms(CLOCK_MONOTONIC);
}
