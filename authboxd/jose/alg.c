#include "jose/alg.h"

#include <stddef.h>

#include "base/text.h"

/* clang-format off */
const struct alg alg_table[ALG_COUNT] = {
	{"HS256",   ALG_HMAC,  "SHA2-256", 32, NULL},
	{"HS384",   ALG_HMAC,  "SHA2-384", 48, NULL},
	{"HS512",   ALG_HMAC,  "SHA2-512", 64, NULL},
	{"RS256",   ALG_PKCS1, "SHA2-256", 32, NULL},
	{"RS384",   ALG_PKCS1, "SHA2-384", 48, NULL},
	{"RS512",   ALG_PKCS1, "SHA2-512", 64, NULL},
	{"PS256",   ALG_PSS,   "SHA2-256", 32, NULL},
	{"PS384",   ALG_PSS,   "SHA2-384", 48, NULL},
	{"PS512",   ALG_PSS,   "SHA2-512", 64, NULL},
	{"ES256",   ALG_ECDSA, "SHA2-256", 32, "P-256"},
	{"ES384",   ALG_ECDSA, "SHA2-384", 48, "P-384"},
	{"ES512",   ALG_ECDSA, "SHA2-512", 64, "P-521"},
	{"EdDSA",   ALG_EDDSA, NULL,        0, NULL},
	{"Ed25519", ALG_EDDSA, NULL,        0, "Ed25519"},
	{"Ed448",   ALG_EDDSA, NULL,        0, "Ed448"},
};
/* clang-format on */

const struct alg *
alg_find(const char *name)
{
	for (size_t i = 0; i < ALG_COUNT; i++)
		if (streq(alg_table[i].name, name))
			return &alg_table[i];
	return NULL;
}

uint32_t
alg_of_family(enum alg_family family, const struct curve *curve)
{
	uint32_t algs = 0;

	for (const struct alg *alg = alg_table; alg < alg_table + ALG_COUNT;
	     alg++)
		if (alg->family == family &&
		    (!curve || !alg->curve || streq(alg->curve, curve->name)))
			algs |= alg_bit(alg);
	return algs;
}
