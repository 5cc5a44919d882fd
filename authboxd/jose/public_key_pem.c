/* Keys in PEM are taken apart into their numbers: what OpenSSL's decoder makes
 * of them (explicit curve parameters, restricted RSA-PSS keys) is not used. */
#include "jose/public_key.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define PEM_BYTES_MAX 16384

static int
refuse(const char **ret_why, const char *why)
{
	ERR_clear_error();
	*ret_why = why;
	return -EINVAL;
}

/* A parameter as exactly `*size` bytes, or as many as it takes when 0. */
static bool
take_number(const EVP_PKEY *pkey, const char *name, uint8_t *bytes, size_t room,
    size_t *size)
{
	BIGNUM *number = NULL;
	bool good = EVP_PKEY_get_bn_param(pkey, name, &number) == 1;

	if (good && *size == 0)
		*size = (size_t)BN_num_bytes(number);
	good = good && *size <= room &&
	       BN_bn2binpad(number, bytes, (int)*size) == (int)*size;
	BN_free(number);
	return good;
}

static bool
take_rsa(const EVP_PKEY *pkey, struct public_key *key)
{
	return take_number(pkey, OSSL_PKEY_PARAM_RSA_N, key->n, sizeof(key->n),
		   &key->n_size) &&
	       take_number(pkey, OSSL_PKEY_PARAM_RSA_E, key->e, sizeof(key->e),
		   &key->e_size);
}

static bool
take_point(const EVP_PKEY *pkey, struct public_key *key)
{
	char group[64];

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return false;
	key->curve = curve_find_group(group);
	if (!key->curve)
		return false;
	key->n_size = key->e_size = key->curve->coordinate_bytes;
	return take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, key->n,
		   sizeof(key->n), &key->n_size) &&
	       take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, key->e,
		   sizeof(key->e), &key->e_size);
}

static bool
take_edwards(const EVP_PKEY *pkey, struct public_key *key)
{
	key->n_size = sizeof(key->n);
	key->curve = curve_find_group(EVP_PKEY_get0_type_name(pkey));
	return key->curve &&
	       EVP_PKEY_get_raw_public_key(pkey, key->n, &key->n_size) == 1 &&
	       key->n_size == key->curve->coordinate_bytes;
}

static int
take_apart(
    const EVP_PKEY *pkey, struct public_key *ret_key, const char **ret_why)
{
	struct public_key key = {0};
	bool good;

	if (EVP_PKEY_is_a(pkey, "RSA"))
		good = take_rsa(pkey, &key);
	else if (EVP_PKEY_is_a(pkey, "EC"))
		good = take_point(pkey, &key);
	else
		good = take_edwards(pkey, &key);
	if (!good)
		return refuse(ret_why,
		    "it is not RSA up to 8192 bits, P-256, P-384, P-521, "
		    "Ed25519 or Ed448");
	*ret_key = key;
	return 0;
}

int
public_key_parse_pem(
    const char *pem, struct public_key *ret_key, const char **ret_why)
{
	static const char begin[] = "-----BEGIN ";
	const char *first = strstr(pem, begin);
	EVP_PKEY *pkey;
	BIO *bio;
	int r;

	if (!first || strlen(pem) > PEM_BYTES_MAX)
		return refuse(ret_why, "it is no PEM public key");
	if (strstr(first + 1, begin))
		return refuse(ret_why, "it is more than one PEM block");
	if (strstr(pem, "PRIVATE KEY-----"))
		return refuse(ret_why, "it shows its private part");

	bio = BIO_new_mem_buf(pem, -1);
	if (!bio)
		return -ENOMEM;
	pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!pkey)
		return refuse(ret_why, "it is no PEM public key");
	r = take_apart(pkey, ret_key, ret_why);
	EVP_PKEY_free(pkey);
	return r;
}
