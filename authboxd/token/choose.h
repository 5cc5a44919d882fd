/*
 * Which introspector judges a token: pure. One token is never shown to two
 * issuers, and what may be a password to none.
 */
#ifndef TOKEN_CHOOSE_H
#define TOKEN_CHOOSE_H

#include "config/config.h"

/* `wanted`: the one that must, by id; NULL or "": by the token itself. `issuer`
 * is what a token that has a JWT's form says (not yet verified), NULL: it says
 * nothing; `is_jwt`: it has that form. A token that names an issuer goes to no
 * other one's introspection endpoint.
 * 1: *ret_introspector, lent; 0: none, and *ret_why (static, a code of
 * audit_reasons[]) says why. */
int choose_introspector(const struct config *config, const char *wanted,
    const char *token, bool is_jwt, const char *issuer,
    const struct token_introspector **ret_introspector, const char **ret_why);

#endif
