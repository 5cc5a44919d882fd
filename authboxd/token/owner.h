/* Whose token it is, by the configuration and by the store's links. */
#ifndef TOKEN_OWNER_H
#define TOKEN_OWNER_H

#include "token/tokens.h"

/* See tokens_find_user(). */
int owner_find(struct store *store, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why);

#endif
