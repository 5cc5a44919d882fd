/* Random bytes from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/* Fill `size` bytes (at most 256) or fail with a negative errno; there is no
 * weaker source to fall back to. */
int random_fill(void *bytes, size_t size);

/* `digits` lower-case hexadecimal digits (even, at most 64) and a NUL. */
int random_hex(char *ret_hex, size_t digits);

#endif
