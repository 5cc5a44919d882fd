/*
 * RFC 7518 6.2 and 6.3, RFC 8037 2. The modulus is looked at for size and
 * parity only: the tests that find a bad one cost more the larger it is, and
 * the key comes from outside (CVE-2023-6237).
 */
#include "jose/public_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/text.h"
#include "jose/edwards.h"

#define RSA_EXPONENT_BYTES_MAX 4
#define POINT_BYTES_MAX	       (1 + 2 * CURVE_COORDINATE_BYTES_MAX)

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* A member in base64url, of at most `room` bytes. */
static int
read_number(const cJSON *jwk, const char *name, uint8_t *ret_bytes, size_t room,
    size_t *ret_size, const char **ret_why)
{
	const char *text = NULL;
	ssize_t size;

	if (json_find_text(jwk, name, &text) != 1)
		return refuse(ret_why, "a number of it is missing or no text");
	if (base64url_decoded_size(strlen(text)) > room)
		return refuse(ret_why, "a number of it is too long");
	size = base64url_decode(text, strlen(text), ret_bytes);
	if (size <= 0)
		return refuse(ret_why, "a number of it is not base64url");
	*ret_size = (size_t)size;
	return 0;
}

static void
drop_zeros(uint8_t *bytes, size_t *size)
{
	size_t zeros = 0;

	while (zeros < *size && bytes[zeros] == 0)
		zeros++;
	*size -= zeros;
	memmove(bytes, bytes + zeros, *size);
}

static int
read_rsa(const cJSON *jwk, struct public_key *key, const char **ret_why)
{
	int r = read_number(
	    jwk, "n", key->n, sizeof(key->n), &key->n_size, ret_why);

	if (r == 0)
		r = read_number(
		    jwk, "e", key->e, sizeof(key->e), &key->e_size, ret_why);
	drop_zeros(key->n, &key->n_size);
	drop_zeros(key->e, &key->e_size);
	return r;
}

static int
read_point(const cJSON *jwk, bool edwards, struct public_key *key,
    const char **ret_why)
{
	const char *name = "";
	int r;

	(void)json_find_text(jwk, "crv", &name); /* "" is no curve */
	key->curve = curve_find(name);
	if (!key->curve || key->curve->is_edwards != edwards)
		return refuse(ret_why, "its crv is none that is supported");

	r = read_number(
	    jwk, "x", key->n, sizeof(key->n), &key->n_size, ret_why);
	if (r == 0 && !edwards)
		r = read_number(
		    jwk, "y", key->e, sizeof(key->e), &key->e_size, ret_why);
	if (r < 0)
		return r;
	if (key->n_size != key->curve->coordinate_bytes ||
	    (!edwards && key->e_size != key->curve->coordinate_bytes))
		return refuse(ret_why, "a coordinate of it has a wrong length");
	return 0;
}

int
public_key_parse_jwk(
    const cJSON *jwk, struct public_key *ret_key, const char **ret_why)
{
	static const char *const private[] = {
	    "d", "p", "q", "dp", "dq", "qi", "oth", "k", NULL};
	struct public_key key = {0};
	const char *kty = "";
	int r;

	for (size_t i = 0; private[i]; i++)
		if (json_find(jwk, private[i]))
			return refuse(ret_why, "it shows its private part");

	(void)json_find_text(jwk, "kty", &kty); /* "" is no type */
	if (streq(kty, "RSA"))
		r = read_rsa(jwk, &key, ret_why);
	else if (streq(kty, "EC") || streq(kty, "OKP"))
		r = read_point(jwk, streq(kty, "OKP"), &key, ret_why);
	else
		r = refuse(ret_why, "its kty is none that is supported");
	if (r == 0)
		*ret_key = key;
	return r;
}

