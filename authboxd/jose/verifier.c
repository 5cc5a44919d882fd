/*
 * Contexts wait in a few slots of the verifier. A thread takes a set out of a
 * slot, or copies the first one when all are out, and puts it back where room
 * is: no lock, no set that two threads hold, nothing tied to a thread's life.
 * It looks first in the slot of the core that it runs on, whose cache has that
 * set. The first set itself is only ever copied.
 */
#include "jose/verifier.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "jose/ecdsa.h"

#define SPARES_MAX 16
#define LINE_BYTES 64 /* of a core's cache, or less */

/* What one verification needs; what the family does not use is NULL. */
struct tools {
	EVP_MD_CTX *digest; /* ALG_EDDSA: keyed */
	EVP_PKEY_CTX *pkey;
	EVP_MAC_CTX *mac; /* keyed */
};

struct slot {
	_Alignas(LINE_BYTES) _Atomic(struct tools *) tools;
};

struct verifier {
	const struct alg *alg;
	const struct curve *curve;
	EVP_MD *hash;
	size_t signature_bytes;
	struct tools *first;
	struct slot spares[SPARES_MAX];
};

static void
tools_free(struct tools *tools)
{
	if (!tools)
		return;
	EVP_MD_CTX_free(tools->digest);
	EVP_PKEY_CTX_free(tools->pkey);
	EVP_MAC_CTX_free(tools->mac);
	free(tools);
}
CLEANUP_DEFINE(tools)

static struct tools *
tools_copy(const struct tools *tools)
{
	AUTO(tools) copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	if (tools->digest) {
		copy->digest = EVP_MD_CTX_new();
		if (!copy->digest ||
		    EVP_MD_CTX_copy_ex(copy->digest, tools->digest) != 1)
			return NULL;
	}
	if (tools->pkey) {
		copy->pkey = EVP_PKEY_CTX_dup(tools->pkey);
		if (!copy->pkey)
			return NULL;
	}
	if (tools->mac) {
		copy->mac = EVP_MAC_CTX_dup(tools->mac);
		if (!copy->mac)
			return NULL;
	}
	return TAKE(copy);
}

/* Where `count` slots from this core's own lead to. */
static _Atomic(struct tools *) *
slot_get(struct verifier *verifier, size_t count)
{
	size_t core = (size_t)sched_getcpu(); /* any number does */

	return &verifier->spares[(core + count) % SPARES_MAX].tools;
}

static struct tools *
tools_borrow(struct verifier *verifier)
{
	for (size_t i = 0; i < SPARES_MAX; i++) {
		struct tools *tools =
		    atomic_exchange(slot_get(verifier, i), NULL);

		if (tools)
			return tools;
	}
	return tools_copy(verifier->first);
}

static void
tools_give_back(struct verifier *verifier, struct tools *tools)
{
	for (size_t i = 0; tools && i < SPARES_MAX; i++)
		tools = atomic_exchange(slot_get(verifier, i), tools);
	tools_free(tools);
}

static int
verifier_alloc(const struct alg *alg, struct verifier **ret_verifier)
{
	AUTO(verifier)
	verifier = aligned_alloc(_Alignof(struct verifier), sizeof(*verifier));

	if (!verifier)
		return -ENOMEM;
	*verifier = (struct verifier){0};
	verifier->alg = alg;
	verifier->first = calloc(1, sizeof(*verifier->first));
	if (!verifier->first)
		return -ENOMEM;
	if (alg->hash) {
		verifier->hash = EVP_MD_fetch(NULL, alg->hash, NULL);
		if (!verifier->hash)
			return -ENOMEM;
	}
	*ret_verifier = TAKE(verifier);
	return 0;
}

/* PSS leaves the salt's length and the mask's hash open; RFC 7518 3.5 does
 * not. */
static bool
padding_is_set(EVP_PKEY_CTX *pkey, const struct verifier *verifier)
{
	if (verifier->alg->family == ALG_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PADDING) >
		       0;
	if (verifier->alg->family == ALG_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(
			   pkey, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, verifier->hash) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			   pkey, RSA_PSS_SALTLEN_DIGEST) > 0;
	return true;
}

static bool
tools_take_key(struct tools *tools, struct verifier *verifier, EVP_PKEY *key)
{
	tools->digest = EVP_MD_CTX_new();
	if (!tools->digest)
		return false;
	if (verifier->alg->family == ALG_EDDSA)
		return EVP_DigestVerifyInit_ex(tools->digest, NULL, NULL, NULL,
			   NULL, key, NULL) == 1;

	tools->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	return tools->pkey &&
	       EVP_DigestInit_ex2(tools->digest, verifier->hash, NULL) == 1 &&
	       EVP_PKEY_verify_init(tools->pkey) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(tools->pkey, verifier->hash) > 0 &&
	       padding_is_set(tools->pkey, verifier);
}

