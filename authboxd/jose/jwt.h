/*
 * Access tokens that are JWTs (RFC 7519, RFC 8725, RFC 9068). A token is read
 * once, into a `struct jwt_unverified` that tells no more than is needed to
 * choose who shall judge it. Its claims come out of jwt_verify() alone, as a
 * `struct jwt`, which nothing else makes.
 */
#ifndef JOSE_JWT_H
#define JOSE_JWT_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "jose/alg.h"
#include "jose/claims.h"
#include "jose/jwks.h"

struct jwt_unverified;
struct jwt;

/* What must hold; all is lent. */
struct jwt_rules {
	struct claims_rules claims;
	/* All of the issuer that claims.iss names: the configured ones, and
	 * those it publishes. Either may be NULL. */
	const struct jwks *keys[JWKS_SELECTED_SETS];
	uint32_t algs; /* bits of alg_bit(); 0: what the keys are for */
	/* The header's typ, as a media type: without regard to case and
	 * "application/". NULL: "at+jwt", "JWT" or none. Of an access token. */
	const char *typ;
	/* NULL: an access token is wanted. Else nothing but an ID token whose
	 * audience is this client (OpenID Connect Core 3.1.3.7), which must
	 * have sub and iat; claims.auds and claims.required are not looked at.
	 */
	const char *id_token_for;
};

/* Read a token of `size` bytes, which is lent until jwt_unverified_free().
 * 1; 0 and *ret_why (jose/reason.h): it is no JWT that could ever be accepted;
 * -ENOMEM. */
int jwt_unverified_parse(const char *token, size_t size,
    struct jwt_unverified **ret_unverified, const char **ret_why);

/* Wipes. NULL is fine. */
void jwt_unverified_free(struct jwt_unverified *unverified);
CLEANUP_DEFINE(jwt_unverified)

/* What anybody may have written: good for choosing an introspector and for
 * looking a key up, and for nothing else. Lent; NULL: it has none (never alg).
 */
const char *jwt_unverified_get_iss(const struct jwt_unverified *unverified);
const struct alg *
jwt_unverified_get_alg(const struct jwt_unverified *unverified);
const char *jwt_unverified_get_kid(const struct jwt_unverified *unverified);

/*
 * Verify the signature, then the kind of token, then the claims.
 *
 * 1: it is good, and its claims have moved into *ret_jwt, the caller's.
 * 0: it is not, and *ret_why says why (jose/reason.h).
 * -ENOMEM; -EINVAL: a leeway over CLAIMS_LEEWAY_S_MAX, or it was verified
 * already.
 *
 * ID tokens where none is wanted, logout tokens and refresh tokens are refused,
 * by the header's typ and by claims that only they have; a nonce is no such
 * claim where the issuer says that it is an access token, by typ at+jwt or, as
 * Keycloak, by the claim "typ": "Bearer". So are tokens that
 * their issuer bound to a key ("cnf", RFC 7800): a prompt takes no proof of
 * having it, and without the proof they would be good for whoever stole them.
 */
int jwt_verify(struct jwt_unverified *unverified, const struct jwt_rules *rules,
    struct jwt **ret_jwt, const char **ret_why);

/* Wipes nothing but what cJSON's allocator does. NULL is fine. */
void jwt_free(struct jwt *jwt);
CLEANUP_DEFINE(jwt)

/* Lent. The whole payload, an object. */
const cJSON *jwt_get_claims(const struct jwt *jwt);

/* The same, but the caller's; afterwards `jwt` is good for jwt_free() only. */
cJSON *jwt_take_claims(struct jwt *jwt);

/* Nothing may be kept past this. */
int64_t jwt_get_exp_unix_s(const struct jwt *jwt);

#endif
