/*
 * Keys of every kind, and tokens made with them: by an issuer, or by somebody
 * who would like to be one. Keys are made anew in each run. Whatever fails
 * ends the program, so that it serves benchmarks and fuzzers too.
 */
#ifndef TESTS_HARNESS_FORGE_H
#define TESTS_HARNESS_FORGE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/text.h"
#include "jose/jwk.h"

#define FORGE_TEXT_BYTES 32768

struct forge {
	const char *crv; /* "P-256" …, "Ed448"; NULL: RSA, or a secret */
	EVP_PKEY *key;	 /* NULL: a secret */
	char secret[128];
};

static inline void
forge_demand(bool truth, const char *what)
{
	if (truth)
		return;
	(void)fprintf(stderr, "forge: %s\n", what);
	abort();
}
#define FORGE_DEMAND(truth) forge_demand(truth, #truth)

static inline void
forge_done(struct forge *forge)
{
	EVP_PKEY_free(forge->key);
}

static inline struct forge
forge_rsa(unsigned bits)
{
	struct forge forge = {
	    .key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)};

	FORGE_DEMAND(forge.key);
	return forge;
}

static inline struct forge
forge_curve(const char *crv)
{
	const struct curve *curve = curve_find(crv);
	struct forge forge = {.crv = crv};

	forge.key = curve->is_edwards
			? EVP_PKEY_Q_keygen(NULL, NULL, curve->group)
			: EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve->group);
	FORGE_DEMAND(forge.key);
	return forge;
}

static inline struct forge
forge_secret(const char *secret)
{
	struct forge forge = {0};

	(void)snprintf(forge.secret, sizeof(forge.secret), "%s", secret);
	return forge;
}

/* A key that `alg` goes with. */
static inline struct forge
forge_for(const struct alg *alg)
{
	switch (alg->family) {
	case ALG_HMAC:
		return forge_secret("0123456789abcdef0123456789abcdef"
				    "0123456789abcdef0123456789abcdef");
	case ALG_ECDSA:
	case ALG_EDDSA:
		return forge_curve(alg->curve ? alg->curve : "Ed25519");
	default:
		return forge_rsa(2048);
	}
}

/* The public half as a JWK, with `members` ("\"kid\":\"a\"", or ""), to be
 * freed. */
static inline char *
forge_jwk(const struct forge *forge, const char *members)
{
	const char *names[] = {"x", "y"};
	const char *params[] = {
	    OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y};
	bool rsa = EVP_PKEY_is_a(forge->key, "RSA");
	char *jwk = malloc(FORGE_TEXT_BYTES), text[2048];
	uint8_t bytes[1024];
	size_t used, size;

	FORGE_DEMAND(jwk);
	if (rsa) {
		names[0] = "n";
		names[1] = "e";
		params[0] = OSSL_PKEY_PARAM_RSA_N;
		params[1] = OSSL_PKEY_PARAM_RSA_E;
	}
	used = (size_t)sprintf(jwk, "{\"kty\":\"%s\"",
	    rsa				    ? "RSA"
	    : curve_find(forge->crv)->order ? "EC"
					    : "OKP");
	if (!rsa)
		used +=
		    (size_t)sprintf(jwk + used, ",\"crv\":\"%s\"", forge->crv);
	if (!rsa && !curve_find(forge->crv)->order) {
		size = sizeof(bytes);
		FORGE_DEMAND(
		    EVP_PKEY_get_raw_public_key(forge->key, bytes, &size) == 1);
		base64url_encode(bytes, size, text);
		used += (size_t)sprintf(jwk + used, ",\"x\":\"%s\"", text);
	} else {
		for (int i = 0; i < 2; i++) {
			BIGNUM *number = NULL;

			FORGE_DEMAND(EVP_PKEY_get_bn_param(
					 forge->key, params[i], &number) == 1);
			size = rsa ? (size_t)BN_num_bytes(number)
				   : curve_find(forge->crv)->coordinate_bytes;
			(void)BN_bn2binpad(number, bytes, (int)size);
			BN_free(number);
			base64url_encode(bytes, size, text);
			used += (size_t)sprintf(
			    jwk + used, ",\"%s\":\"%s\"", names[i], text);
		}
	}
	(void)sprintf(jwk + used, "%s%s}", *members ? "," : "", members);
	return jwk;
}

