#include "jose/signer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/text.h"
#include "jose/private_key.h"

#define RSA_BITS_MIN		2048
#define RSA_BITS_MAX		8192
#define SIGNATURE_BYTES_MAX	(RSA_BITS_MAX / 8)
#define DER_NUMBERS_BYTES_EXTRA 16 /* of ECDSA in DER, beside r and s */

struct signer {
	EVP_PKEY *key;
	const struct curve *curve; /* NULL: RSA */
};

void
signer_free(struct signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

static const struct curve *
curve_of(const EVP_PKEY *key)
{
	char group[32];
	size_t size;

	if (!EVP_PKEY_is_a(key, "EC"))
		return curve_find_group(EVP_PKEY_get0_type_name(key));
	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), &size))
		return NULL;
	return curve_find_group(group);
}

/* NULL: it is one to sign with. */
static const char *
check_key(struct signer *signer)
{
	int bits;

	if (!signer->key)
		return "is no private key in PEM without a password; openssl "
		       "pkey writes it so";
	if (EVP_PKEY_is_a(signer->key, "RSA")) {
		bits = EVP_PKEY_get_bits(signer->key);
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX
			   ? NULL
			   : "is an RSA key of fewer than 2048 or more than "
			     "8192 bits";
	}
	signer->curve = curve_of(signer->key);
	return signer->curve ? NULL
			     : "must be a key for RSA, P-256, P-384, P-521, "
			       "Ed25519 or Ed448";
}

int
signer_parse(
    const struct secret *pem, struct signer **ret_signer, const char **ret_why)
{
	AUTO(signer) signer = calloc(1, sizeof(*signer));

	if (!signer)
		return -ENOMEM;
	signer->key = private_key_read(pem);
	*ret_why = check_key(signer);
	if (*ret_why)
		return -EINVAL;
	*ret_signer = TAKE(signer);
	return 0;
}

/* ---- which algorithm ---- */

const struct alg *
signer_get_alg(const struct signer *signer, uint32_t algs)
{
	static const char *const rsa[] = {
	    "RS256", "PS256", "RS384", "PS384", "RS512", "PS512", NULL};
	static const char *const ecdsa[] = {"ES256", "ES384", "ES512", NULL};
	static const char *const eddsa[] = {"EdDSA", NULL};
	const struct curve *curve = signer->curve;
	const char *const *names = !curve	       ? rsa
				   : curve->is_edwards ? eddsa
						       : ecdsa;
	const struct alg *first = NULL;

	for (; *names; names++) {
		const struct alg *alg = alg_find(*names);

		if (curve && alg->curve && !streq(alg->curve, curve->name))
			continue;
		if (algs & alg_bit(alg))
			return alg;
		if (!first)
			first = alg;
	}
	return first;
}

/* ---- the signature ---- */

/* What OpenSSL made, a DER sequence, as r and s side by side. */
static int
unfold_ecdsa(const struct curve *curve, uint8_t *signature, size_t *size)
{
	const uint8_t *at = signature;
	ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &at, (long)*size);
	int width = (int)curve->coordinate_bytes;
	bool good =
	    numbers &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, width) > 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + width, width) >
		0;

	ECDSA_SIG_free(numbers);
	*size = curve->signature_bytes;
	return good ? 0 : -EINVAL;
}

static int
make_signature(const struct signer *signer, const struct alg *alg,
    const char *text, size_t text_size, uint8_t *ret_signature,
    size_t *ret_size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context = NULL;
	size_t size = SIGNATURE_BYTES_MAX;
	bool good;

	good = context && EVP_DigestSignInit_ex(context, &key_context,
			      alg->hash, NULL, NULL, signer->key, NULL) > 0;
	if (good && alg->family == ALG_PSS)
		good = EVP_PKEY_CTX_set_rsa_padding(
			   key_context, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			   key_context, RSA_PSS_SALTLEN_DIGEST) > 0;
	good = good && EVP_DigestSign(context, ret_signature, &size,
			   (const uint8_t *)text, text_size) > 0;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!good)
		return -EINVAL;
	*ret_size = size;
	return alg->family == ALG_ECDSA
		   ? unfold_ecdsa(signer->curve, ret_signature, ret_size)
		   : 0;
}

/* "HEADER.CLAIMS", in base64url, with room for a signature behind it. */
static struct secret *
print_unsigned(const cJSON *header, const cJSON *claims)
{
	AUTO(secret) head = json_print(header);
	AUTO(secret) body = json_print(claims);
	struct secret *token;
	size_t at;

	if (!head || !body)
		return NULL;
	at = base64url_encoded_size(head->size);
	token = secret_new(at + base64url_encoded_size(body->size) + 2 +
			   base64url_encoded_size(SIGNATURE_BYTES_MAX));
	if (!token)
		return NULL;
	base64url_encode(head->bytes, head->size, token->bytes);
	token->bytes[at] = '.';
	base64url_encode(body->bytes, body->size, token->bytes + at + 1);
	return token;
}

int
signer_sign(const struct signer *signer, const struct alg *alg, cJSON *header,
    const cJSON *claims, struct secret **ret_token)
{
	uint8_t signature[SIGNATURE_BYTES_MAX + DER_NUMBERS_BYTES_EXTRA];
	AUTO(secret) token = NULL;
	size_t size = 0, at;
	int r;

	if (!cJSON_AddStringToObject(header, "alg", alg->name))
		return -ENOMEM;
	token = print_unsigned(header, claims);
	if (!token)
		return -ENOMEM;
	at = strlen(token->bytes);
	r = make_signature(signer, alg, token->bytes, at, signature, &size);
	if (r < 0)
		return r;
	token->bytes[at++] = '.';
	base64url_encode(signature, size, token->bytes + at);
	*ret_token = secret_copy(token->bytes, strlen(token->bytes));
	return *ret_token ? 0 : -ENOMEM;
}
