/*
 * The answer of RFC 7662 about one opaque token: pure. It is as far from being
 * trusted as a JWT is before its claims were checked.
 */
#ifndef TOKEN_INTROSPECTION_H
#define TOKEN_INTROSPECTION_H

#include "config/config.h"

struct introspection {
	bool is_active;
	const char *why;	/* not active: a code of audit_reasons[] */
	cJSON *answer;		/* all of it; NULL unless active. Owned. */
	int64_t expires_unix_s; /* INT64_MAX: it does not say */
};

void introspection_done(struct introspection *introspection);

/* Check an answer: `active` is JSON true; issuer, audience (or without one the
 * client), `exp`, `nbf`, `iat` and the kind of token are as for a JWT; a member
 * of the wrong type refuses. An answer may leave out what it does not know, but
 * one of `aud` and `client_id` must be there where the introspector has an
 * audience. 0: *ret_introspection is set; -EBADMSG: that was no answer of an
 * introspection endpoint, and says nothing about the token; -ENOMEM. */
int introspection_check(const struct token_introspector *introspector,
    const char *text, size_t size, int64_t now_unix_s,
    struct introspection *ret_introspection);

#endif
