/*
 * Four characters a turn, with one look for a wrong one among them: tokens are
 * mostly base64url, and this is a good part of reading one.
 */
#include "base/base64url.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz"
			       "0123456789-_";

#define WRONG 0x80000000u

/* What a character stands for, `s` bits up: where it goes among the 24 bits of
 * four characters. */
/* clang-format off */
#define DIGITS(s)                                                              \
	{                                                                      \
		[0 ... ',']   = WRONG,                                         \
		['-']         = 62u << s,                                      \
		['.' ... '/'] = WRONG,                                         \
		['0'] = 52u << s, 53u << s, 54u << s, 55u << s, 56u << s,      \
			57u << s, 58u << s, 59u << s, 60u << s, 61u << s,      \
		[':' ... '@'] = WRONG,                                         \
		['A'] = 0u << s, 1u << s, 2u << s, 3u << s, 4u << s, 5u << s,  \
			6u << s, 7u << s, 8u << s, 9u << s, 10u << s, 11u << s,\
			12u << s, 13u << s, 14u << s, 15u << s, 16u << s,      \
			17u << s, 18u << s, 19u << s, 20u << s, 21u << s,      \
			22u << s, 23u << s, 24u << s, 25u << s,                \
		['[' ... '^'] = WRONG,                                         \
		['_']         = 63u << s,                                      \
		['`']         = WRONG,                                         \
		['a'] = 26u << s, 27u << s, 28u << s, 29u << s, 30u << s,      \
			31u << s, 32u << s, 33u << s, 34u << s, 35u << s,      \
			36u << s, 37u << s, 38u << s, 39u << s, 40u << s,      \
			41u << s, 42u << s, 43u << s, 44u << s, 45u << s,      \
			46u << s, 47u << s, 48u << s, 49u << s, 50u << s,      \
			51u << s,                                              \
		['{' ... 255] = WRONG,                                         \
	}
/* clang-format on */

static const uint32_t digits[4][256] = {
    DIGITS(18), DIGITS(12), DIGITS(6), DIGITS(0)};

/* The bytes and bits of the last one to three characters. */
static ssize_t
decode_rest(const uint8_t *in, size_t size, uint8_t *ret_bytes)
{
	uint32_t group = WRONG, left;

	if (size > 1)
		group = digits[0][in[0]] | digits[1][in[1]];
	if (size > 2)
		group |= digits[2][in[2]];
	/* What no byte takes must be zero. */
	left = size > 2 ? 0xff : 0xffff;
	if (group & (WRONG | left))
		return -EBADMSG;
	ret_bytes[0] = (uint8_t)(group >> 16);
	if (size > 2)
		ret_bytes[1] = (uint8_t)(group >> 8);
	return (ssize_t)size - 1;
}

ssize_t
base64url_decode(const char *text, size_t size, uint8_t *ret_bytes)
{
	const uint8_t *in = (const uint8_t *)text;
	uint8_t *out = ret_bytes;
	uint32_t wrong = 0, group;
	ssize_t rest = 0;

	for (; size >= 4; size -= 4, in += 4, out += 3) {
		group = digits[0][in[0]] | digits[1][in[1]] | digits[2][in[2]] |
			digits[3][in[3]];
		wrong |= group;
		out[0] = (uint8_t)(group >> 16);
		out[1] = (uint8_t)(group >> 8);
		out[2] = (uint8_t)group;
	}
	if (size > 0)
		rest = decode_rest(in, size, out);
	if (wrong & WRONG || rest < 0)
		return -EBADMSG;
	return out - ret_bytes + rest;
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
