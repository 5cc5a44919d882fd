/*
 * One key made ready for one algorithm. Everything that OpenSSL must fetch or
 * parse is fetched and parsed here once; a verification takes a set of contexts
 * that is ready, so that threads share a key and nothing else.
 */
#ifndef JOSE_VERIFIER_H
#define JOSE_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "jose/alg.h"

struct verifier;

/* For a public key that fits the algorithm; `curve` is NULL for RSA. The key's
 * count is raised. -EINVAL: OpenSSL will not use this key so; -ENOMEM. */
int verifier_new(const struct alg *alg, EVP_PKEY *key,
    const struct curve *curve, struct verifier **ret_verifier);

/* For ALG_HMAC. The secret is copied, into memory that is wiped. -ENOMEM. */
int verifier_new_secret(const struct alg *alg, const struct secret *secret,
    struct verifier **ret_verifier);

/* NULL is fine. */
void verifier_free(struct verifier *verifier);
CLEANUP_DEFINE(verifier)

/* The signature, as JOSE writes it, was made over `input` with this key and
 * algorithm: 1; 0: it was not; -ENOMEM. Any number of threads at once. */
int verifier_match(struct verifier *verifier, const void *input,
    size_t input_size, const uint8_t *signature, size_t signature_size);

#endif
