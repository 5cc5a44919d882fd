/* Which keys are taken, and for which algorithms. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness/forge.h"
#include "tests/vectors/jose_vectors.h"

#define P256(x, y) "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":" x ",\"y\":" y
#define X	   "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y	   "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define ED(more)                                                               \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\","                                \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"" more "}"

static const struct {
	const char *jwk;
	const char *algs; /* NULL: refused */
} jwks[] = {
    {P256(X, Y) "}", "ES256"},
    {P256(X, Y) ",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"1\"}", "ES256"},
    {P256(X, Y) ",\"key_ops\":[\"sign\",\"verify\"],\"x5c\":[\"?\"]}", "ES256"},
    {ED(""), "EdDSA Ed25519"},
    {ED(",\"alg\":\"EdDSA\""), "EdDSA"},
    {ED(",\"alg\":\"Ed25519\""), "Ed25519"},
    {RFC7515_A4_JWK, "ES512"},
    {RFC7515_A2_JWK, "RS256 RS384 RS512 PS256 PS384 PS512"},
    {RFC7638_JWK, "RS256"},

    /* The algorithm is for something else, or nothing. */
    {P256(X, Y) ",\"alg\":\"ES384\"}", NULL},
    {P256(X, Y) ",\"alg\":\"es256\"}", NULL},
    {P256(X, Y) ",\"alg\":\"RS256\"}", NULL},
    {P256(X, Y) ",\"alg\":\"HS256\"}", NULL},
    {P256(X, Y) ",\"alg\":\"none\"}", NULL},
    {P256(X, Y) ",\"alg\":\"ECDH-ES\"}", NULL},
    {P256(X, Y) ",\"alg\":\"\"}", NULL},
    {P256(X, Y) ",\"alg\":null}", NULL},
    {P256(X, Y) ",\"alg\":[\"ES256\"]}", NULL},
    {ED(",\"alg\":\"Ed448\""), NULL},
    {ED(",\"alg\":\"ES256\""), NULL},

    /* It is for something else. */
    {P256(X, Y) ",\"use\":\"enc\"}", NULL},
    {P256(X, Y) ",\"use\":\"\"}", NULL},
    {P256(X, Y) ",\"use\":null}", NULL},
    {P256(X, Y) ",\"key_ops\":[\"encrypt\"]}", NULL},
    {P256(X, Y) ",\"key_ops\":[]}", NULL},
    {P256(X, Y) ",\"key_ops\":\"verify\"}", NULL},
    {P256(X, Y) ",\"use\":\"enc\",\"key_ops\":[\"verify\"]}", NULL},

    /* Its type. */
    {"{}", NULL},
    {"[]", NULL},
    {"\"EC\"", NULL},
    {"{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", NULL},
    {"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"c2VjcmV0\"}", NULL},
    {"{\"kty\":\"OCT\",\"k\":\"c2VjcmV0\"}", NULL},
    {"{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":" X ",\"y\":" Y "}", NULL},
    {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":" X "}", NULL},
    {"{\"kty\":\"EC\",\"x\":" X ",\"y\":" Y "}", NULL},

    /* Its point. */
    {P256(Y, X) "}", NULL}, /* not on the curve */
    {P256(X, X) "}", NULL},
    {P256("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
	 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"") "}",
	NULL},
    {P256("\"AH_NzidwzsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF\"", Y) "}", NULL},
    {P256("\"f83O\"", Y) "}", NULL},
    {P256("\"\"", Y) "}", NULL},
    {P256("7", Y) "}", NULL},
    {P256("\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=\"", Y) "}", NULL},
    {P256("\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE+\"", Y) "}", NULL},
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":" X "}", NULL},
    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQH\"}",
	NULL},
    {"{\"kty\":\"OKP\",\"crv\":\"Ed448\","
     "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	NULL},

    /* Whoever reads it can sign. */
    {P256(X, Y) ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}",
	NULL},
    {ED(",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""), NULL},
};

static cJSON *
tree_of(const char *text)
{
	cJSON *tree = NULL;

	assert_int_equal(json_parse(text, strlen(text), &tree, NULL), 0);
	return tree;
}

static void
check_algs(const struct jwk *key, const char *expected, const char *what)
{
	char names[256] = "";

	for (size_t i = 0; i < ALG_COUNT; i++)
		if (jwk_get_algs(key) & alg_bit(&alg_table[i]))
			(void)snprintf(names + strlen(names),
			    sizeof(names) - strlen(names), "%s%s",
			    *names ? " " : "", alg_table[i].name);
	if (!streq(names, expected))
		fail_msg("%s: %s instead of %s", what, names, expected);
}

static void
published_keys_are_good_for_what_they_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(jwks) / sizeof(jwks[0]); i++) {
		const char *why = NULL;
		AUTO(jwk) key = NULL;
		AUTO_JSON tree = tree_of(jwks[i].jwk);
		int r = jwk_parse(tree, &key, &why);

		if (r != (jwks[i].algs ? 0 : -EINVAL) ||
		    (why != NULL) != (r < 0))
			fail_msg("%s: %d (%s)", jwks[i].jwk, r, why);
		if (r == 0)
			check_algs(key, jwks[i].algs, jwks[i].jwk);
	}
}

