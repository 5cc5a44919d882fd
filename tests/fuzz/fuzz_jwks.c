/*
 * Any document in place of an issuer's key set: a set of usable public keys
 * comes out, or a reason. No key of it is for a shared secret, and a token that
 * nobody signed finds none that would take it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jose/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_key(const struct jwk *key)
{
	const char *kid = jwk_get_kid(key), *thumbprint;

	demand(!kid || strlen(kid) <= JWK_KID_BYTES_MAX);
	demand(jwk_get_algs(key) != 0);
	demand(!(jwk_get_algs(key) & alg_of_family(ALG_HMAC, NULL)));
	thumbprint = jwk_get_thumbprint(key);
	demand(
	    thumbprint && strlen(thumbprint) == PUBLIC_KEY_THUMBPRINT_LENGTH);
}

/* Nobody made this signature; r and s are within the order of each curve. */
static void
check_forged(const struct jwk *key, const struct alg *alg)
{
	static const uint8_t signature[1024] = {[31] = 1, [63] = 1};
	static const size_t sizes[] = {0, 64, 96, 114, 132, 256, 512};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		demand(
		    jwk_match(key, alg, "input", 5, signature, sizes[i]) == 0);
}

static void
check_selection(const struct jwks *set, const char *kid)
{
	const struct jwks *sets[JWKS_SELECTED_SETS] = {NULL, set};
	const struct jwk *keys[JWKS_FITTING_MAX];

	for (size_t i = 0; i < ALG_COUNT; i++) {
		const struct alg *alg = &alg_table[i];
		const char *why = NULL;
		size_t count = jwks_select(sets, alg, kid, keys, &why);

		demand(count <= JWKS_FITTING_MAX);
		demand(count > 0 ? !why : why != NULL);
		for (size_t j = 0; j < count; j++)
			demand(jwk_get_algs(keys[j]) & alg_bit(alg));
		if (count > 0)
			check_forged(keys[0], alg);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__attribute__((cleanup(jwks_cleanup))) struct jwks *set = NULL;
	const char *why = NULL;
	int r = jwks_parse((const char *)data, size, &set, &why);

	demand(r == 0 ? set != NULL : r == -EINVAL && why && !set);
	if (r < 0)
		return 0;
	demand(jwks_get_count(set) > 0);
	demand(
	    jwks_get_count(set) + jwks_get_skipped(set, &why) <= JWKS_KEYS_MAX);
	demand((jwks_get_skipped(set, &why) > 0) == (why != NULL));
	for (size_t i = 0; i < jwks_get_count(set); i++)
		check_key(jwks_get_key(set, i));
	check_selection(set, NULL);
	check_selection(set, jwk_get_kid(jwks_get_key(set, 0)));
	return 0;
}
