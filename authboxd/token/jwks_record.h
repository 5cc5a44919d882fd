/* The last good key set of an issuer, as it lies in the store under
 * meta/jwks/ID. */
#ifndef TOKEN_JWKS_RECORD_H
#define TOKEN_JWKS_RECORD_H

#include "token/jwks_source.h"

/* A set too large for the store is not kept: after a restart it is fetched
 * before the first login. Other failures are logged; none matters now. */
void jwks_record_keep(struct store *store, const struct jwks_place *place,
    const struct secret *text, int64_t now_unix_s);

/* 1: *ret_set, for jwks_unref(), and when it was fetched; 0: there is none for
 * this place; < 0. */
int jwks_record_find(struct store *store, const struct jwks_place *place,
    struct jwks **ret_set, int64_t *ret_fetched_unix_s);

#endif