static int
check_rsa(const struct public_key *key, const char **ret_why)
{
	size_t bits = key->n_size * 8;
	uint32_t exponent;

	for (int bit = 7; key->n_size && !(key->n[0] >> bit & 1); bit--)
		bits--;
	if (bits < PUBLIC_KEY_RSA_BITS_MIN)
		return refuse(ret_why, "its modulus has less than 2048 bits");
	if (bits > PUBLIC_KEY_RSA_BITS_MAX)
		return refuse(ret_why, "its modulus has more than 8192 bits");
	if (!(key->n[key->n_size - 1] & 1))
		return refuse(ret_why, "its modulus is even");
	if (key->e_size > RSA_EXPONENT_BYTES_MAX)
		return refuse(ret_why, "its exponent has more than 32 bits");
	exponent = public_key_get_exponent(key);
	if (exponent < 3 || !(exponent & 1))
		return refuse(ret_why, "its exponent is even or less than 3");
	return 0;
}

static EVP_PKEY *
build_of(const char *type, const OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	/* The cast drops a const that OpenSSL does not make use of. */
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
		(OSSL_PARAM *)(uintptr_t)params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
build_rsa(const struct public_key *key)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(key->n, (int)key->n_size, NULL);
	BIGNUM *e = BN_bin2bn(key->e, (int)key->e_size, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (builder && n && e &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(builder);
	if (params)
		pkey = build_of("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* OpenSSL checks that the point is on the curve when it reads it; infinity
 * cannot be said in the uncompressed form. */
static EVP_PKEY *
build_point(const struct public_key *key)
{
	char group[16];
	uint8_t point[POINT_BYTES_MAX] = {0x04};
	size_t lead = key->curve->is_edwards ? 0 : 1;
	OSSL_PARAM params[3] = {
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
		lead + key->n_size + key->e_size),
	    OSSL_PARAM_END, OSSL_PARAM_END};

	memcpy(point + lead, key->n, key->n_size);
	memcpy(point + lead + key->n_size, key->e, key->e_size);
	if (key->curve->is_edwards)
		return build_of(key->curve->group, params);
	(void)snprintf(group, sizeof(group), "%s", key->curve->group);
	params[1] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	return build_of("EC", params);
}

int
public_key_build(
    const struct public_key *key, EVP_PKEY **ret_pkey, const char **ret_why)
{
	EVP_PKEY *pkey;
	int r;

	if (!key->curve) {
		r = check_rsa(key, ret_why);
		if (r < 0)
			return r;
	} else if (key->curve->is_edwards &&
		   edwards_is_small_order(key->curve, key->n)) {
		return refuse(ret_why, "its point is of small order: anybody "
				       "could sign for it");
	}
	pkey = key->curve ? build_point(key) : build_rsa(key);
	if (!pkey) {
		ERR_clear_error();
		return refuse(ret_why, key->curve
					   ? "its point is not on the curve"
					   : "it cannot be built");
	}
	*ret_pkey = pkey;
	return 0;
}

uint32_t
public_key_get_exponent(const struct public_key *key)
{
	uint32_t exponent = 0;

	for (size_t i = 0; i < key->e_size; i++)
		exponent = exponent << 8 | key->e[i];
	return exponent;
}

int
public_key_print_thumbprint(const struct public_key *key,
    char ret_text[PUBLIC_KEY_THUMBPRINT_LENGTH + 1])
{
	/* base64url of the longest modulus, and some words around it. */
	char n[sizeof(key->n) / 3 * 4 + 4], e[sizeof(key->e) / 3 * 4 + 4];
	char members[sizeof(n) + sizeof(e) + 64];
	uint8_t hash[32];
	int length;

	base64url_encode(key->n, key->n_size, n);
	base64url_encode(key->e, key->e_size, e);
	if (!key->curve)
		length = snprintf(members, sizeof(members),
		    "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", e, n);
	else if (key->curve->is_edwards)
		length = snprintf(members, sizeof(members),
		    "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%s\"}",
		    key->curve->name, n);
	else
		length = snprintf(members, sizeof(members),
		    "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
		    key->curve->name, n, e);
	if (EVP_Q_digest(NULL, "SHA2-256", NULL, members, (size_t)length, hash,
		NULL) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	base64url_encode(hash, sizeof(hash), ret_text);
	return 0;
}
