/*
 * A public key as the numbers it is made of. Keys from a JWK and from PEM meet
 * here, so that both pass the same checks; private parts have no place.
 */
#ifndef JOSE_PUBLIC_KEY_H
#define JOSE_PUBLIC_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "jose/curve.h"

#define PUBLIC_KEY_RSA_BITS_MIN	     2048
#define PUBLIC_KEY_RSA_BITS_MAX	     8192
#define PUBLIC_KEY_THUMBPRINT_LENGTH 43

/* Big-endian. RSA numbers are without zeros in front, coordinates are as long
 * as the curve says. */
struct public_key {
	const struct curve *curve; /* NULL: RSA */
	size_t n_size, e_size;
	uint8_t n[PUBLIC_KEY_RSA_BITS_MAX / 8]; /* RSA: modulus; else x */
	uint8_t e[CURVE_COORDINATE_BYTES_MAX];	/* RSA: exponent; EC: y */
};

/* Of both: 0; -EINVAL and *ret_why (static, a clause for a message) says why
 * this key cannot be used; -ENOMEM. *ret_key is written on success only. */

/* The numbers of a JWK with kty RSA, EC or OKP. A key that comes with its
 * private part is refused: whoever can read it can sign. */
int public_key_parse_jwk(
    const cJSON *jwk, struct public_key *ret_key, const char **ret_why);

/* One "PUBLIC KEY" (SubjectPublicKeyInfo, RFC 7468 13). */
int public_key_parse_pem(
    const char *pem, struct public_key *ret_key, const char **ret_why);

/* Make OpenSSL's key of it, after RSA's limits (RFC 7518 3.3 and rules for
 * modulus and exponent), that the point is on its curve and, on Edwards curves,
 * not of small order were checked; same
 * results. To be freed with EVP_PKEY_free(). */
int public_key_build(
    const struct public_key *key, EVP_PKEY **ret_pkey, const char **ret_why);

/* RFC 7638 with SHA-256, in base64url, with a NUL. 0 or -ENOMEM. */
int public_key_print_thumbprint(const struct public_key *key,
    char ret_text[PUBLIC_KEY_THUMBPRINT_LENGTH + 1]);

/* The exponent of an RSA key that passed public_key_build(). */
uint32_t public_key_get_exponent(const struct public_key *key);

#endif
