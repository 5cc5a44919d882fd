/*
 * The signature algorithms of RFC 7518 3, RFC 8037 3.1 and RFC 9864 2.2.
 *
 * What is not in this table does not exist: there is no entry for "none" and
 * no list of what is forbidden.
 */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include <stdint.h>

#include "jose/curve.h"

#define ALG_HASH_BYTES_MAX 64
#define ALG_COUNT	   15

enum alg_family {
	ALG_HMAC = 0, /* HS256 … */
	ALG_PKCS1,    /* RS256 … */
	ALG_PSS,      /* PS256 …; the salt is as long as the hash */
	ALG_ECDSA,    /* ES256 … */
	ALG_EDDSA,    /* EdDSA, Ed25519, Ed448 */
};

struct alg {
	const char *name; /* as a JWS header has it, byte by byte */
	enum alg_family family;
	const char *hash;    /* OpenSSL's name; NULL: the curve has its own */
	unsigned hash_bytes; /* 0: the same */
	const char *curve;   /* the one JWK "crv" it may be used with; NULL:
				not of its family, or (EdDSA) either */
};

/* Sets of algorithms are bits in an uint32_t, in the order of this table. */
extern const struct alg alg_table[ALG_COUNT];

static inline uint32_t
alg_bit(const struct alg *alg)
{
	return (uint32_t)1 << (alg - alg_table);
}

/* NULL: no such algorithm. */
const struct alg *alg_find(const char *name);

/* All of a family that fit the curve (NULL for RSA and secrets). */
uint32_t alg_of_family(enum alg_family family, const struct curve *curve);

#endif