/* The public half as PEM, to be freed. */
static inline char *
forge_pem(const struct forge *forge)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = calloc(1, FORGE_TEXT_BYTES);

	FORGE_DEMAND(bio && pem && PEM_write_bio_PUBKEY(bio, forge->key) == 1);
	FORGE_DEMAND(BIO_read(bio, pem, FORGE_TEXT_BYTES - 1) > 0);
	BIO_free(bio);
	return pem;
}

/* Our key of it, for `alg` (NULL: all it fits) and with `kid` (or NULL). */
static inline struct jwk *
forge_key(const struct forge *forge, const char *alg, const char *kid)
{
	struct jwk_given given = {.alg = alg, .kid = kid};
	const char *why = "no memory";
	struct jwk *jwk = NULL;
	AUTO_TEXT pem = forge->key ? forge_pem(forge) : NULL;

	given.k = forge->key ? NULL : forge->secret;
	given.pub = pem;
	if (jwk_parse_given(&given, &jwk, &why) < 0)
		forge_demand(false, why);
	return jwk;
}

static inline size_t
forge_mac(const struct forge *forge, const struct alg *alg, const char *input,
    uint8_t *ret_signature)
{
	size_t size = 0;

	FORGE_DEMAND(EVP_Q_mac(NULL, "HMAC", NULL, alg->hash, NULL,
	    forge->secret, strlen(forge->secret), (const uint8_t *)input,
	    strlen(input), ret_signature, EVP_MAX_MD_SIZE, &size));
	return size;
}

/* DER to two numbers side by side. */
static inline size_t
forge_raw(const struct forge *forge, uint8_t *signature, size_t size)
{
	const struct curve *curve = curve_find(forge->crv);
	const uint8_t *der = signature;
	ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)size);
	int width = (int)curve->coordinate_bytes;

	FORGE_DEMAND(numbers);
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, width);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + width, width);
	ECDSA_SIG_free(numbers);
	return curve->signature_bytes;
}

/* Sign as `alg` says, with whatever PSS salt (RSA_PSS_SALTLEN_…). */
static inline size_t
forge_sign_salted(const struct forge *forge, const struct alg *alg,
    const char *input, int salt, uint8_t ret_signature[1024])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL;
	size_t size = 1024;

	FORGE_DEMAND(ctx && EVP_DigestSignInit_ex(ctx, &pkey, alg->hash, NULL,
				NULL, forge->key, NULL) == 1);
	if (alg->family == ALG_PSS)
		FORGE_DEMAND(EVP_PKEY_CTX_set_rsa_padding(
				 pkey, RSA_PKCS1_PSS_PADDING) > 0 &&
			     EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, salt) > 0);
	FORGE_DEMAND(EVP_DigestSign(ctx, ret_signature, &size,
			 (const uint8_t *)input, strlen(input)) == 1);
	EVP_MD_CTX_free(ctx);
	return alg->family == ALG_ECDSA ? forge_raw(forge, ret_signature, size)
					: size;
}

static inline size_t
forge_sign(const struct forge *forge, const struct alg *alg, const char *input,
    uint8_t ret_signature[1024])
{
	if (alg->family == ALG_HMAC)
		return forge_mac(forge, alg, input, ret_signature);
	return forge_sign_salted(
	    forge, alg, input, RSA_PSS_SALTLEN_DIGEST, ret_signature);
}

/* "HEADER.PAYLOAD" in base64url, in a buffer with room for a signature. */
static inline char *
forge_input(const char *header, size_t header_size, const char *payload,
    size_t payload_size)
{
	size_t used = base64url_encoded_size(header_size);
	char *input =
	    malloc(used + base64url_encoded_size(payload_size) + 2048);

	FORGE_DEMAND(input);
	base64url_encode(header, header_size, input);
	input[used++] = '.';
	base64url_encode(payload, payload_size, input + used);
	return input;
}

/* Append a signature to what forge_input() made. */
static inline void
forge_append(char *input, const uint8_t *signature, size_t size)
{
	size_t used = strlen(input);

	input[used++] = '.';
	base64url_encode(signature, size, input + used);
}

/* A token, to be freed. */
static inline char *
forge_token(const struct forge *forge, const struct alg *alg,
    const char *header, const char *payload)
{
	char *token =
	    forge_input(header, strlen(header), payload, strlen(payload));
	uint8_t signature[1024];
	size_t size = forge_sign(forge, alg, token, signature);

	forge_append(token, signature, size);
	return token;
}

#endif
