#include "net/form.h"

#include <string.h>

/* The place must hold three bytes for each of the text and a NUL. */
static char *
put_encoded(char *at, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._*";
	static const char digits[] = "0123456789ABCDEF";

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == ' ') {
			*at++ = '+';
		} else if (strchr(plain, byte)) {
			*at++ = (char)byte;
		} else {
			*at++ = '%';
			*at++ = digits[byte >> 4];
			*at++ = digits[byte & 15];
		}
	}
	*at = '\0';
	return at;
}

struct secret *
form_print(const struct form_field fields[], size_t count)
{
	AUTO(secret) text = NULL;
	size_t size = 1;
	char *at;

	for (size_t i = 0; i < count; i++)
		if (fields[i].value)
			size += strlen(fields[i].name) + 2 +
				3 * strlen(fields[i].value);
	text = secret_new(size);
	if (!text)
		return NULL;

	at = text->bytes;
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].value)
			continue;
		if (at != text->bytes)
			*at++ = '&';
		at = stpcpy(at, fields[i].name); /* measured above */
		*at++ = '=';
		at = put_encoded(at, fields[i].value);
	}
	return secret_copy(text->bytes, (size_t)(at - text->bytes));
}

struct secret *
form_print_pair(const char *first, const char *second)
{
	AUTO(secret)
	text = secret_new(3 * (strlen(first) + strlen(second)) + 2);
	char *at;

	if (!text)
		return NULL;
	at = put_encoded(text->bytes, first);
	*at++ = ':';
	at = put_encoded(at, second);
	return secret_copy(text->bytes, (size_t)(at - text->bytes));
}
