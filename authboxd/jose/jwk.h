/*
 * One key that verifies signatures (RFC 7517, RFC 8037): immutable, its numbers
 * checked and its contexts made when it is parsed.
 *
 * A key has exactly one algorithm, or without one those of its family and
 * curve. Shared secrets come from configuration only; there is no way from a
 * document of an issuer to a key for HS256 (rules: the key chooses the
 * algorithm, never the token).
 */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "jose/alg.h"
#include "jose/public_key.h"

#define JWK_KID_BYTES_MAX 256

struct jwk;

/* An entry of `jwt.keys` as it is configured; members may be NULL. */
struct jwk_given {
	const char *k;	    /* a shared secret, or ... */
	const char *pub;    /* ... a public key */
	const char *kty;    /* "RSA", "EC", "OKP", "OCT" (or "oct") */
	const char *alg;    /* NULL: all that the key fits */
	const char *format; /* of pub: "PEM"; of k: "plain", "base64url" */
	const char *kid;
};

/* Of both: 0 and the key is the caller's; -EINVAL and *ret_why (static, a
 * clause that goes on "the key cannot be used: …") says why; -ENOMEM. */

/* From an issuer's key set: RSA, EC or OKP. Refused besides bad numbers: "use"
 * other than "sig", "key_ops" without "verify", an "alg" that is unknown or not
 * for this type and curve, a "kid" over JWK_KID_BYTES_MAX, kty "oct". */
int jwk_parse(const cJSON *object, struct jwk **ret_jwk, const char **ret_why);

/* From configuration. `k` may have any length but none. */
int jwk_parse_given(
    const struct jwk_given *given, struct jwk **ret_jwk, const char **ret_why);

/* NULL is fine. */
void jwk_free(struct jwk *jwk);
CLEANUP_DEFINE(jwk)

/* Lent; NULL: it has none. Opaque: anything but NUL may be in it. */
const char *jwk_get_kid(const struct jwk *jwk);

/* Bits of alg_bit(): what it may be used with. Never 0. */
uint32_t jwk_get_algs(const struct jwk *jwk);

/* RFC 7638, for logs and status; lent. NULL: a shared secret, whose thumbprint
 * would help to guess it. */
const char *jwk_get_thumbprint(const struct jwk *jwk);

/* What is weak about a key that is used all the same (static, a clause): a
 * secret shorter than the hash (RFC 7518 3.2), an exponent below 65537. NULL:
 * nothing. */
const char *jwk_get_weakness(const struct jwk *jwk);

/* `signature` was made over `input` by this key with `alg`: 1; 0: it was not,
 * or the key is not for `alg`; -ENOMEM. Any number of threads at once. */
int jwk_match(const struct jwk *jwk, const struct alg *alg, const void *input,
    size_t input_size, const uint8_t *signature, size_t signature_size);

#endif
