/* The outer form of a token, and threads that verify with one key. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "jose/ecdsa.h"
#include "jose/jws.h"
#include "tests/harness/judge.h"

/* {"alg":"HS256"} and {}. */
#define H "eyJhbGciOiJIUzI1NiJ9"
#define P "e30"

static const struct {
	const char *token, *why;
} forms[] = {
    {H "." P ".AA", NULL},
    {"", REASON_MALFORMED},
    {".", REASON_MALFORMED},
    {"..", REASON_UNSIGNED},
    {"...", REASON_MALFORMED},
    {"....", REASON_ENCRYPTED},
    {".....", REASON_MALFORMED},
    {H, REASON_MALFORMED},
    {H "." P, REASON_MALFORMED},
    {H "." P ".", REASON_UNSIGNED},
    {H "..AA", NULL}, /* an empty payload is a JWS, if no JWT */
    {"." P ".AA", REASON_HEADER},
    {H "." P ".AA.", REASON_MALFORMED},
    {H "." P ".AA.AA", REASON_MALFORMED},
    {H "." P ".AA.AA.AA", REASON_ENCRYPTED},
    {H "." P ".AA.AA.AA.AA", REASON_MALFORMED},
    {H "." P ".A", REASON_MALFORMED},
    {H "." P ".AA==", REASON_MALFORMED},
    {H "." P ".AB", REASON_MALFORMED},
    {H "." P ".A+", REASON_MALFORMED},
    {H "." P ".AA\n", REASON_MALFORMED},
    {" " H "." P ".AA", REASON_MALFORMED},
    {H "=." P ".AA", REASON_MALFORMED},
    {H ".e30=.AA", REASON_MALFORMED},
    {"Bearer " H "." P ".AA", REASON_MALFORMED},
    {"{\"payload\":\"" P "\",\"protected\":\"" H "\",\"signature\":\"AA\"}",
	REASON_MALFORMED},
};

static const char *
parse(const char *token, size_t size)
{
	AUTO(jws) jws = NULL;
	const char *why = NULL;
	int r = jws_parse(token, size, &jws, &why);

	assert_true(r == 1 ? jws && !why : r == 0 && !jws && why);
	return why;
}

static void
a_token_has_three_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		judge_demand(parse(forms[i].token, strlen(forms[i].token)),
		    forms[i].why, forms[i].token);
}

static const struct {
	const char *header, *why;
} headers[] = {
    {"{\"alg\":\"HS256\"}", NULL},
    {" {\"alg\" : \"HS256\"}\r\n", NULL},
    {"{\"alg\":\"HS\\u003256\"}", NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"\"}", NULL},
    {"{\"alg\":\"HS256\",\"jku\":7,\"x5c\":null,\"cty\":\"JWT\"}", NULL},
    {"", REASON_HEADER},
    {"{", REASON_HEADER},
    {"{}", REASON_ALG},
    {"[]", REASON_HEADER},
    {"null", REASON_HEADER},
    {"\"HS256\"", REASON_HEADER},
    {"{\"alg\":\"HS256\"}}", REASON_HEADER},
    {"{\"alg\":\"HS256\",}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", REASON_HEADER},
    {"{\"alg\":\"HS256\\u0000\"}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"kid\":\"\\ud800\"}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"kid\":\"\xff\"}", REASON_HEADER},
    {"\xef\xbb\xbf{\"alg\":\"HS256\"}", REASON_HEADER},
    {"{\"alg\":7}", REASON_HEADER},
    {"{\"alg\":null}", REASON_HEADER},
    {"{\"alg\":[\"HS256\"]}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"kid\":7}", REASON_HEADER},
    {"{\"alg\":\"HS256\",\"kid\":{}}", REASON_HEADER},
    {"{\"ALG\":\"HS256\"}", REASON_ALG},
    {"{\"alg\":\"hs256\"}", REASON_ALG},
    {"{\"alg\":\"HS256 \"}", REASON_ALG},
    {"{\"alg\":\"HS256K\"}", REASON_ALG},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}", REASON_ENCRYPTED},
    {"{\"alg\":\"HS256\",\"enc\":null}", REASON_ENCRYPTED},
    {"{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", REASON_EXTENSION},
    {"{\"alg\":\"HS256\",\"crit\":[]}", REASON_EXTENSION},
    {"{\"alg\":\"HS256\",\"crit\":null}", REASON_EXTENSION},
    {"{\"alg\":\"HS256\",\"b64\":true}", REASON_EXTENSION},
    {"{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", REASON_EXTENSION},
    {"{\"alg\":\"HS256\",\"zip\":\"DEF\"}", REASON_EXTENSION},
};

