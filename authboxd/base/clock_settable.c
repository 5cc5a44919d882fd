/*
 * A clock for tests: the wall clock is the real one plus the seconds that
 * stand, as a decimal number, in the file that AUTHBOX_CLOCK_FILE names. The
 * file is read at every call, so a test moves time by writing to it; a number
 * after '=' stops the clock at that Unix second instead.
 *
 * Reading a file costs some microseconds, which a clock does not: for what
 * measures logins the file that AUTHBOX_CLOCK_MAPPED names is mapped once, and
 * holds the Unix second as an int64_t.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 32

static struct {
	pthread_once_t once;
	const int64_t *unix_s;	      /* NULL: no file is mapped */
} mapped = {PTHREAD_ONCE_INIT, NULL}; /* lint: of tests only */

static int64_t
real_ms(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now); /* cannot fail for these clocks */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
map_file(void)
{
	const char *path = getenv("AUTHBOX_CLOCK_MAPPED");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *bytes = MAP_FAILED;

	if (fd >= 0) {
		bytes =
		    mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
		(void)close(fd); /* the mapping stays */
	}
	mapped.unix_s = bytes == MAP_FAILED ? NULL : bytes;
}

static void
read_file(char ret_line[LINE_BYTES + 1])
{
	const char *path = getenv("AUTHBOX_CLOCK_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	ret_line[0] = '\0';
	if (fd < 0)
		return;
	if (read(fd, ret_line, LINE_BYTES) < 0)
		ret_line[0] = '\0';
	(void)close(fd); /* it was only read */
}

static int64_t
unix_ms(void)
{
	char line[LINE_BYTES + 1] = "";

	(void)pthread_once(&mapped.once, map_file); /* cannot fail */
	if (mapped.unix_s)
		return __atomic_load_n(mapped.unix_s, __ATOMIC_RELAXED) * 1000;
	read_file(line);
	if (line[0] == '=')
		return strtoll(line + 1, NULL, 10) * 1000;
	return real_ms(CLOCK_REALTIME) + strtoll(line, NULL, 10) * 1000;
}

int64_t
clock_unix_s(void)
{
	return unix_ms() / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return real_ms(CLOCK_MONOTONIC);
}
