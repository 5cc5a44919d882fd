/* The attacker knows how verifiers went wrong before: what they let pass that
 * nobody signed, or that was signed in a form that leaves room. Whatever is
 * made here with the private key shows that the form alone decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness/judge.h"

#define RSA_BYTES 256
#define HASH	  32
#define TRIES	  64

/* DigestInfo of SHA-256 up to the hash (RFC 8017 9.2). */
#define INFO                                                                   \
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00" \
	"\x04\x20"
#define INFO_BYTES 19

struct issuer {
	struct forge forge;
	const struct alg *alg;
	struct jwks *set;
	struct jwt_rules rules;
	char *input; /* what a signature is for */
};

static void
issuer_open(struct issuer *issuer, struct forge take_forge, const char *alg)
{
	char header[64];

	issuer->forge = take_forge;
	issuer->alg = alg_find(alg);
	issuer->set = judge_set(forge_key(&issuer->forge, NULL, NULL));
	issuer->rules = judge_rules(issuer->set);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", alg);
	issuer->input = forge_input(
	    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
}

static void
issuer_close(struct issuer *issuer)
{
	free(issuer->input);
	jwks_cleanup(&issuer->set);
	forge_done(&issuer->forge);
}

/* `expected` NULL: it is good. */
static void
judge_signature(const struct issuer *issuer, const uint8_t *signature,
    size_t size, const char *expected, const char *what)
{
	char *token = malloc(strlen(issuer->input) + 2048);

	FORGE_DEMAND(token);
	(void)strcpy(token, issuer->input);
	forge_append(token, signature, size);
	judge_demand(judge(token, &issuer->rules), expected, what);
	free(token);
}

/* ---- RSA PKCS #1 v1.5 ---- */

static struct forge
rsa_with_exponent(unsigned exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	struct forge forge = {0};

	FORGE_DEMAND(ctx && e && BN_set_word(e, exponent) == 1 &&
		     EVP_PKEY_keygen_init(ctx) == 1 &&
		     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 8 * RSA_BYTES) > 0 &&
		     EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0 &&
		     EVP_PKEY_generate(ctx, &forge.key) == 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return forge;
}

/* What stands in a signature, spelled out. */
struct block {
	const char *what;
	uint8_t first, type, separator;
	size_t pad;   /* bytes of it; 0: as many as there is room */
	int other_at; /* one byte of it is another; -1: none */
	uint8_t other;
	const char *info; /* NULL: none */
	size_t info_bytes;
	bool is_good;
};

static const struct block blocks[] = {
    {"as it shall be", 0, 1, 0, 0, -1, 0, INFO, INFO_BYTES, true},
    {"first byte not 0", 1, 1, 0, 0, -1, 0, INFO, INFO_BYTES, false},
    {"block type 0", 0, 0, 0, 0, -1, 0, INFO, INFO_BYTES, false},
    {"block type 2", 0, 2, 0, 0, -1, 0, INFO, INFO_BYTES, false},
    {"another byte of padding", 0, 1, 0, 0, 100, 0xfe, INFO, INFO_BYTES, false},
    {"padding ends early", 0, 1, 0, 0, 100, 0, INFO, INFO_BYTES, false},
    {"padding ends at once", 0, 1, 0, 0, 0, 0, INFO, INFO_BYTES, false},
    {"no end of the padding", 0, 1, 0xff, 0, -1, 0, INFO, INFO_BYTES, false},
    {"8 bytes of padding, then room", 0, 1, 0, 8, -1, 0, INFO, INFO_BYTES,
	false},
    {"one byte of room", 0, 1, 0, RSA_BYTES - 4 - INFO_BYTES - HASH, -1, 0,
	INFO, INFO_BYTES, false},
    {"no DigestInfo", 0, 1, 0, 0, -1, 0, NULL, 0, false},
    {"no parameters", 0, 1, 0, 0, -1, 0,
	"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20",
	17, false},
    {"parameters that are not NULL", 0, 1, 0, 0, -1, 0,
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x00"
	"\x04\x20",
	19, false},
    {"parameters with room", 0, 1, 0, 0, -1, 0,
	"\x30\x33\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x02"
	"\x41\x42\x04\x20",
	21, false},
    {"SHA-512's name", 0, 1, 0, 0, -1, 0,
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
	"\x04\x20",
	19, false},
    {"a length in the long form", 0, 1, 0, 0, -1, 0,
	"\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05"
	"\x00\x04\x20",
	20, false},
    {"a length without an end", 0, 1, 0, 0, -1, 0,
	"\x30\x80\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
	"\x04\x20",
	19, false},
};

static void
hash_of(const char *input, uint8_t ret_hash[HASH])
{
	FORGE_DEMAND(EVP_Q_digest(NULL, "SHA256", NULL, input, strlen(input),
			 ret_hash, NULL) == 1);
}

static void
put_block(
    const struct block *block, const uint8_t hash[HASH], uint8_t ret[RSA_BYTES])
{
	size_t pad =
	    block->pad ? block->pad : RSA_BYTES - 3 - block->info_bytes - HASH;
	uint8_t *at = ret;

	memset(ret, 0x41, RSA_BYTES); /* what is room */
	*at++ = block->first;
	*at++ = block->type;
	memset(at, 0xff, pad);
	if (block->other_at >= 0)
		at[block->other_at] = block->other;
	at += pad;
	*at++ = block->separator;
	if (block->info)
		memcpy(at, block->info, block->info_bytes);
	memcpy(at + block->info_bytes, hash, HASH);
}

static void
sign_raw(const struct forge *forge, const uint8_t block[RSA_BYTES],
    uint8_t ret_signature[RSA_BYTES])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(forge->key, NULL);
	size_t size = RSA_BYTES;

	FORGE_DEMAND(
	    ctx && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
	    EVP_PKEY_sign(ctx, ret_signature, &size, block, RSA_BYTES) == 1);
	EVP_PKEY_CTX_free(ctx);
}

