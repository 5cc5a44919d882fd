/*
 * What a provider says of a token's user: the answer of its userinfo endpoint
 * (OpenID Connect Core 5.3), or the claims of the token itself.
 */
#ifndef TOKEN_USERINFO_H
#define TOKEN_USERINFO_H

#include "config/config.h"
#include "token/endpoint.h"

#define USERINFO_BYTES_MAX 16384

/* Read an answer: a strict JSON object whose `sub` is `subject`, or it may be
 * anybody's (5.3.2). 1: *ret_info is the caller's; 0: *ret_why is
 * "userinfo-malformed" or "userinfo-other-subject"; -ENOMEM. Pure. */
int userinfo_parse(const char *text, size_t size, const char *subject,
    cJSON **ret_info, const char **ret_why);

/* The same of verified claims: without those that are about the token. Pure. */
int userinfo_of_claims(const cJSON *claims, const char *subject,
    cJSON **ret_info, const char **ret_why);

/* Ask the introspector's provider with the user's own access token. 1, 0 as
 * above, and "user-gone" where the provider does not accept the token any more;
 * < 0, logged, as endpoint_get(), or -EIO for another status. */
int userinfo_ask(struct endpoints *endpoints, struct config *config,
    const struct token_introspector *introspector, const struct secret *token,
    const char *subject, int64_t deadline_ms, cJSON **ret_info,
    const char **ret_why);

#endif