/* A number of so many bits, odd or even, as a modulus: nobody looks whether
 * two primes made it. */
static int
parse_rsa(unsigned bits, bool odd, const char *e, const char **ret_why)
{
	uint8_t bytes[16384 / 8 + 2];
	size_t size = (bits + 7) / 8;
	char n[sizeof(bytes) * 4 / 3 + 4], text[sizeof(n) + 128];
	AUTO(jwk) key = NULL;
	AUTO_JSON tree = NULL;

	memset(bytes, 0x5a, sizeof(bytes));
	bytes[0] = (uint8_t)(1 << (bits + 7) % 8);
	bytes[size - 1] = odd ? 0x5b : 0x5a;
	base64url_encode(bytes, size, n);
	(void)snprintf(text, sizeof(text),
	    "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", n, e);
	tree = tree_of(text);
	*ret_why = NULL;
	return jwk_parse(tree, &key, ret_why);
}

static void
rsa_keys_have_limits(void **state)
{
	static const struct {
		unsigned bits;
		bool odd;
		const char *e;
		int result;
	} cases[] = {
	    {2048, true, "AQAB", 0},
	    {2049, true, "AQAB", 0},
	    {4096, true, "AQAB", 0},
	    {8192, true, "AQAB", 0},
	    {512, true, "AQAB", -EINVAL},
	    {1024, true, "AQAB", -EINVAL},
	    {2047, true, "AQAB", -EINVAL},
	    {8193, true, "AQAB", -EINVAL},
	    {16384, true, "AQAB", -EINVAL},
	    {2048, false, "AQAB", -EINVAL},
	    {2048, true, "Aw", 0},	      /* 3 */
	    {2048, true, "AAAAAAM", 0},	      /* 3 */
	    {2048, true, "_____w", 0},	      /* 2^32-1 */
	    {2048, true, "AQAAAAE", -EINVAL}, /* 2^32+1 */
	    {2048, true, "AQ", -EINVAL},      /* 1 */
	    {2048, true, "AA", -EINVAL},      /* 0 */
	    {2048, true, "", -EINVAL},
	    {2048, true, "Ag", -EINVAL},   /* 2 */
	    {2048, true, "AQAA", -EINVAL}, /* 65536 */
	    {2048, true, "AQAB=", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why;
		int r =
		    parse_rsa(cases[i].bits, cases[i].odd, cases[i].e, &why);

		if (r != cases[i].result)
			fail_msg("%u bits, e %s: %d (%s)", cases[i].bits,
			    cases[i].e, r, why);
	}
}

static const char *const curves[] = {
    NULL, "P-256", "P-384", "P-521", "Ed25519", "Ed448"};
#define CURVES (sizeof(curves) / sizeof(curves[0]))

static void
pem_and_jwk_make_the_same_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < CURVES; i++) {
		struct forge forge =
		    curves[i] ? forge_curve(curves[i]) : forge_rsa(2048);
		AUTO_TEXT text = forge_jwk(&forge, "\"kid\":\"a\"");
		AUTO_JSON tree = tree_of(text);
		AUTO(jwk) pem = forge_key(&forge, NULL, "a");
		AUTO(jwk) jwk = NULL;
		const char *why = NULL;

		assert_int_equal(jwk_parse(tree, &jwk, &why), 0);
		assert_int_equal(jwk_get_algs(pem), jwk_get_algs(jwk));
		assert_string_equal(
		    jwk_get_thumbprint(pem), jwk_get_thumbprint(jwk));
		assert_string_equal(jwk_get_kid(pem), jwk_get_kid(jwk));
		assert_null(jwk_get_weakness(jwk));
		forge_done(&forge);
	}
}