static void
a_padding_that_leaves_room(void **state)
{
	static const unsigned exponents[] = {3, 65537};
	uint8_t hash[HASH], block[RSA_BYTES], signature[RSA_BYTES];

	(void)state;
	for (size_t e = 0; e < 2; e++) {
		struct issuer issuer;

		issuer_open(&issuer, rsa_with_exponent(exponents[e]), "RS256");
		hash_of(issuer.input, hash);
		for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]);
		     i++) {
			put_block(&blocks[i], hash, block);
			sign_raw(&issuer.forge, block, signature);
			judge_signature(&issuer, signature, RSA_BYTES,
			    blocks[i].is_good ? NULL : REASON_SIGNATURE,
			    blocks[i].what);
		}
		issuer_close(&issuer);
	}
}

/* The smallest number whose cube is not below `cube`. */
static BIGNUM *
cube_root(const BIGNUM *cube)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *root = BN_new(), *square = BN_new(), *result = BN_new();

	FORGE_DEMAND(ctx && root && square && result);
	BN_zero(root);
	for (int bit = BN_num_bits(cube) / 3 + 1; bit >= 0; bit--) {
		FORGE_DEMAND(BN_set_bit(root, bit) == 1 &&
			     BN_sqr(square, root, ctx) == 1 &&
			     BN_mul(result, square, root, ctx) == 1);
		if (BN_cmp(result, cube) >= 0)
			FORGE_DEMAND(BN_clear_bit(root, bit) == 1);
	}
	FORGE_DEMAND(BN_add_word(root, 1) == 1);
	BN_free(square);
	BN_free(result);
	BN_CTX_free(ctx);
	return root;
}

/* Without the private key: the cube of a small number looks right as far as a
 * lazy verifier looks (Bleichenbacher 2006). */
