/* The curves of RFC 7518 6.2.1.1 and RFC 8037 2 that signatures are made on. */
#ifndef JOSE_CURVE_H
#define JOSE_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURVE_COORDINATE_BYTES_MAX 66 /* P-521 */

struct curve {
	const char *name;  /* a JWK's "crv", compared byte by byte */
	bool is_edwards;   /* kty OKP, else EC */
	const char *group; /* to OpenSSL: the EC group, or the type of key */
	unsigned coordinate_bytes; /* of x and y, and of r and s */
	unsigned signature_bytes;
	const uint8_t *order; /* EC: coordinate_bytes, big-endian; else NULL */
};

/* NULL: no such curve. */
const struct curve *curve_find(const char *name);

/* By OpenSSL's name for the group or the type of key. NULL: none of ours. */
const struct curve *curve_find_group(const char *group);

#endif