int
verifier_new(const struct alg *alg, EVP_PKEY *key, const struct curve *curve,
    struct verifier **ret_verifier)
{
	AUTO(verifier) verifier = NULL;
	int r = verifier_alloc(alg, &verifier);

	if (r < 0)
		return r;
	verifier->curve = curve;
	verifier->signature_bytes =
	    curve ? curve->signature_bytes : (size_t)EVP_PKEY_get_size(key);
	if (!tools_take_key(verifier->first, verifier, key)) {
		ERR_clear_error();
		return -EINVAL;
	}
	*ret_verifier = TAKE(verifier);
	return 0;
}

int
verifier_new_secret(const struct alg *alg, const struct secret *secret,
    struct verifier **ret_verifier)
{
	AUTO(verifier) verifier = NULL;
	OSSL_PARAM params[2] = {OSSL_PARAM_END, OSSL_PARAM_END};
	int r = verifier_alloc(alg, &verifier);
	EVP_MAC *mac;

	if (r < 0)
		return r;
	verifier->signature_bytes = alg->hash_bytes;
	/* OpenSSL only reads it; its struct serves both ways. */
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)alg->hash, 0);
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	verifier->first->mac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac); /* the context holds a reference */
	if (!verifier->first->mac || EVP_MAC_init(verifier->first->mac,
					 (const unsigned char *)secret->bytes,
					 secret->size, params) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	*ret_verifier = TAKE(verifier);
	return 0;
}

void
verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	for (size_t i = 0; i < SPARES_MAX; i++)
		tools_free(atomic_load(&verifier->spares[i].tools));
	tools_free(verifier->first);
	EVP_MD_free(verifier->hash);
	free(verifier);
}

static int
hmac_match(const struct verifier *verifier, struct tools *tools,
    const void *input, size_t input_size, const uint8_t *signature)
{
	uint8_t mac[ALG_HASH_BYTES_MAX];
	size_t size;
	int equal;

	if (EVP_MAC_init(tools->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(tools->mac, input, input_size) != 1 ||
	    EVP_MAC_final(tools->mac, mac, &size, sizeof(mac)) != 1)
		return -ENOMEM;
	equal = size == verifier->signature_bytes &&
		secret_equal(mac, signature, size);
	secret_wipe(mac, sizeof(mac)); /* a good signature for this input */
	return equal;
}

static int
eddsa_match(struct tools *tools, const void *input, size_t input_size,
    const uint8_t *signature, size_t signature_size)
{
	/* Without a key this only starts again. */
	if (EVP_DigestVerifyInit_ex(
		tools->digest, NULL, NULL, NULL, NULL, NULL, NULL) != 1)
		return -ENOMEM;
	return EVP_DigestVerify(tools->digest, signature, signature_size, input,
		   input_size) == 1;
}

/* RSA and ECDSA sign the hash of what was signed. */
static int
hash_match(const struct verifier *verifier, struct tools *tools,
    const void *input, size_t input_size, const uint8_t *signature,
    size_t signature_size)
{
	uint8_t der[ECDSA_DER_BYTES_MAX], hash[ALG_HASH_BYTES_MAX];
	unsigned hash_size;

	if (verifier->curve) {
		signature_size = ecdsa_put_der(verifier->curve, signature, der);
		if (signature_size == 0)
			return 0;
		signature = der;
	}
	if (EVP_DigestInit_ex2(tools->digest, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(tools->digest, input, input_size) != 1 ||
	    EVP_DigestFinal_ex(tools->digest, hash, &hash_size) != 1)
		return -ENOMEM;
	/* 0 and negative: both are "no", by more than one reason. */
	return EVP_PKEY_verify(tools->pkey, signature, signature_size, hash,
		   hash_size) == 1;
}

int
verifier_match(struct verifier *verifier, const void *input, size_t input_size,
    const uint8_t *signature, size_t signature_size)
{
	struct tools *tools;
	int r;

	if (signature_size != verifier->signature_bytes)
		return 0;
	tools = tools_borrow(verifier);
	if (!tools)
		return -ENOMEM;

	switch (verifier->alg->family) {
	case ALG_HMAC:
		r = hmac_match(verifier, tools, input, input_size, signature);
		break;
	case ALG_EDDSA:
		r = eddsa_match(
		    tools, input, input_size, signature, signature_size);
		break;
	default:
		r = hash_match(verifier, tools, input, input_size, signature,
		    signature_size);
	}
	if (r != 1)
		ERR_clear_error(); /* or the next user of this thread reads it
				    */
	tools_give_back(verifier, tools);
	return r;
}
