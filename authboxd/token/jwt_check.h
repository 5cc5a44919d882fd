/* A JWT against the keys of its introspector, those that its issuer publishes
 * included. */
#ifndef TOKEN_JWT_CHECK_H
#define TOKEN_JWT_CHECK_H

#include "config/config.h"
#include "jose/jwt.h"
#include "token/published.h"

/* One token, and what it ought to be. */
struct jwt_question {
	struct jwt_unverified *unverified;
	const struct token_introspector *introspector;
	const char *id_token_for; /* NULL: an access token; else an ID token,
				   * for this client */
};

/* `source`: NULL where the issuer publishes no keys. *ret_due as
 * published_get() has it, else false. 1: *ret_jwt; 0: *ret_why; < 0: the
 * issuer's keys cannot be had, or -ENOMEM. */
int jwt_check(const struct jwt_question *question, struct published *source,
    const struct published_ask *ask, struct jwt **ret_jwt, const char **ret_why,
    bool *ret_due);

/* Not longer ago than `jwt.max_age` did the user prove who he is, or without
 * that claim was the token issued. NULL: so it is, or nothing is configured;
 * else the reason to refuse. */
const char *jwt_check_age(const struct token_introspector *introspector,
    const cJSON *claims, int64_t now_unix_s);

#endif
