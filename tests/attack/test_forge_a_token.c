/* The attacker knows everything about the issuer except its private keys, and
 * wants a token that is taken for one of the issuer's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness/judge.h"
#include "tests/vectors/jose_vectors.h"

/* One key of each kind. */
static const char *const kinds[] = {
    "HS256", "RS256", "ES256", "ES384", "ES512", "Ed25519", "Ed448"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct keys {
	struct forge forges[KINDS];
	uint32_t algs[KINDS];
};

static int
make_keys(void **state)
{
	static struct keys keys;

	for (size_t i = 0; i < KINDS; i++) {
		AUTO(jwk) key = NULL;

		keys.forges[i] = forge_for(alg_find(kinds[i]));
		key = forge_key(&keys.forges[i], NULL, NULL);
		keys.algs[i] = jwk_get_algs(key);
	}
	*state = &keys;
	return 0;
}

static int
drop_keys(void **state)
{
	struct keys *keys = *state;

	for (size_t i = 0; i < KINDS; i++)
		forge_done(&keys->forges[i]);
	return 0;
}

static char *
header_of(const char *alg, const char *members)
{
	char *header = NULL;

	FORGE_DEMAND(asprintf(&header, "{\"alg\":\"%s\"%s%s}", alg,
			 *members ? "," : "", members) > 0);
	return header;
}

/* A token whose header says one thing, made by another. */
static char *
token_of(const struct forge *forge, const struct alg *made, const char *said)
{
	AUTO_TEXT header = header_of(said, "");

	return forge_token(forge, made, header, JUDGE_CLAIMS);
}

/* With a public key as shared secret, in every form in which it is known. */
static void
hmac_with_the_public_key(void **state)
{
	const struct keys *keys = *state;

	for (size_t i = 1; i < KINDS; i++) {
		AUTO_TEXT pem = forge_pem(&keys->forges[i]);
		AUTO_TEXT jwk = forge_jwk(&keys->forges[i], "");
		const char *const secrets[] = {
		    pem, jwk, "", "null", "undefined"};
		AUTO_JWKS set =
		    judge_set(forge_key(&keys->forges[i], NULL, NULL));
		struct jwt_rules rules = judge_rules(set);

		for (size_t s = 0; s < sizeof(secrets) / sizeof(secrets[0]);
		     s++)
			for (size_t a = 0; a < ALG_COUNT; a++) {
				const struct alg *alg = alg_find("HS256");
				uint8_t mac[EVP_MAX_MD_SIZE];
				AUTO_TEXT header =
				    header_of(alg_table[a].name, "");
				AUTO_TEXT token =
				    forge_input(header, strlen(header),
					JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
				size_t size;

				FORGE_DEMAND(EVP_Q_mac(NULL, "HMAC", NULL,
				    alg->hash, NULL, secrets[s],
				    strlen(secrets[s]), (uint8_t *)token,
				    strlen(token), mac, sizeof(mac), &size));
				forge_append(token, mac, size);
				assert_non_null(judge(token, &rules));
			}
	}
}

static void
judge_none(const char *alg_value, const struct jwt_rules *rules)
{
	static const char *const signatures[] = {"", "AA", "e30"};

	for (size_t i = 0; i < 3; i++) {
		AUTO_TEXT header = NULL;
		AUTO_TEXT token = NULL;

		FORGE_DEMAND(asprintf(&header, "{\"alg\":%s,\"typ\":\"JWT\"}",
				 alg_value) > 0);
		token = forge_input(
		    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
		(void)strcat(strcat(token, "."), signatures[i]);
		judge_demand(judge(token, rules),
		    !*signatures[i] ? REASON_UNSIGNED
		    : alg_value[0] == '"' && !strstr(alg_value, "\\u0000")
			? REASON_ALG
			: REASON_HEADER,
		    alg_value);
	}
}

static void
no_algorithm_in_two_hundred_spellings(void **state)
{
	static const char *const shapes[] = {"\"%s\"", "\" %s\"", "\"%s \"",
	    "\"\\t%s\"", "\"%s\\n\"", "\"%s\\u0000\"", "\"%s256\"",
	    "\"%s\\u200b\"", "\"\\ufeff%s\"", "\"-%s\"", "\"%s,HS256\"",
	    "\"HS256,%s\"", "\"%s/HS256\""};
	static const char *const others[] = {"\"\"", "null", "0", "false", "[]",
	    "{}", "[\"none\"]", "\"n\\u006fne\"", "\"NULL\"", "\"plain\"",
	    "\"HS256\\u0000none\"", "\"HS0\"", "\"HS\"", "\"RS\"", "\"hs256\"",
	    "\"HS256 \"", "\"SHA2-256\""};
	const struct keys *keys = *state;
	AUTO_JWKS set = judge_set(forge_key(&keys->forges[0], NULL, NULL));
	struct jwt_rules rules = judge_rules(set);
	char none[] = "none", value[64];

	for (unsigned capitals = 0; capitals < 16; capitals++) {
		for (unsigned i = 0; i < 4; i++)
			none[i] = (char)("none"[i] -
					 (capitals >> i & 1 ? 'a' - 'A' : 0));
		for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]);
		     s++) {
			char *at = strstr(shapes[s], "%s");

			(void)snprintf(value, sizeof(value), "%.*s%s%s",
			    (int)(at - shapes[s]), shapes[s], none, at + 2);
			judge_none(value, &rules);
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		judge_none(others[i], &rules);
	{
		AUTO_TEXT token = forge_input("{\"typ\":\"JWT\"}", 13,
		    JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));

		(void)strcat(token, ".AA");
		judge_demand(judge(token, &rules), REASON_ALG, "no alg");
	}
}

/* The signature is right, for a key that the token itself brings. */
static void
a_key_of_his_own_in_the_header(void **state)
{
	static const char *const shapes[] = {"\"jwk\":%s",
	    "\"jku\":\"http://127.0.0.1:9/keys\",\"kid\":\"evil\"",
	    "\"x5u\":\"http://127.0.0.1:9/cert\"",
	    "\"x5c\":[\"MIIB\"],\"jwk\":%s", "\"kid\":\"evil\",\"jwk\":%s",
	    "\"kid\":\"k\",\"jwk\":%s",
	    "\"kid\":\"../../../../dev/null\",\"jwk\":%s",
	    "\"kid\":\"' or 1=1 --\",\"jwk\":%s",
	    "\"kid\":\"|/bin/sh\",\"jku\":\"file:///etc/passwd\""};
	const struct keys *keys = *state;

	for (size_t i = 1; i < KINDS; i++) {
		const struct alg *alg = alg_find(kinds[i]);
		struct forge evil = forge_for(alg);
		AUTO_TEXT jwk = forge_jwk(&evil, "\"kid\":\"evil\"");
		AUTO_JWKS set =
		    judge_set(forge_key(&keys->forges[i], NULL, "k"));
		struct jwt_rules rules = judge_rules(set);

		for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]);
		     s++) {
			const char *at = strstr(shapes[s], "%s");
			AUTO_TEXT members = NULL;
			AUTO_TEXT header = NULL;
			AUTO_TEXT token = NULL;

			FORGE_DEMAND(asprintf(&members, "%.*s%s",
					 at ? (int)(at - shapes[s])
					    : (int)strlen(shapes[s]),
					 shapes[s], at ? jwk : "") > 0);
			header = header_of(alg->name, members);
			token = forge_token(&evil, alg, header, JUDGE_CLAIMS);
			assert_non_null(judge(token, &rules));
		}
		forge_done(&evil);
	}
}

