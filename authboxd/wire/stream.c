#include "wire/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

int64_t
stream_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
wait_for(int fd, short events, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left_ms = deadline_ms - stream_now_ms();
		int r;

		if (left_ms <= 0)
			return -ETIMEDOUT;
		r = poll(&p, 1, left_ms > 60000 ? 60000 : (int)left_ms);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int
stream_wait(int fd, int64_t deadline_ms)
{
	return wait_for(fd, POLLIN, deadline_ms);
}

int
stream_read(int fd, void *ret_bytes, size_t size, int64_t deadline_ms)
{
	char *at = ret_bytes;
	int r;

	while (size > 0) {
		/* Plain recv: the kernel drops descriptors that a peer passes.
		 */
		ssize_t n = recv(fd, at, size, MSG_DONTWAIT);

		if (n == 0)
			return -ECONNRESET;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLIN, deadline_ms);
		if (r < 0)
			return r;
	}
	return 0;
}

int
stream_write(int fd, const void *bytes, size_t size, int64_t deadline_ms)
{
	const char *at = bytes;
	int r;

	while (size > 0) {
		ssize_t n = send(fd, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0) {
			at += n;
			size -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLOUT, deadline_ms);
		if (r < 0)
			return r;
	}
	return 0;
}