static int
parse_given(const struct jwk_given *given, struct jwk **ret_key)
{
	const char *why = NULL;
	int r = jwk_parse_given(given, ret_key, &why);

	assert_true(r == 0 ? !why : r == -EINVAL && why && *why);
	return r;
}

static char *
join(const char *a, const char *b)
{
	char *both = NULL;

	FORGE_DEMAND(asprintf(&both, "%s%s", a, b) > 0);
	return both;
}

static void
configured_keys_are_what_they_say(void **state)
{
	struct forge rsa = forge_rsa(2048), small = forge_rsa(1024);
	struct forge ec = forge_curve("P-256"), ed = forge_curve("Ed448");
	struct forge k1 = {
	    .key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1")};
	AUTO_TEXT rsa_pem = forge_pem(&rsa);
	AUTO_TEXT small_pem = forge_pem(&small);
	AUTO_TEXT ec_pem = forge_pem(&ec);
	AUTO_TEXT ed_pem = forge_pem(&ed);
	AUTO_TEXT k1_pem = forge_pem(&k1);
	AUTO_TEXT two = join(rsa_pem, ec_pem);
	const struct {
		struct jwk_given given;
		const char *algs; /* NULL: refused */
	} cases[] = {
	    {{.pub = rsa_pem, .kty = "RSA", .alg = "RS256", .format = "PEM"},
		"RS256"},
	    {{.pub = rsa_pem, .alg = "PS512"}, "PS512"},
	    {{.pub = ec_pem, .kty = "EC", .alg = "ES256", .format = "PEM"},
		"ES256"},
	    {{.pub = ed_pem, .kty = "OKP"}, "EdDSA Ed448"},
	    {{.k = "secret", .kty = "OCT", .alg = "HS256", .format = "plain"},
		"HS256"},
	    {{.k = "secret"}, "HS256 HS384 HS512"},
	    {{.k = "c2VjcmV0", .kty = "oct", .format = "base64url"},
		"HS256 HS384 HS512"},

	    {{.pub = small_pem}, NULL},
	    {{.pub = k1_pem}, NULL},
	    {{.pub = rsa_pem, .kty = "EC"}, NULL},
	    {{.pub = ec_pem, .kty = "RSA"}, NULL},
	    {{.pub = ec_pem, .kty = "OKP"}, NULL},
	    {{.pub = rsa_pem, .kty = "OCT"}, NULL},
	    {{.pub = rsa_pem, .alg = "ES256"}, NULL},
	    {{.pub = rsa_pem, .alg = "HS256"}, NULL},
	    {{.pub = rsa_pem, .alg = "rs256"}, NULL},
	    {{.pub = rsa_pem, .format = "plain"}, NULL},
	    {{.pub = two}, NULL},
	    {{.pub = ""}, NULL},
	    {{.pub = "-----BEGIN PUBLIC KEY-----\nAAAA\n"
		     "-----END PUBLIC KEY-----\n"},
		NULL},
	    {{.k = ""}, NULL},
	    {{.k = "", .format = "base64url"}, NULL},
	    {{.k = "not base64url!", .format = "base64url"}, NULL},
	    {{.k = "secret", .format = "PEM"}, NULL},
	    {{.k = "secret", .kty = "RSA"}, NULL},
	    {{.k = "secret", .alg = "RS256"}, NULL},
	    {{.k = "secret", .alg = "none"}, NULL},
	    {{.k = rsa_pem, .alg = "HS256"}, NULL},
	    {{.k = "secret", .pub = rsa_pem}, NULL},
	    {{.kty = "RSA"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(jwk) key = NULL;
		char name[32];
		int r = parse_given(&cases[i].given, &key);

		(void)snprintf(name, sizeof(name), "case %zu", i);
		if (r != (cases[i].algs ? 0 : -EINVAL))
			fail_msg("%s: %d", name, r);
		if (r == 0)
			check_algs(key, cases[i].algs, name);
	}
	forge_done(&rsa);
	forge_done(&small);
	forge_done(&ec);
	forge_done(&ed);
	forge_done(&k1);
}

static void
private_keys_are_not_wanted(void **state)
{
	struct forge forge = forge_curve("P-256");
	char pem[FORGE_TEXT_BYTES] = "";
	BIO *bio = BIO_new(BIO_s_mem());
	struct jwk_given given = {.pub = pem};
	AUTO(jwk) key = NULL;

	(void)state;
	FORGE_DEMAND(PEM_write_bio_PrivateKey(
	    bio, forge.key, NULL, NULL, 0, NULL, NULL));
	FORGE_DEMAND(BIO_read(bio, pem, sizeof(pem) - 1) > 0);
	BIO_free(bio);
	assert_int_equal(parse_given(&given, &key), -EINVAL);
	forge_done(&forge);
}

static void
weak_keys_are_pointed_out(void **state)
{
	static const struct {
		struct jwk_given given;
		bool weak;
	} cases[] = {
	    {{.k = "0123456789abcdef0123456789abcde", .alg = "HS256"}, true},
	    {{.k = "0123456789abcdef0123456789abcdef", .alg = "HS256"}, false},
	    {{.k = "0123456789abcdef0123456789abcdef", .alg = "HS512"}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(jwk) key = NULL;

		assert_int_equal(parse_given(&cases[i].given, &key), 0);
		assert_int_equal(jwk_get_weakness(key) != NULL, cases[i].weak);
		assert_null(jwk_get_thumbprint(key));
	}
}

static void
a_kid_has_a_limit(void **state)
{
	char kid[JWK_KID_BYTES_MAX + 2] = "";
	struct jwk_given given = {.k = "secret", .kid = kid};

	(void)state;
	for (size_t size = 0; size <= JWK_KID_BYTES_MAX + 1; size++) {
		AUTO(jwk) key = NULL;

		assert_int_equal(parse_given(&given, &key),
		    size > JWK_KID_BYTES_MAX ? -EINVAL : 0);
		if (size == 0)
			assert_null(jwk_get_kid(key));
		else if (key)
			assert_string_equal(jwk_get_kid(key), kid);
		kid[size] = '\'';
		kid[size + 1 < sizeof(kid) ? size + 1 : size] = '\0';
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_keys_are_good_for_what_they_fit),
	    cmocka_unit_test(rsa_keys_have_limits),
	    cmocka_unit_test(pem_and_jwk_make_the_same_key),
	    cmocka_unit_test(configured_keys_are_what_they_say),
	    cmocka_unit_test(private_keys_are_not_wanted),
	    cmocka_unit_test(weak_keys_are_pointed_out),
	    cmocka_unit_test(a_kid_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
