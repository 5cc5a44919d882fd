#include "base/base32.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The value of a digit, -1 for what is skipped, -2 for what is refused. */
static int
digit_value(char c)
{
	const char *hit;

	if (c == ' ' || c == '-' || c == '\t')
		return -1;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	hit = memchr(alphabet, c, sizeof(alphabet) - 1);
	return hit ? (int)(hit - alphabet) : -2;
}

int
base32_decode(const char *text, struct secret **ret_bytes)
{
	size_t length = strlen(text), digits = 0;
	AUTO(secret) bytes = NULL;
	uint64_t bits = 0;

	while (length > 0 && text[length - 1] == '=')
		length--;
	bytes = secret_new(length * 5 / 8 + 1);
	if (!bytes)
		return -ENOMEM;

	bytes->size = 0;
	for (size_t i = 0; i < length; i++) {
		int value = digit_value(text[i]);

		if (value == -1)
			continue;
		if (value < 0)
			return -EBADMSG;
		bits = bits << 5 | (unsigned)value;
		digits++;
		if (digits * 5 / 8 > bytes->size)
			bytes->bytes[bytes->size++] =
			    (char)(bits >> (digits * 5 % 8) & 0xff);
	}
	/* 1, 3 or 6 digits in the last group cannot come from whole bytes. */
	if (bytes->size == 0 || digits % 8 == 1 || digits % 8 == 3 ||
	    digits % 8 == 6)
		return -EBADMSG;

	*ret_bytes = TAKE(bytes);
	return 0;
}

struct secret *
base32_encode(const void *bytes, size_t size)
{
	struct secret *text = secret_new((size * 8 + 4) / 5);
	const uint8_t *in = bytes;

	for (size_t i = 0; text && i < text->size; i++) {
		size_t bit = i * 5, at = bit / 8;
		unsigned two =
		    (unsigned)in[at] << 8 | (at + 1 < size ? in[at + 1] : 0);

		text->bytes[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	return text;
}
