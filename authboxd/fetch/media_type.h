/* The media types of answers (RFC 9110 8.3.1), as a Content-Type names them. */
#ifndef FETCH_MEDIA_TYPE_H
#define FETCH_MEDIA_TYPE_H

#include <stdbool.h>

#define MEDIA_TYPE_BYTES_MAX 100

/* Whether a text is one type without parameters, such as "application/json". */
bool media_type_is_valid(const char *type);

/* Whether a Content-Type, which may have parameters, is of this type. NULL: it
 * was not sent, and is of none. */
bool media_type_matches(const char *content_type, const char *type);

/* What a log may call it: static, whatever the server sent, which knows our
 * secrets and may have put one there. NULL as above. */
const char *media_type_get_name(const char *content_type);

#endif
