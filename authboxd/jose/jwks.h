/*
 * A set of keys (RFC 7517 5), immutable and counted: a verification holds one
 * to its end while a newer one takes its place.
 */
#ifndef JOSE_JWKS_H
#define JOSE_JWKS_H

#include <stddef.h>

#include "jose/alg.h"
#include "jose/jwk.h"

#define JWKS_BYTES_MAX	   524288
#define JWKS_KEYS_MAX	   256 /* in a document, unusable ones among them */
#define JWKS_FITTING_MAX   8   /* tried for one token */
#define JWKS_SELECTED_SETS 2

struct jwks;

/* From a document of an issuer. Keys that cannot be used are skipped and
 * counted, as RFC 7517 5 wants it. -EINVAL and *ret_why (static, a clause that
 * goes on "the key set cannot be used: …"): too large, no strict JSON, no
 * "keys", or no usable key among them; -ENOMEM. */
int jwks_parse(const char *text, size_t size, struct jwks **ret_jwks,
    const char **ret_why);

/* Of configured keys. On success the set owns them, and each entry of `keys`
 * is NULL; `count` 0 to JWKS_KEYS_MAX. -EINVAL: too many; -ENOMEM. */
int jwks_new(struct jwk *keys[], size_t count, struct jwks **ret_jwks);

struct jwks *jwks_ref(struct jwks *jwks);
void jwks_unref(struct jwks *jwks); /* NULL is fine */

static inline void
jwks_cleanup(struct jwks **jwks)
{
	jwks_unref(*jwks);
}

size_t jwks_get_count(const struct jwks *jwks);
const struct jwk *jwks_get_key(const struct jwks *jwks, size_t index);

/* How many keys of the document were skipped, and why the first of them was
 * (static, a clause; NULL: none was). */
size_t jwks_get_skipped(const struct jwks *jwks, const char **ret_why);

/*
 * The keys that may have signed a token with this header, in the order in which
 * to try them; `kid` NULL: it has none. `sets` are all of one issuer, and may
 * be NULL. Returns their number, or 0 and the reason (jose/reason.h).
 *
 * Only keys for `alg` count. Those with the token's kid are the only ones, when
 * there are any: an issuer may use one kid for keys of several algorithms (RFC
 * 7517 4.5). Otherwise a key without a kid serves every kid, as configured keys
 * have none; and a token without a kid, which RFC 7515 4.1.4 allows, may be of
 * any of them (RFC 7515, appendix D). So several may fit while an issuer
 * without kids changes its key, and each is tried: all are trusted alike. More
 * than JWKS_FITTING_MAX are refused, so that a forged token costs no more than
 * as many verifications.
 */
size_t jwks_select(const struct jwks *const sets[JWKS_SELECTED_SETS],
    const struct alg *alg, const char *kid,
    const struct jwk *ret_keys[JWKS_FITTING_MAX], const char **ret_why);

#endif
