/*
 * The best direct call of OpenSSL for one signature: the hash and
 * EVP_PKEY_verify() on one context used again and again, for shared secrets one
 * EVP_MAC_CTX, for EdDSA EVP_DigestVerify(). It knows no token and parses
 * nothing: what a verifier of tokens cannot beat.
 */
#ifndef TESTS_BENCH_EVP_LIMIT_H
#define TESTS_BENCH_EVP_LIMIT_H

#include "jose/ecdsa.h"
#include "tests/harness/forge.h"

struct evp_limit {
	EVP_MD *hash;
	EVP_MD_CTX *digest;
	EVP_PKEY_CTX *pkey;
	EVP_MAC_CTX *mac;
	/* What is verified: the token up to its last dot, lent. */
	const uint8_t *input;
	size_t input_size;
	uint8_t signature[1024]; /* of ECDSA in DER, as OpenSSL wants it */
	size_t signature_size;
};

static inline void
evp_limit_take_signature(
    struct evp_limit *limit, const struct alg *alg, const char *token)
{
	const char *dot = strrchr(token, '.');
	uint8_t raw[1024];
	ssize_t size = base64url_decode(dot + 1, strlen(dot + 1), raw);

	FORGE_DEMAND(size > 0);
	limit->input = (const uint8_t *)token;
	limit->input_size = (size_t)(dot - token);
	limit->signature_size = (size_t)size;
	if (alg->family == ALG_ECDSA)
		limit->signature_size = ecdsa_put_der(
		    curve_find(alg->curve), raw, limit->signature);
	else
		memcpy(limit->signature, raw, (size_t)size);
}

static inline void
evp_limit_take_secret(
    struct evp_limit *limit, const struct alg *alg, const char *secret)
{
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)alg->hash, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	limit->mac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac); /* the context holds a reference */
	FORGE_DEMAND(EVP_MAC_init(limit->mac, (const uint8_t *)secret,
			 strlen(secret), params) == 1);
}

/* For one token, by the key that made it. One thread at a time. */
static inline void
evp_limit_init(struct evp_limit *limit, const struct alg *alg,
    const struct forge *forge, const char *token)
{
	*limit = (struct evp_limit){0};
	evp_limit_take_signature(limit, alg, token);
	if (!forge->key) {
		evp_limit_take_secret(limit, alg, forge->secret);
		return;
	}
	limit->digest = EVP_MD_CTX_new();
	if (alg->family == ALG_EDDSA) {
		FORGE_DEMAND(EVP_DigestVerifyInit_ex(limit->digest, NULL, NULL,
				 NULL, NULL, forge->key, NULL) == 1);
		return;
	}
	limit->hash = EVP_MD_fetch(NULL, alg->hash, NULL);
	limit->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, forge->key, NULL);
	FORGE_DEMAND(
	    EVP_DigestInit_ex2(limit->digest, limit->hash, NULL) == 1 &&
	    EVP_PKEY_verify_init(limit->pkey) > 0 &&
	    EVP_PKEY_CTX_set_signature_md(limit->pkey, limit->hash) > 0);
	if (alg->family == ALG_PSS)
		FORGE_DEMAND(EVP_PKEY_CTX_set_rsa_padding(
				 limit->pkey, RSA_PKCS1_PSS_PADDING) > 0 &&
			     EVP_PKEY_CTX_set_rsa_pss_saltlen(
				 limit->pkey, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static inline void
evp_limit_done(struct evp_limit *limit)
{
	EVP_MD_CTX_free(limit->digest);
	EVP_PKEY_CTX_free(limit->pkey);
	EVP_MAC_CTX_free(limit->mac);
	EVP_MD_free(limit->hash);
}

/* 1: the signature is right. */
static inline int
evp_limit_verify(struct evp_limit *limit)
{
	const uint8_t *signature = limit->signature;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned hash_size;
	size_t size;

	if (limit->mac)
		return EVP_MAC_init(limit->mac, NULL, 0, NULL) == 1 &&
		       EVP_MAC_update(
			   limit->mac, limit->input, limit->input_size) == 1 &&
		       EVP_MAC_final(limit->mac, hash, &size, sizeof(hash)) ==
			   1 &&
		       CRYPTO_memcmp(hash, signature, size) == 0;
	if (!limit->pkey)
		return EVP_DigestVerifyInit_ex(limit->digest, NULL, NULL, NULL,
			   NULL, NULL, NULL) == 1 &&
		       EVP_DigestVerify(limit->digest, signature,
			   limit->signature_size, limit->input,
			   limit->input_size) == 1;
	return EVP_DigestInit_ex2(limit->digest, NULL, NULL) == 1 &&
	       EVP_DigestUpdate(
		   limit->digest, limit->input, limit->input_size) == 1 &&
	       EVP_DigestFinal_ex(limit->digest, hash, &hash_size) == 1 &&
	       EVP_PKEY_verify(limit->pkey, signature, limit->signature_size,
		   hash, hash_size) == 1;
}

#endif
