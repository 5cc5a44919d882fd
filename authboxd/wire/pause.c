#include "wire/pause.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "wire/stream.h"

int
pause_until(int fd, int64_t until_ms)
{
	struct pollfd peer = {.fd = fd, .events = POLLIN | POLLRDHUP};

	/* Whatever can be read is its end. poll(2) passes over a negative fd.
	 */
	for (;;) {
		int64_t left_ms = until_ms - stream_now_ms();
		int r;

		if (left_ms < 0)
			left_ms = 0;
		r = poll(&peer, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
		if (r > 0)
			return -ECONNRESET;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0 && left_ms <= INT_MAX)
			return 0;
	}
}
