/*
 * A point is written as y, little-endian, with the sign of x in the highest
 * bit. Of small order are those with y = 0, 1 and -1, and on Ed25519 four more.
 * OpenSSL takes y above the prime on Ed25519: p and p + 1 for 0 and 1.
 */
#include "jose/edwards.h"

#include <string.h>

#include "base/secret.h"

#define SIGN_BIT 0x80

/* y of the points of order 8: this, and its negative. */
static const uint8_t order_8[2][32] = {
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89,
	0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
	0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76,
	0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
	0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

/* 0 or 1. */
static bool
is_below_two(const uint8_t *y, size_t size)
{
	uint8_t rest = y[0] & 0xfe;

	for (size_t i = 1; i < size; i++)
		rest |= y[i];
	return rest == 0;
}

/* p - 1, p or p + 1, where p = 2^255 - 19. */
static bool
is_near_prime_25519(const uint8_t y[32])
{
	uint8_t rest = y[31] ^ 0x7f;

	for (size_t i = 1; i < 31; i++)
		rest |= y[i] ^ 0xff;
	return rest == 0 && y[0] >= 0xec && y[0] <= 0xee;
}

/* p - 1, where p = 2^448 - 2^224 - 1. */
static bool
is_minus_one_448(const uint8_t y[57])
{
	uint8_t rest = y[0] ^ 0xfe;

	for (size_t i = 1; i < 56; i++)
		rest |= y[i] ^ (i == 28 ? 0xfe : 0xff);
	return (rest | y[56]) == 0;
}

bool
edwards_is_small_order(const struct curve *curve, const uint8_t *point)
{
	uint8_t y[CURVE_COORDINATE_BYTES_MAX];
	size_t size = curve->coordinate_bytes;

	memcpy(y, point, size);
	y[size - 1] &= (uint8_t)~SIGN_BIT;
	if (is_below_two(y, size))
		return true;
	if (size != sizeof(order_8[0]))
		return is_minus_one_448(y);
	return is_near_prime_25519(y) || secret_equal(y, order_8[0], size) ||
	       secret_equal(y, order_8[1], size);
}
