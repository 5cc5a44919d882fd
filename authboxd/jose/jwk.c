#include "jose/jwk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/text.h"
#include "jose/verifier.h"

#define EXPONENT_USUAL 65537

struct jwk {
	char *kid;
	uint32_t algs;
	bool has_thumbprint;
	char thumbprint[PUBLIC_KEY_THUMBPRINT_LENGTH + 1];
	const char *weakness;
	struct verifier *verifiers[ALG_COUNT]; /* for each bit of algs */
};

void
jwk_free(struct jwk *jwk)
{
	if (!jwk)
		return;
	for (size_t i = 0; i < ALG_COUNT; i++)
		verifier_free(jwk->verifiers[i]);
	free(jwk->kid);
	free(jwk);
}

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* Leave of what the key fits the one that `name` says; NULL leaves all. */
static int
narrow_algs(uint32_t *algs, const char *name, const char **ret_why)
{
	const struct alg *alg;

	if (!name)
		return 0;
	alg = alg_find(name);
	if (!alg)
		return refuse(ret_why, "its alg is none that is supported");
	*algs &= alg_bit(alg);
	if (*algs == 0)
		return refuse(ret_why, "its alg does not fit its type");
	return 0;
}

static int
jwk_alloc(
    const char *kid, uint32_t algs, struct jwk **ret_jwk, const char **ret_why)
{
	AUTO(jwk) jwk = NULL;

	if (kid && !*kid)
		kid = NULL; /* an empty one selects nothing */
	if (kid && strlen(kid) > JWK_KID_BYTES_MAX)
		return refuse(ret_why, "its kid is too long");
	jwk = calloc(1, sizeof(*jwk));
	if (!jwk)
		return -ENOMEM;
	jwk->algs = algs;
	jwk->kid = kid ? strdup(kid) : NULL;
	if (kid && !jwk->kid)
		return -ENOMEM;
	*ret_jwk = TAKE(jwk);
	return 0;
}

static uint32_t
public_algs(const struct public_key *key)
{
	if (!key->curve)
		return alg_of_family(ALG_PKCS1, NULL) |
		       alg_of_family(ALG_PSS, NULL);
	return alg_of_family(
	    key->curve->is_edwards ? ALG_EDDSA : ALG_ECDSA, key->curve);
}

static int
verifiers_new(struct jwk *jwk, const struct public_key *key, EVP_PKEY *pkey,
    const char **ret_why)
{
	int r = 0;

	for (size_t i = 0; i < ALG_COUNT && r == 0; i++)
		if (jwk->algs & alg_bit(&alg_table[i]))
			r = verifier_new(&alg_table[i], pkey, key->curve,
			    &jwk->verifiers[i]);
	return r == -EINVAL ? refuse(ret_why, "it cannot be used") : r;
}

static int
jwk_new(const struct public_key *key, const char *alg, const char *kid,
    struct jwk **ret_jwk, const char **ret_why)
{
	uint32_t algs = public_algs(key);
	EVP_PKEY *pkey = NULL;
	AUTO(jwk) jwk = NULL;
	int r;

	r = narrow_algs(&algs, alg, ret_why);
	if (r == 0)
		r = jwk_alloc(kid, algs, &jwk, ret_why);
	if (r == 0)
		r = public_key_build(key, &pkey, ret_why);
	if (r < 0)
		return r;

	if (!key->curve && public_key_get_exponent(key) < EXPONENT_USUAL)
		jwk->weakness = "its exponent is less than 65537";
	r = verifiers_new(jwk, key, pkey, ret_why);
	EVP_PKEY_free(pkey); /* the verifiers hold it */
	if (r == 0)
		r = public_key_print_thumbprint(key, jwk->thumbprint);
	if (r < 0)
		return r;
	jwk->has_thumbprint = true;
	*ret_jwk = TAKE(jwk);
	return 0;
}

static bool
allows_verifying(const cJSON *object)
{
	const cJSON *operations = json_find(object, "key_ops"), *operation;
	const char *use = "sig";

	if (json_find_text(object, "use", &use) < 0 || !streq(use, "sig"))
		return false;
	if (!operations)
		return true;
	if (!cJSON_IsArray(operations))
		return false;
	cJSON_ArrayForEach (operation, operations)
		if (cJSON_IsString(operation) &&
		    streq(operation->valuestring, "verify"))
			return true;
	return false;
}

