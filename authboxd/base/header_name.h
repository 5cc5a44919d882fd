/* Names of HTTP headers, as far as both the configuration and authbox-fetch
 * must agree on them. */
#ifndef BASE_HEADER_NAME_H
#define BASE_HEADER_NAME_H

#include <stdbool.h>

/* A header that says how a message is framed, routed or kept, or that a
 * stateless client has none of: libcurl's alone to send. Case does not count.
 */
bool header_name_is_reserved(const char *name);

#endif
