/*
 * Whose token it is, by verified claims and the configuration alone: pure.
 *
 * The first of these that applies: `box_user`, else `sub`, where it is the id
 * of a declared User and the introspector may name users; the declared User
 * with the identifier (issuer, sub); then, what is not looked up here, the user
 * whom the store links to that pair; the introspector's rule for names. A claim
 * that is there in another shape than a text ends it: nobody.
 */
#ifndef TOKEN_IDENTITY_H
#define TOKEN_IDENTITY_H

#include "config/config.h"

/* What `sub` is unique within: `jwt.iss`, else the provider's issuer, since the
 * answer about an opaque token need not name it. Lent; NULL: not known, and no
 * user is found by (issuer, sub). */
const char *identity_get_issuer(const struct token_introspector *introspector);

/* What stands before the store, and what behind it. 1: *ret_user; 0: nobody,
 * and *ret_why (static, a code of audit_reasons[]) says why: "token-no-user";
 * "inactive", which ends it. */
int identity_find_declared(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why);
int identity_find_by_rule(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why);

/* Both, as where the store links nobody. */
int identity_find(const struct config *config,
    const struct token_introspector *introspector, const cJSON *claims,
    char ret_user[USER_NAME_BYTES_MAX + 1], const char **ret_why);

/* Whether a user may log in with tokens at all, as far as the configuration
 * says: he is not declared inactive. */
bool identity_is_active(const struct config *config, const char *user);

#endif
