#include "base/random.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

#define RANDOM_BYTES_MAX 256 /* getrandom() never cuts such a request */

int
random_fill(void *bytes, size_t size)
{
	ssize_t n;

	assert(size <= RANDOM_BYTES_MAX);
	do
		n = getrandom(bytes, size, 0);
	while (n < 0 && errno == EINTR);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int
random_hex(char *ret_hex, size_t digits)
{
	uint8_t bytes[32];
	int r;

	assert(digits % 2 == 0 && digits / 2 <= sizeof(bytes));
	r = random_fill(bytes, digits / 2);
	if (r < 0)
		return r;

	for (size_t i = 0; i < digits / 2; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}
