/* A map of HTTP headers (RFC 7230 3.2), whose values are secrets. */
#ifndef CONFIG_HEADERS_H
#define CONFIG_HEADERS_H

#include "config/reader.h"

#define HEADERS_VALUE_BYTES_MAX 4096

/* What is wrong goes to the report; what is good, to the caller, who frees it
 * with headers_free(). `shown` is the map's path for messages. */
void
headers_read(struct reader *reader, const char *shown, const struct tree *map,
    size_t max, struct header **ret_headers, size_t *ret_count);

void headers_free(struct header *headers, size_t count);

#endif