static void
a_header_is_strict_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		AUTO_TEXT token = forge_input(
		    headers[i].header, strlen(headers[i].header), "{}", 2);

		forge_append(token, (const uint8_t *)"s", 1);
		judge_demand(parse(token, strlen(token)), headers[i].why,
		    headers[i].header);
	}
}

static void
a_kid_of_256_bytes_is_the_longest(void **state)
{
	char kid[JWK_KID_BYTES_MAX + 3];

	(void)state;
	for (int size = JWK_KID_BYTES_MAX - 1; size < (int)sizeof(kid);
	     size++) {
		AUTO_TEXT header = NULL;
		AUTO_TEXT token = NULL;

		memset(kid, '/', sizeof(kid));
		FORGE_DEMAND(
		    asprintf(&header, "{\"alg\":\"HS256\",\"kid\":\"%.*s\"}",
			size, kid) > 0);
		token = forge_input(header, strlen(header), "{}", 2);
		forge_append(token, (const uint8_t *)"s", 1);
		judge_demand(parse(token, strlen(token)),
		    size > JWK_KID_BYTES_MAX ? REASON_HEADER : NULL, "kid");
	}
}

static void
a_token_of_16_kib_is_the_longest(void **state)
{
	AUTO_TEXT token = malloc(JWS_BYTES_MAX + 8);
	size_t head = sizeof(H "." P ".") - 1;

	(void)state;
	memcpy(token, H "." P ".", head);
	memset(token + head, 'A', JWS_BYTES_MAX + 8 - head);
	/* The length of the last part must be possible, too. */
	judge_demand(parse(token, JWS_BYTES_MAX), NULL, "16 KiB");
	judge_demand(
	    parse(token, JWS_BYTES_MAX + 1), REASON_TOO_LONG, "and a byte");
}

/* Memory that must not be read is not there. */
static void
no_more_is_read_than_is_needed(void **state)
{
	size_t page = 4096, all = 16 << 20;
	char *memory = mmap(NULL, all, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *dots = memory + page - 5;

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	judge_demand(parse(memory, all), REASON_TOO_LONG, "16 MiB");
	judge_demand(
	    parse(memory, JWS_BYTES_MAX + 1), REASON_TOO_LONG, "16 KiB + 1");

	/* Five dots tell enough. */
	assert_int_equal(mprotect(memory, page, PROT_READ | PROT_WRITE), 0);
	memset(dots, '.', 5);
	judge_demand(parse(dots, JWS_BYTES_MAX), REASON_MALFORMED, "dots");
	assert_int_equal(munmap(memory, all), 0);
}

/* r and s next to the ends of their range. */
static void
numbers_become_der_within_their_range(void **state)
{
	static const char *const crvs[] = {"P-256", "P-384", "P-521"};
	uint8_t der[ECDSA_DER_BYTES_MAX], signature[132];

	(void)state;
	for (size_t c = 0; c < 3; c++) {
		const struct curve *curve = curve_find(crvs[c]);
		size_t width = curve->coordinate_bytes;

		for (int r_is_odd_one = 0; r_is_odd_one < 2; r_is_odd_one++) {
			uint8_t *odd = signature + (r_is_odd_one ? 0 : width);
			uint8_t *one = signature + (r_is_odd_one ? width : 0);

			memset(signature, 0, sizeof(signature));
			one[width - 1] = 1;
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 0);
			odd[width - 1] = 1;
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 8);
			odd[width - 1] = 0x80;
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 9);
			memcpy(odd, curve->order, width);
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 0);
			odd[width - 1]--;
			assert_true(ecdsa_put_der(curve, signature, der) > 9);
			odd[width - 1] += 2;
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 0);
			memset(odd, 0xff, width);
			assert_int_equal(
			    ecdsa_put_der(curve, signature, der), 0);
		}
	}
}