static void
a_cube_root_in_place_of_a_signature(void **state)
{
	static const struct block lazy = {
	    "8 bytes of padding", 0, 1, 0, 8, -1, 0, INFO, INFO_BYTES, false};
	uint8_t hash[HASH], block[RSA_BYTES], cube[RSA_BYTES];
	uint8_t signature[RSA_BYTES];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *wanted, *root, *got = BN_new();
	struct issuer issuer;

	(void)state;
	issuer_open(&issuer, rsa_with_exponent(3), "RS256");
	hash_of(issuer.input, hash);
	put_block(&lazy, hash, block);
	wanted = BN_bin2bn(block, RSA_BYTES, NULL);
	root = cube_root(wanted);
	FORGE_DEMAND(BN_sqr(got, root, ctx) == 1 &&
		     BN_mul(got, got, root, ctx) == 1 &&
		     BN_bn2binpad(got, cube, RSA_BYTES) == RSA_BYTES &&
		     BN_bn2binpad(root, signature, RSA_BYTES) == RSA_BYTES);
	/* So far it does look right. */
	assert_memory_equal(block, cube, 2 + 8 + 1 + INFO_BYTES + HASH);
	judge_signature(
	    &issuer, signature, RSA_BYTES, REASON_SIGNATURE, "cube root");
	BN_free(wanted);
	BN_free(root);
	BN_free(got);
	BN_CTX_free(ctx);
	issuer_close(&issuer);
}

/* Numbers that say nothing: 0, 1 and those next to the modulus. */
static void
a_number_that_is_no_signature(void **state)
{
	static const char *const algs[] = {"RS256", "PS256"};
	uint8_t signature[RSA_BYTES];
	struct issuer issuer;

	(void)state;
	for (size_t a = 0; a < 2; a++) {
		BIGNUM *number = NULL;

		issuer_open(&issuer, forge_rsa(2048), algs[a]);
		for (unsigned word = 0; word < 3; word++) {
			memset(signature, 0, RSA_BYTES);
			signature[RSA_BYTES - 1] = (uint8_t)word;
			judge_signature(&issuer, signature, RSA_BYTES,
			    REASON_SIGNATURE, "0, 1, 2");
		}
		FORGE_DEMAND(EVP_PKEY_get_bn_param(issuer.forge.key,
				 OSSL_PKEY_PARAM_RSA_N, &number) == 1 &&
			     BN_sub_word(number, 1) == 1);
		for (unsigned i = 0; i < 3; i++) {
			FORGE_DEMAND(
			    BN_bn2binpad(number, signature, RSA_BYTES) > 0 &&
			    BN_add_word(number, 1) == 1);
			judge_signature(&issuer, signature, RSA_BYTES,
			    REASON_SIGNATURE, "n - 1, n, n + 1");
		}
		BN_free(number);
		issuer_close(&issuer);
	}
}

/* The mask of PSS with another hash than the message's. */
static void
a_mask_of_another_hash(void **state)
{
	static const char *const masks[] = {"SHA1", "SHA512", "SHA256"};
	struct issuer issuer;

	(void)state;
	issuer_open(&issuer, forge_rsa(2048), "PS256");
	for (size_t i = 0; i < 3; i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		EVP_PKEY_CTX *pkey = NULL;
		uint8_t signature[RSA_BYTES];
		size_t size = RSA_BYTES;

		FORGE_DEMAND(ctx &&
			     EVP_DigestSignInit_ex(ctx, &pkey, "SHA256", NULL,
				 NULL, issuer.forge.key, NULL) == 1 &&
			     EVP_PKEY_CTX_set_rsa_padding(
				 pkey, RSA_PKCS1_PSS_PADDING) > 0 &&
			     EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, HASH) > 0 &&
			     EVP_PKEY_CTX_set_rsa_mgf1_md_name(
				 pkey, masks[i], NULL) > 0 &&
			     EVP_DigestSign(ctx, signature, &size,
				 (const uint8_t *)issuer.input,
				 strlen(issuer.input)) == 1);
		EVP_MD_CTX_free(ctx);
		judge_signature(&issuer, signature, RSA_BYTES,
		    i == 2 ? NULL : REASON_SIGNATURE, masks[i]);
	}
	issuer_close(&issuer);
}