/* What the header says must be what was done, and what the key is for. The two
 * names of an Edwards signature are one operation. */
static bool
is_legal(const struct alg *made, const struct alg *said, uint32_t key_algs)
{
	return (made == said ||
		   (made->family == ALG_EDDSA && said->family == ALG_EDDSA)) &&
	       (key_algs & alg_bit(said));
}

static void
judge_with_each_pin(const struct keys *keys, size_t maker, size_t judge_key,
    const struct alg *made, const struct alg *said)
{
	AUTO_TEXT token = token_of(&keys->forges[maker], made, said->name);

	/* Once for each algorithm that the key can be pinned to, and once
	 * without a pin. */
	for (size_t pin = 0; pin <= ALG_COUNT; pin++) {
		uint32_t algs = keys->algs[judge_key];
		const char *name = NULL;
		struct jwt_rules rules;
		AUTO_JWKS set = NULL;
		bool legal;

		if (pin < ALG_COUNT) {
			if (!(algs & alg_bit(&alg_table[pin])))
				continue;
			name = alg_table[pin].name;
			algs = alg_bit(&alg_table[pin]);
		}
		set =
		    judge_set(forge_key(&keys->forges[judge_key], name, NULL));
		rules = judge_rules(set);
		legal = maker == judge_key && is_legal(made, said, algs);
		if ((judge(token, &rules) == NULL) != legal)
			fail_msg("%s key signs by %s, header %s, %s key for %s",
			    kinds[maker], made->name, said->name,
			    kinds[judge_key], name ? name : "all it fits");
	}
}