int
jwk_parse(const cJSON *object, struct jwk **ret_jwk, const char **ret_why)
{
	const char *alg = NULL, *kid = NULL;
	struct public_key key;
	int r;

	if (!allows_verifying(object))
		return refuse(ret_why, "it is not for signatures");
	if (json_find_text(object, "alg", &alg) < 0 ||
	    json_find_text(object, "kid", &kid) < 0)
		return refuse(ret_why, "its alg or kid is no text");
	r = public_key_parse_jwk(object, &key, ret_why);
	if (r < 0)
		return r;
	return jwk_new(&key, alg, kid, ret_jwk, ret_why);
}

static int
read_secret(const struct jwk_given *given, struct secret **ret_secret,
    const char **ret_why)
{
	AUTO(secret) secret = NULL;
	ssize_t size;

	/* Everybody has an issuer's public key; as a secret it would let all
	 * of them sign. */
	if (strstr(given->k, "-----BEGIN "))
		return refuse(ret_why, "a PEM key is no shared secret");
	if (!given->format || streq(given->format, "plain")) {
		secret = secret_copy(given->k, strlen(given->k));
		size = secret ? (ssize_t)secret->size : -ENOMEM;
	} else if (streq(given->format, "base64url")) {
		secret = secret_new(base64url_decoded_size(strlen(given->k)));
		size = secret ? base64url_decode(given->k, strlen(given->k),
				    (uint8_t *)secret->bytes)
			      : -ENOMEM;
	} else {
		return refuse(ret_why, "its format is not plain or base64url");
	}
	if (size == -ENOMEM)
		return -ENOMEM;
	if (size < 0)
		return refuse(ret_why, "it is not base64url");
	if (size == 0)
		return refuse(ret_why, "it is empty");
	*ret_secret = TAKE(secret);
	return 0;
}

static int
parse_secret(
    const struct jwk_given *given, struct jwk **ret_jwk, const char **ret_why)
{
	uint32_t algs = alg_of_family(ALG_HMAC, NULL);
	AUTO(secret) secret = NULL;
	AUTO(jwk) jwk = NULL;
	int r;

	if (given->kty && !streq(given->kty, "OCT") &&
	    !streq(given->kty, "oct"))
		return refuse(ret_why, "a shared secret has kty OCT");
	r = narrow_algs(&algs, given->alg, ret_why);
	if (r == 0)
		r = read_secret(given, &secret, ret_why);
	if (r == 0)
		r = jwk_alloc(given->kid, algs, &jwk, ret_why);
	for (size_t i = 0; i < ALG_COUNT && r == 0; i++) {
		const struct alg *alg = &alg_table[i];

		if (!(algs & alg_bit(alg)))
			continue;
		if (secret->size < alg->hash_bytes)
			jwk->weakness = "it is shorter than the hash it keys";
		r = verifier_new_secret(alg, secret, &jwk->verifiers[i]);
	}
	if (r == 0)
		*ret_jwk = TAKE(jwk);
	return r;
}

static bool
kty_fits(const char *kty, const struct public_key *key)
{
	const char *fits = !key->curve		    ? "RSA"
			   : key->curve->is_edwards ? "OKP"
						    : "EC";

	return !kty || streq(kty, fits);
}

int
jwk_parse_given(
    const struct jwk_given *given, struct jwk **ret_jwk, const char **ret_why)
{
	struct public_key key;
	int r;

	if (!given->k == !given->pub)
		return refuse(ret_why, "it takes either k or pub");
	if (given->k)
		return parse_secret(given, ret_jwk, ret_why);

	if (given->format && !streq(given->format, "PEM"))
		return refuse(ret_why, "its format is not PEM");
	r = public_key_parse_pem(given->pub, &key, ret_why);
	if (r < 0)
		return r;
	if (!kty_fits(given->kty, &key))
		return refuse(ret_why, "it is of another type than its kty");
	return jwk_new(&key, given->alg, given->kid, ret_jwk, ret_why);
}

const char *
jwk_get_kid(const struct jwk *jwk)
{
	return jwk->kid;
}

uint32_t
jwk_get_algs(const struct jwk *jwk)
{
	return jwk->algs;
}

const char *
jwk_get_thumbprint(const struct jwk *jwk)
{
	return jwk->has_thumbprint ? jwk->thumbprint : NULL;
}

const char *
jwk_get_weakness(const struct jwk *jwk)
{
	return jwk->weakness;
}

int
jwk_match(const struct jwk *jwk, const struct alg *alg, const void *input,
    size_t input_size, const uint8_t *signature, size_t signature_size)
{
	if (!(jwk->algs & alg_bit(alg)))
		return 0;
	return verifier_match(jwk->verifiers[alg - alg_table], input,
	    input_size, signature, signature_size);
}
