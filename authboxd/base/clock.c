#include "base/clock.h"

#include <time.h>

static int64_t
clock_read_ms(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now); /* cannot fail for these clocks */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
unix_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

int64_t
clock_unix_s(void)
{
	return unix_ms() / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}