static void
every_algorithm_with_every_key(void **state)
{
	const struct keys *keys = *state;

	for (size_t maker = 0; maker < KINDS; maker++)
		for (size_t m = 0; m < ALG_COUNT; m++) {
			const struct alg *made = &alg_table[m];

			if (!(keys->algs[maker] & alg_bit(made)))
				continue;
			for (size_t s = 0; s < ALG_COUNT; s++)
				for (size_t key = 0; key < KINDS; key++)
					judge_with_each_pin(keys, maker, key,
					    made, &alg_table[s]);
		}
}

static void
every_bit_of_ten_tokens(void **state)
{
	static const struct {
		size_t key;
		const char *alg;
	} makers[] = {{0, "HS256"}, {0, "HS384"}, {0, "HS512"}, {1, "RS256"},
	    {1, "PS256"}, {1, "PS512"}, {2, "ES256"}, {4, "ES512"},
	    {5, "EdDSA"}, {6, "Ed448"}};
	const struct keys *keys = *state;
	size_t tried = 0;

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		const struct forge *forge = &keys->forges[makers[i].key];
		AUTO_TEXT token =
		    token_of(forge, alg_find(makers[i].alg), makers[i].alg);
		AUTO_JWKS set = judge_set(forge_key(forge, NULL, NULL));
		struct jwt_rules rules = judge_rules(set);
		size_t size = strlen(token);

		judge_demand(judge(token, &rules), NULL, makers[i].alg);
		for (size_t bit = 0; bit < 8 * size; bit++, tried++) {
			token[bit / 8] ^= (char)(1 << bit % 8);
			if (!judge_bytes(token, size, &rules))
				fail_msg("%s: bit %zu of %s", makers[i].alg,
				    bit, token);
			token[bit / 8] ^= (char)(1 << bit % 8);
		}
	}
	assert_true(tried > 25000);
}

static void
parts_of_two_good_tokens(void **state)
{
	const struct keys *keys = *state;
	const struct alg *alg = alg_find("ES256");
	AUTO_JWKS set = judge_set(forge_key(&keys->forges[2], NULL, NULL));
	struct jwt_rules rules = judge_rules(set);
	AUTO_TEXT a = token_of(&keys->forges[2], alg, "ES256");
	AUTO_TEXT b = forge_token(&keys->forges[2], alg, "{\"alg\":\"ES256\"}",
	    JUDGE_HEAD ",\"exp\":1000000600,\"groups\":[\"sudo\"]}");
	AUTO_TEXT mixed = NULL;

	judge_demand(judge(a, &rules), NULL, "a");
	judge_demand(judge(b, &rules), NULL, "b");
	FORGE_DEMAND(asprintf(&mixed, "%.*s%s", (int)(strrchr(b, '.') - b), b,
			 strrchr(a, '.')) > 0);
	judge_demand(judge(mixed, &rules), REASON_SIGNATURE, "mixed");
}

/* Signatures that are not the result of signing. */
static void
judge_signature(const struct jwt_rules *rules, const struct alg *alg,
    const uint8_t *signature, size_t size, const char *what)
{
	AUTO_TEXT header = header_of(alg->name, "");
	AUTO_TEXT token = forge_input(
	    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));

	forge_append(token, signature, size);
	judge_demand(judge(token, rules),
	    size ? REASON_SIGNATURE : REASON_UNSIGNED, what);
}

static void
psychic_signatures(void **state)
{
	const struct keys *keys = *state;

	for (size_t i = 2; i <= 4; i++) {
		const struct alg *alg = alg_find(kinds[i]);
		const struct curve *curve = curve_find(alg->curve);
		size_t width = curve->coordinate_bytes;
		AUTO_JWKS set =
		    judge_set(forge_key(&keys->forges[i], NULL, NULL));
		struct jwt_rules rules = judge_rules(set);
		uint8_t numbers[5][66] = {{0}}, signature[132];

		/* 0, 1, n, n - 1, and all ones. */
		numbers[1][width - 1] = 1;
		memcpy(numbers[2], curve->order, width);
		memcpy(numbers[3], curve->order, width);
		numbers[3][width - 1]--;
		memset(numbers[4], 0xff, width);
		for (size_t r = 0; r < 5; r++)
			for (size_t s = 0; s < 5; s++) {
				memcpy(signature, numbers[r], width);
				memcpy(signature + width, numbers[s], width);
				judge_signature(&rules, alg, signature,
				    2 * width, kinds[i]);
			}
	}
}

