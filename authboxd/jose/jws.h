/*
 * A JSON Web Signature in compact serialization (RFC 7515 7.1): the only one
 * there is here. No JWE, no JSON serialization, no extension; of the header,
 * `alg`, `kid` and `typ` are read and keys in it (jwk, jku, x5c, x5u) are not.
 */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "jose/alg.h"
#include "jose/jwks.h"

#define JWS_BYTES_MAX 16384

/* Its bytes are decoded once: those that are read are those that were
 * verified. */
struct jws;

/* Take a token of `size` bytes apart; it is lent until jws_free(). Returns 1;
 * 0 and *ret_why (jose/reason.h) when it is none; -ENOMEM. Nothing is said
 * about who made it. */
int jws_parse(
    const char *token, size_t size, struct jws **ret_jws, const char **ret_why);

/* Wipes. NULL is fine. */
void jws_free(struct jws *jws);
CLEANUP_DEFINE(jws)

/* What the header says. Lent; `kid` and `typ` are NULL when not in it. */
const struct alg *jws_get_alg(const struct jws *jws);
const char *jws_get_kid(const struct jws *jws);
const char *jws_get_typ(const struct jws *jws);

/* Lent, and nobody's word until jws_match() said 1. */
const uint8_t *
jws_get_unverified_payload(const struct jws *jws, size_t *ret_size);

/* One of the keys made it, with an algorithm that is among `algs` (bits of
 * alg_bit()): 1; 0 and *ret_why; -ENOMEM. The sets are as for jwks_select(). */
int jws_match(const struct jws *jws,
    const struct jwks *const sets[JWKS_SELECTED_SETS], uint32_t algs,
    const char **ret_why);

#endif