/* OpenSSL's writer is the oracle. */
static void
der_is_what_openssl_writes(void **state)
{
	static const char *const crvs[] = {"P-256", "P-384", "P-521"};
	unsigned seed = 11;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		const struct curve *curve = curve_find(crvs[round % 3]);
		size_t width = curve->coordinate_bytes;
		uint8_t signature[132] = {0}, der[ECDSA_DER_BYTES_MAX];
		size_t zeros = (size_t)rand_r(&seed) % width, size;
		ECDSA_SIG *numbers = ECDSA_SIG_new();
		uint8_t *expected = NULL;
		int expected_size;

		for (size_t i = zeros + 1; i < width; i++) {
			signature[i] = (uint8_t)rand_r(&seed);
			signature[width + i] = (uint8_t)rand_r(&seed);
		}
		signature[width - 1] |= 1;
		signature[2 * width - 1] |= 1;
		ECDSA_SIG_set0(numbers, BN_bin2bn(signature, (int)width, NULL),
		    BN_bin2bn(signature + width, (int)width, NULL));
		expected_size = i2d_ECDSA_SIG(numbers, &expected);
		size = ecdsa_put_der(curve, signature, der);
		assert_int_equal(size, expected_size);
		assert_memory_equal(der, expected, size);
		OPENSSL_free(expected);
		ECDSA_SIG_free(numbers);
	}
}

/* More threads than a key keeps contexts ready for. */
#define THREADS 24
#define ROUNDS	40

struct crowd {
	const char *good, *bad;
	const struct jwt_rules *rules;
	atomic_int wrong;
};

static void *
verify_often(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < ROUNDS; i++)
		if (judge(crowd->good, crowd->rules) ||
		    !streq_null(
			judge(crowd->bad, crowd->rules), REASON_SIGNATURE))
			atomic_fetch_add(&crowd->wrong, 1);
	return NULL;
}

static void
threads_share_a_key(void **state)
{
	static const char *const algs[] = {"HS256", "PS256", "ES256", "EdDSA"};

	(void)state;
	for (size_t a = 0; a < sizeof(algs) / sizeof(algs[0]); a++) {
		const struct alg *alg = alg_find(algs[a]);
		struct forge forge = forge_for(alg);
		AUTO_JWKS set = judge_set(forge_key(&forge, NULL, NULL));
		struct jwt_rules rules = judge_rules(set);
		struct crowd crowd = {.rules = &rules};
		pthread_t threads[THREADS];
		AUTO_TEXT bad = NULL;
		AUTO_TEXT good = NULL;
		char header[64], *tail;

		(void)snprintf(
		    header, sizeof(header), "{\"alg\":\"%s\"}", algs[a]);
		good = forge_token(&forge, alg, header, JUDGE_CLAIMS);
		bad = strdup(good);
		tail = strrchr(bad, '.');
		tail[3] = tail[3] == 'A' ? 'B' : 'A';
		crowd.good = good;
		crowd.bad = bad;
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
					     verify_often, &crowd),
			    0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(atomic_load(&crowd.wrong), 0);
		forge_done(&forge);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_has_three_parts),
	    cmocka_unit_test(a_header_is_strict_json),
	    cmocka_unit_test(a_kid_of_256_bytes_is_the_longest),
	    cmocka_unit_test(a_token_of_16_kib_is_the_longest),
	    cmocka_unit_test(no_more_is_read_than_is_needed),
	    cmocka_unit_test(numbers_become_der_within_their_range),
	    cmocka_unit_test(der_is_what_openssl_writes),
	    cmocka_unit_test(threads_share_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