/* ---- ECDSA ---- */

/* (r, n - s) is as good as (r, s): no rule of RFC 7518 chooses, and nothing
 * here takes a signature for a name of its token. */
static void
the_other_of_two_good_numbers(
    const struct issuer *issuer, const uint8_t *signature, size_t width)
{
	uint8_t other[132];
	BIGNUM *s = BN_bin2bn(signature + width, (int)width, NULL);
	BIGNUM *n =
	    BN_bin2bn(curve_find(issuer->alg->curve)->order, (int)width, NULL);

	memcpy(other, signature, width);
	FORGE_DEMAND(BN_sub(s, n, s) == 1 &&
		     BN_bn2binpad(s, other + width, (int)width) > 0);
	judge_signature(issuer, other, 2 * width, NULL, "n - s");
	BN_free(s);
	BN_free(n);
}

/* A multiple of n added, where there is room for it: P-521 alone has always. */
static void
the_same_numbers_above_the_order(
    const struct issuer *issuer, const uint8_t *signature, size_t width)
{
	uint8_t other[132];
	BIGNUM *n =
	    BN_bin2bn(curve_find(issuer->alg->curve)->order, (int)width, NULL);

	for (size_t i = 0; i < 2; i++) {
		BIGNUM *number =
		    BN_bin2bn(signature + i * width, (int)width, NULL);

		memcpy(other, signature, 2 * width);
		FORGE_DEMAND(BN_add(number, number, n) == 1);
		if (BN_num_bytes(number) <= (int)width) {
			FORGE_DEMAND(BN_bn2binpad(number, other + i * width,
					 (int)width) > 0);
			judge_signature(issuer, other, 2 * width,
			    REASON_SIGNATURE, "number + n");
		} else {
			assert_string_not_equal(issuer->alg->curve, "P-521");
		}
		BN_free(number);
	}
	BN_free(n);
}

static void
numbers_of_a_good_signature_in_other_forms(void **state)
{
	static const char *const algs[] = {"ES256", "ES384", "ES512"};
	uint8_t signature[1024], other[132] = {0};
	struct issuer issuer;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t size, width;

		issuer_open(&issuer, forge_for(alg_find(algs[i])), algs[i]);
		size = forge_sign(
		    &issuer.forge, issuer.alg, issuer.input, signature);
		width = size / 2;
		judge_signature(&issuer, signature, size, NULL, algs[i]);
		the_other_of_two_good_numbers(&issuer, signature, width);
		the_same_numbers_above_the_order(&issuer, signature, width);
		memcpy(other, signature + width, width);
		memcpy(other + width, signature, width);
		judge_signature(
		    &issuer, other, size, REASON_SIGNATURE, "swapped");
		memset(other, 0, sizeof(other));
		memcpy(other, signature, width);
		judge_signature(
		    &issuer, other, size, REASON_SIGNATURE, "s = 0");
		memset(other, 0, width);
		memcpy(other + width, signature + width, width);
		judge_signature(
		    &issuer, other, size, REASON_SIGNATURE, "r = 0");
		issuer_close(&issuer);
	}
}

/* ---- EdDSA ---- */

/* The order of the base point, little-endian (RFC 8032 5.1, 5.2). */
static const struct {
	const char *alg;
	const char *order; /* hexadecimal, big-endian */
} edwards[] = {
    {"EdDSA",
	"1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"},
    {"Ed448", "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	      "7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3"},
};

/* S + L verifies by the equation, and RFC 8032 5.1.7 refuses it. */
static void
a_scalar_above_the_order(void **state)
{
	uint8_t signature[1024];
	struct issuer issuer;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		BIGNUM *order = NULL, *s;
		size_t size, half;

		issuer_open(&issuer, forge_for(alg_find(edwards[i].alg)),
		    edwards[i].alg);
		size = forge_sign(
		    &issuer.forge, issuer.alg, issuer.input, signature);
		half = size / 2;
		judge_signature(&issuer, signature, size, NULL, edwards[i].alg);
		FORGE_DEMAND(BN_hex2bn(&order, edwards[i].order) > 0);
		s = BN_lebin2bn(signature + half, (int)half, NULL);
		for (unsigned times = 1; times <= 2; times++) {
			FORGE_DEMAND(BN_add(s, s, order) == 1 &&
				     BN_bn2lebinpad(s, signature + half,
					 (int)half) == (int)half);
			judge_signature(&issuer, signature, size,
			    REASON_SIGNATURE, "S + L");
		}
		BN_free(s);
		BN_free(order);
		issuer_close(&issuer);
	}
}