/* A right signature that lost or won some bytes. */
static void
signatures_of_a_wrong_size(void **state)
{
	static const char *const made[] = {
	    "HS256", "RS256", "ES256", "ES384", "ES512", "EdDSA", "Ed448"};
	const struct keys *keys = *state;

	for (size_t i = 0; i < KINDS; i++) {
		const struct alg *alg = alg_find(made[i]);
		AUTO_TEXT header = header_of(alg->name, "");
		AUTO_TEXT input = forge_input(
		    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
		AUTO_JWKS set =
		    judge_set(forge_key(&keys->forges[i], NULL, NULL));
		struct jwt_rules rules = judge_rules(set);
		uint8_t signature[1026] = {0};
		size_t size =
		    forge_sign(&keys->forges[i], alg, input, signature + 1);

		for (size_t cut = 0; cut < size; cut++) {
			judge_signature(&rules, alg, signature + 1, cut, "cut");
			judge_signature(&rules, alg, signature + 1 + size - cut,
			    cut, "beheaded");
		}
		judge_signature(
		    &rules, alg, signature + 1, size + 1, "zero after");
		judge_signature(
		    &rules, alg, signature, size + 1, "zero before");
		judge_signature(&rules, alg, signature, size, "shifted");
	}
}

static void
a_der_signature_in_place_of_two_numbers(void **state)
{
	const struct keys *keys = *state;

	for (size_t i = 2; i <= 4; i++) {
		const struct alg *alg = alg_find(kinds[i]);
		AUTO_TEXT header = header_of(alg->name, "");
		AUTO_TEXT input = forge_input(
		    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
		AUTO_JWKS set =
		    judge_set(forge_key(&keys->forges[i], NULL, NULL));
		struct jwt_rules rules = judge_rules(set);
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		uint8_t der[256];
		size_t size = sizeof(der);

		FORGE_DEMAND(EVP_DigestSignInit_ex(ctx, NULL, alg->hash, NULL,
				 NULL, keys->forges[i].key, NULL) == 1 &&
			     EVP_DigestSign(ctx, der, &size, (uint8_t *)input,
				 strlen(input)) == 1);
		EVP_MD_CTX_free(ctx);
		judge_signature(&rules, alg, der, size, kinds[i]);
	}
}

/* RFC 7518 3.5 leaves one length. */
static void
pss_with_another_salt(void **state)
{
	static const char *const names[] = {"PS256", "PS384", "PS512"};
	const struct keys *keys = *state;
	AUTO_JWKS set = judge_set(forge_key(&keys->forges[1], NULL, NULL));
	struct jwt_rules rules = judge_rules(set);

	for (size_t i = 0; i < 3; i++) {
		const struct alg *alg = alg_find(names[i]);
		int hash = (int)alg->hash_bytes;
		const int salts[] = {
		    0, 1, 20, hash - 1, hash + 1, RSA_PSS_SALTLEN_MAX, hash};

		for (size_t s = 0; s < 7; s++) {
			AUTO_TEXT header = header_of(names[i], "");
			AUTO_TEXT token = forge_input(header, strlen(header),
			    JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
			uint8_t signature[1024];
			size_t size = forge_sign_salted(
			    &keys->forges[1], alg, token, salts[s], signature);

			forge_append(token, signature, size);
			judge_demand(judge(token, &rules),
			    salts[s] == hash ? NULL : REASON_SIGNATURE,
			    names[i]);
		}
	}
}

static void
keys_of_another_issuer(void **state)
{
	const struct keys *keys = *state;

	for (size_t i = 0; i < KINDS; i++) {
		const struct alg *alg = alg_find(kinds[i]);
		struct forge other = forge_for(alg);
		AUTO_TEXT token = NULL;
		struct jwt_rules rules;
		AUTO_JWKS set = NULL;

		if (!other.key)
			other = forge_secret("the secret of another issuer");
		token = token_of(&other, alg, alg->name);
		set = judge_set(forge_key(&keys->forges[i], NULL, NULL));
		rules = judge_rules(set);
		judge_demand(judge(token, &rules), REASON_SIGNATURE, kinds[i]);
		forge_done(&other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hmac_with_the_public_key),
	    cmocka_unit_test(no_algorithm_in_two_hundred_spellings),
	    cmocka_unit_test(a_key_of_his_own_in_the_header),
	    cmocka_unit_test(every_algorithm_with_every_key),
	    cmocka_unit_test(every_bit_of_ten_tokens),
	    cmocka_unit_test(parts_of_two_good_tokens),
	    cmocka_unit_test(psychic_signatures),
	    cmocka_unit_test(signatures_of_a_wrong_size),
	    cmocka_unit_test(a_der_signature_in_place_of_two_numbers),
	    cmocka_unit_test(pss_with_another_salt),
	    cmocka_unit_test(keys_of_another_issuer),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
