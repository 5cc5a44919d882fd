/*
 * Four characters a turn, with one look for a wrong one among them: tokens are
 * mostly base64url, and this is a good part of reading one.
 */
#include "base/base64url.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz"
			       "0123456789-_";

#define WRONG 0x80

/* clang-format off */
static const uint8_t digits[256] = {
	[0 ... ',']       = WRONG,
	['.' ... '/']     = WRONG,
	[':' ... '@']     = WRONG,
	['[' ... '^']     = WRONG,
	['`']             = WRONG,
	['{' ... 255]     = WRONG,
	['A'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
		18, 19, 20, 21, 22, 23, 24, 25,
	['a'] = 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
		42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
	['0'] = 52, 53, 54, 55, 56, 57, 58, 59, 60, 61,
	['-'] = 62,
	['_'] = 63,
};
/* clang-format on */

ssize_t
base64url_decode(const char *text, size_t size, uint8_t *ret_bytes)
{
	const uint8_t *in = (const uint8_t *)text;
	uint8_t *out = ret_bytes;
	unsigned wrong = size % 4 == 1 ? WRONG : 0;
	unsigned a, b, c, d;

	for (; size >= 4; size -= 4, in += 4, out += 3) {
		a = digits[in[0]];
		b = digits[in[1]];
		c = digits[in[2]];
		d = digits[in[3]];
		wrong |= a | b | c | d;
		out[0] = (uint8_t)(a << 2 | b >> 4);
		out[1] = (uint8_t)(b << 4 | c >> 2);
		out[2] = (uint8_t)(c << 6 | d);
	}
	if (size > 1) {
		a = digits[in[0]];
		b = digits[in[1]];
		c = size > 2 ? digits[in[2]] : 0;
		wrong |= a | b | c;
		*out++ = (uint8_t)(a << 2 | b >> 4);
		if (size > 2)
			*out++ = (uint8_t)(b << 4 | c >> 2);
		/* What no byte took must be zero. */
		if ((size > 2 ? c & 3 : b & 15) != 0)
			wrong = WRONG;
	}
	return wrong & WRONG ? -EBADMSG : out - ret_bytes;
}

void
base64url_encode(const void *bytes, size_t size, char *ret_text)
{
	const uint8_t *in = bytes;
	char *out = ret_text;

	for (; size > 0; in += 3) {
		size_t taken = size < 3 ? size : 3;
		uint32_t group = (uint32_t)in[0] << 16;

		if (taken > 1)
			group |= (uint32_t)in[1] << 8;
		if (taken > 2)
			group |= in[2];
		for (size_t i = 0; i <= taken; i++)
			*out++ = alphabet[group >> (18 - 6 * i) & 63];
		size -= taken;
	}
	*out = '\0';
}
