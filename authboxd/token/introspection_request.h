/* The question of RFC 7662 2.1 about one token, as a form: pure. */
#ifndef TOKEN_INTROSPECTION_REQUEST_H
#define TOKEN_INTROSPECTION_REQUEST_H

#include "config/config.h"

struct introspection_request {
	struct secret *body; /* application/x-www-form-urlencoded */
	struct header headers[2];
	size_t header_count;
};

void introspection_request_done(struct introspection_request *request);

/* With the introspector's authorization header, else its client
 * authentication: Basic as RFC 6749 2.3.1 wants it, or in the form.
 * -EOPNOTSUPP: its method is not supported; -ENOMEM. */
int introspection_request_print(const struct token_introspector *introspector,
    const char *token, struct introspection_request *ret_request);

#endif