/* Whether OpenSSL takes "R is the neutral point, S is 0" for a signature of a
 * message that nobody signed. */
static bool
signs_for_everybody(const uint8_t key[32])
{
	static const uint8_t signature[64] = {1};
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = false;

	FORGE_DEMAND(pkey && ctx &&
		     EVP_DigestVerifyInit_ex(
			 ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1);
	/* Of order 8: a message in eight. */
	for (unsigned char message = 0; message < TRIES && !good; message++) {
		FORGE_DEMAND(EVP_DigestVerifyInit_ex(
				 ctx, NULL, NULL, NULL, NULL, NULL, NULL) == 1);
		good = EVP_DigestVerify(ctx, signature, 64, &message, 1) == 1;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

/* NULL: it is taken. */
static const char *
refusal_of(const char *crv, const uint8_t *point, size_t size)
{
	char text[96], jwk[256];
	AUTO_JSON tree = NULL;
	AUTO(jwk) key = NULL;
	const char *why = NULL;

	base64url_encode(point, size, text);
	(void)snprintf(jwk, sizeof(jwk),
	    "{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%s\"}", crv, text);
	FORGE_DEMAND(json_parse(jwk, strlen(jwk), &tree, NULL) == 0);
	return jwk_parse(tree, &key, &why) < 0 ? why : NULL;
}

/* y of each, little-endian, as hexadecimal. */
static void
a_key_that_everybody_can_sign_for(void **state)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		for (unsigned sign = 0; sign < 2; sign++) {
			uint8_t point[32];
			size_t size;

			FORGE_DEMAND(OPENSSL_hexstr2buf_ex(point, 32, &size,
					 points[i], '\0') == 1);
			point[31] |= (uint8_t)(sign << 7);
			print_message("# %s%s: %s\n", points[i],
			    sign ? ", the other x" : "",
			    signs_for_everybody(point) ? "signs for everybody"
						       : "does not");
			assert_string_equal(refusal_of("Ed25519", point, 32),
			    "its point is of small order: anybody could sign "
			    "for it");
		}
}

static void
a_key_of_the_other_curve_that_everybody_can_sign_for(void **state)
{
	uint8_t point[57] = {0};

	(void)state;
	for (unsigned sign = 0; sign < 2; sign++) {
		memset(point, 0, sizeof(point));
		point[56] = (uint8_t)(sign << 7);
		assert_non_null(refusal_of("Ed448", point, 57)); /* y = 0 */
		point[0] = 1;
		assert_non_null(refusal_of("Ed448", point, 57)); /* 1 */
		memset(point, 0xff, 56);
		point[0] = point[28] = 0xfe;
		assert_non_null(refusal_of("Ed448", point, 57)); /* -1 */
		point[0] = 0xfd;
		assert_null(refusal_of("Ed448", point, 57)); /* -2 */
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_padding_that_leaves_room),
	    cmocka_unit_test(a_cube_root_in_place_of_a_signature),
	    cmocka_unit_test(a_number_that_is_no_signature),
	    cmocka_unit_test(a_mask_of_another_hash),
	    cmocka_unit_test(numbers_of_a_good_signature_in_other_forms),
	    cmocka_unit_test(a_scalar_above_the_order),
	    cmocka_unit_test(a_key_that_everybody_can_sign_for),
	    cmocka_unit_test(
		a_key_of_the_other_curve_that_everybody_can_sign_for),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
