#include "fetch/media_type.h"

#include <string.h>
#include <strings.h>

/* What stands where JSON should, and tells what went wrong there. */
static const char *const known[] = {"text/html", "text/plain",
    "application/xml", "text/xml", "application/octet-stream",
    "application/x-www-form-urlencoded", "application/json",
    "application/problem+json", "application/jwt",
    "application/token-introspection+jwt"};

/* RFC 9110 5.6.2 */
static size_t
token_size(const char *text)
{
	return strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789!#$%&'*+-.^_`|~");
}

/* Bytes of "type/subtype" at the start of a text; 0: there is none. */
static size_t
type_size(const char *text)
{
	size_t first = token_size(text), second;

	if (first == 0 || text[first] != '/')
		return 0;
	second = token_size(text + first + 1);
	return second > 0 ? first + 1 + second : 0;
}

bool
media_type_is_valid(const char *type)
{
	size_t size = type_size(type);

	return size > 0 && size <= MEDIA_TYPE_BYTES_MAX && type[size] == '\0';
}

bool
media_type_matches(const char *content_type, const char *type)
{
	size_t size;

	if (!content_type)
		return false;
	size = type_size(content_type);
	if (size != strlen(type) || strncasecmp(content_type, type, size) != 0)
		return false;
	content_type += size;
	content_type += strspn(content_type, " \t");
	return *content_type == '\0' || *content_type == ';';
}

const char *
media_type_get_name(const char *content_type)
{
	if (!content_type)
		return "of no type at all";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (media_type_matches(content_type, known[i]))
			return known[i];
	return "of another type";
}
