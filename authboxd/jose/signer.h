/*
 * Signing a JWT with a private key of ours (RFC 7515, RFC 7518 3, RFC 8037):
 * what verifier.h does, the other way round. The key chooses the algorithm.
 */
#ifndef JOSE_SIGNER_H
#define JOSE_SIGNER_H

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "jose/alg.h"

struct signer;

/* A private key in PEM without a password. -EINVAL: none that we sign with, and
 * *ret_why (static) says why; -ENOMEM. */
int signer_parse(
    const struct secret *pem, struct signer **ret_signer, const char **ret_why);
void signer_free(struct signer *signer); /* NULL is fine */
CLEANUP_DEFINE(signer)

/* The first of its algorithms that is among `algs` (bits of alg_bit()), or the
 * first of all: RS256, ES256, ES384, ES512 or EdDSA. */
const struct alg *signer_get_alg(const struct signer *signer, uint32_t algs);

/* Sign in compact form. `alg` is one of the key's and is put into `header`, an
 * object that has none yet. 0; -EINVAL: OpenSSL will not; -ENOMEM. */
int signer_sign(const struct signer *signer, const struct alg *alg,
    cJSON *header, const cJSON *claims, struct secret **ret_token);

#endif
