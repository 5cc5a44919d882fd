/*
 * The contexts are made once and used again: EVP_CIPHER_fetch and a keyed HMAC
 * cost more than sealing a record does. Sealed is: version (1), nonce (12),
 * ciphertext, tag (16).
 */
#include "store/seal.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/random.h"

#define VERSION	    1
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define BYTES_MAX   16777216 /* keeps every length inside OpenSSL's int */

struct seal {
	EVP_MAC_CTX *mac; /* keyed with the store key */
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *gcm;
	uint8_t label[1 + SEAL_ID_BYTES]; /* version and store id */
};

_Static_assert(SEAL_OVERHEAD_BYTES == 1 + NONCE_BYTES + TAG_BYTES,
    "the overhead is what stands around the ciphertext");

/* What OpenSSL says no to here is never the input. */
static int
no_memory(void)
{
	ERR_clear_error();
	return -ENOMEM;
}

static EVP_MAC_CTX *
hmac_new(const struct secret *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac); /* the context holds a reference */
	if (!ctx)
		return NULL;
	if (EVP_MAC_init(ctx, (const unsigned char *)key->bytes, key->size,
		params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* HKDF-Expand for one block: HMAC(key, label | name | 0x01). */
static int
expand(EVP_MAC_CTX *mac, const uint8_t *label, size_t label_size,
    const char *name, uint8_t ret_key[SEAL_KEY_BYTES])
{
	static const uint8_t block = 1;
	size_t size;

	if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(mac, label, label_size) != 1 ||
	    EVP_MAC_update(mac, (const uint8_t *)name, strlen(name)) != 1 ||
	    EVP_MAC_update(mac, &block, 1) != 1 ||
	    EVP_MAC_final(mac, ret_key, &size, SEAL_KEY_BYTES) != 1)
		return no_memory();
	return 0;
}

int
seal_new(const struct secret *key, const uint8_t id[SEAL_ID_BYTES],
    struct seal **ret_seal)
{
	AUTO(seal) seal = calloc(1, sizeof(*seal));

	if (!seal)
		return -ENOMEM;
	seal->label[0] = VERSION;
	memcpy(seal->label + 1, id, SEAL_ID_BYTES);
	seal->mac = hmac_new(key);
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	seal->gcm = EVP_CIPHER_CTX_new();
	if (!seal->mac || !seal->cipher || !seal->gcm ||
	    EVP_CipherInit_ex2(seal->gcm, seal->cipher, NULL, NULL, 0, NULL) !=
		1)
		return no_memory();

	*ret_seal = TAKE(seal);
	return 0;
}

void
seal_free(struct seal *seal)
{
	if (!seal)
		return;
	EVP_MAC_CTX_free(seal->mac);
	EVP_CIPHER_CTX_free(seal->gcm);
	EVP_CIPHER_free(seal->cipher);
	free(seal);
}

/* Ready the cipher for one value: its key, its nonce, what it is bound to. */
static int
start(struct seal *seal, const char *name, const uint8_t *nonce, int encrypt)
{
	uint8_t key[SEAL_KEY_BYTES];
	int n, r;

	r = expand(seal->mac, seal->label, sizeof(seal->label), name, key);
	if (r < 0)
		return r;

	/* The cipher was named once: again, it would be allocated again. */
	r = EVP_CipherInit_ex2(seal->gcm, NULL, key, nonce, encrypt, NULL);
	secret_wipe(key, sizeof(key));
	if (r != 1 ||
	    EVP_CipherUpdate(
		seal->gcm, NULL, &n, seal->label, sizeof(seal->label)) != 1 ||
	    EVP_CipherUpdate(seal->gcm, NULL, &n, (const uint8_t *)name,
		(int)strlen(name)) != 1)
		return no_memory();
	return 0;
}

int
seal_close(struct seal *seal, const char *name, const struct secret *value,
    uint8_t *ret_sealed)
{
	uint8_t *nonce = ret_sealed + 1, *text = nonce + NONCE_BYTES;
	int n, r;

	if (value->size > BYTES_MAX)
		return -ENOMEM;
	ret_sealed[0] = VERSION;
	r = random_fill(nonce, NONCE_BYTES);
	if (r < 0)
		return -EIO;

	r = start(seal, name, nonce, 1);
	if (r < 0)
		return r;

	if (EVP_CipherUpdate(seal->gcm, text, &n, (const uint8_t *)value->bytes,
		(int)value->size) != 1 ||
	    EVP_CipherFinal_ex(seal->gcm, text + value->size, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(seal->gcm, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES,
		text + value->size) != 1)
		return no_memory();
	return 0;
}

int
seal_open(struct seal *seal, const char *name, const void *sealed, size_t size,
    struct secret **ret_value)
{
	AUTO(secret) value = NULL;
	const uint8_t *nonce = (const uint8_t *)sealed + 1;
	const uint8_t *text = nonce + NONCE_BYTES;
	uint8_t tag[TAG_BYTES];
	int n, r;

	if (size < SEAL_OVERHEAD_BYTES || size > BYTES_MAX ||
	    nonce[-1] != VERSION)
		return -EBADMSG;
	value = secret_new(size - SEAL_OVERHEAD_BYTES);
	if (!value)
		return -ENOMEM;

	r = start(seal, name, nonce, 0);
	if (r < 0)
		return r;

	memcpy(tag, text + value->size, TAG_BYTES);
	if (EVP_CIPHER_CTX_ctrl(
		seal->gcm, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) != 1 ||
	    EVP_CipherUpdate(seal->gcm, (uint8_t *)value->bytes, &n, text,
		(int)value->size) != 1)
		return no_memory();
	if (EVP_CipherFinal_ex(
		seal->gcm, (uint8_t *)value->bytes + value->size, &n) != 1) {
		ERR_clear_error();
		return -EBADMSG;
	}
	*ret_value = TAKE(value);
	return 0;
}

int
seal_derive(
    const struct secret *key, const char *purpose, struct secret **ret_key)
{
	static const uint8_t label[] = "authbox derived key 1:";
	AUTO(secret) derived = secret_new(SEAL_KEY_BYTES);
	EVP_MAC_CTX *mac;
	int r;

	mac = hmac_new(key);
	if (!derived || !mac) {
		EVP_MAC_CTX_free(mac);
		return no_memory();
	}
	r = expand(
	    mac, label, sizeof(label) - 1, purpose, (uint8_t *)derived->bytes);
	EVP_MAC_CTX_free(mac);
	if (r < 0)
		return r;

	*ret_key = TAKE(derived);
	return 0;
}
