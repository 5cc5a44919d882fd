/* The attacker gets odd bytes before the reader of tokens, or even signed by
 * the issuer: tokens that two readers would understand differently, tokens of
 * another kind, and tokens that cost more to refuse than to make. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "jose/jws.h"
#include "tests/harness/judge.h"

#define HS256 "{\"alg\":\"HS256\"}"

/* Both parts as bytes, signed by the issuer. */
static const char *
judge_raw(const char *header, size_t header_size, const char *payload,
    size_t payload_size)
{
	const struct alg *alg = alg_find("HS256");
	struct forge forge = forge_for(alg);
	AUTO_JWKS set = judge_set(forge_key(&forge, "HS256", NULL));
	struct jwt_rules rules = judge_rules(set);
	AUTO_TEXT token =
	    forge_input(header, header_size, payload, payload_size);
	uint8_t signature[1024];
	size_t size = forge_sign(&forge, alg, token, signature);

	forge_append(token, signature, size);
	return judge(token, &rules);
}

#define END ",\"exp\":1000000300}"
#define PAYLOAD(text)                                                          \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct {
	const char *text;
	size_t size;
} payloads[] = {
    /* Said twice: readers take the first, the last, or both. */
    PAYLOAD(JUDGE_HEAD ",\"sub\":\"root\"" END),
    PAYLOAD("{\"sub\":\"root\"," JUDGE_HEAD "" END),
    PAYLOAD(JUDGE_HEAD ",\"s\\u0075b\":\"root\"" END),
    PAYLOAD(JUDGE_HEAD ",\"exp\":9999999999" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":{\"b\":1,\"b\":2}" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":[{\"b\":1,\"b\":2}]" END),
    /* A text that ends early for some. */
    PAYLOAD(JUDGE_HEAD ",\"box_user\":\"root\\u0000alice\"" END),
    PAYLOAD(JUDGE_HEAD ",\"box_user\":\"root\0alice\"" END),
    PAYLOAD(JUDGE_HEAD ",\"box_user\\u0000\":\"root\"" END),
    PAYLOAD(JUDGE_HEAD END "\0"),
    PAYLOAD("\0" JUDGE_HEAD END),
    /* Characters that are none. */
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\\ud800\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\\udc00\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\\udc00\\ud800\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\\ud800\\u0041\"" END),
    PAYLOAD(JUDGE_HEAD ",\"\\ud800\":1" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\xed\xa0\x80\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\xc0\xaf\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\xff\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\xe2\x82\"" END),
    PAYLOAD("\xef\xbb\xbf" JUDGE_HEAD END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\n\"" END),
    /* What follows the end. */
    PAYLOAD(JUDGE_HEAD END JUDGE_HEAD END),
    PAYLOAD(JUDGE_HEAD END ","),
    PAYLOAD(JUDGE_HEAD END "/*"),
    PAYLOAD(JUDGE_HEAD END "\xc2\xa0"),
    /* Dialects. */
    PAYLOAD(JUDGE_HEAD ",\"a\":1," END),
    PAYLOAD(JUDGE_HEAD ",'a':1" END),
    PAYLOAD(JUDGE_HEAD ",a:1" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":01" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":+1" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":0x10" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":1." END),
    PAYLOAD(JUDGE_HEAD ",\"a\":.5" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":Infinity" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":1e9999" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":/**/1" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":\"\\x41\"" END),
    PAYLOAD(JUDGE_HEAD ",\"a\":True" END),
    PAYLOAD(""),
};

static void
a_payload_that_two_readers_read_differently(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		judge_demand(judge_raw(HS256, strlen(HS256), payloads[i].text,
				 payloads[i].size),
		    REASON_PAYLOAD, payloads[i].text);
	judge_demand(
	    judge_raw(HS256, strlen(HS256), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS)),
	    NULL, "a plain one");
}

static void
names_in_another_case(void **state)
{
	static const char payload[] =
	    "{\"ISS\":\"" JUDGE_ISS "\",\"AUD\":\"" JUDGE_AUD
	    "\",\"EXP\":1000000300}";

	(void)state;
	judge_demand(judge_raw(HS256, strlen(HS256), payload, strlen(payload)),
	    REASON_ISSUER, payload);
}

static void
a_nest_without_a_floor(void **state)
{
	static const size_t depths[] = {15, 16, 17, 1000, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		size_t depth = depths[i];
		AUTO_TEXT payload = malloc(2 * depth + 256);
		size_t used = (size_t)sprintf(payload, JUDGE_HEAD ",\"a\":");

		memset(payload + used, '[', depth);
		memset(payload + used + depth, ']', depth);
		(void)strcpy(payload + used + 2 * depth, END);
		judge_demand(
		    judge_raw(HS256, strlen(HS256), payload, strlen(payload)),
		    depth <= 15 ? NULL : REASON_PAYLOAD, "depth");
	}
}

/* Shapes of what providers give out beside access tokens. */
static const struct {
	const char *header, *payload, *why;
} others[] = {
    /* Keycloak: ID token, refresh token, logout token. */
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"typ\":\"ID\",\"azp\":\"app\",\"at_hash\":\"x\"" END,
	REASON_ID_TOKEN},
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"typ\":\"Refresh\",\"azp\":\"app\"" END,
	REASON_REFRESH_TOKEN},
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"typ\":\"Logout\",\"sid\":\"s\",\"events\":{\"http://"
		   "schemas.openid.net/event/backchannel-logout\":{}}" END,
	REASON_LOGOUT_TOKEN},
    /* RFC 9068 7 and OpenID Connect Back-Channel Logout 2.4. */
    {"{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}",
	JUDGE_HEAD ",\"events\":{}" END, REASON_LOGOUT_TOKEN},
    /* Google: an ID token; its access tokens are opaque. */
    {"{\"alg\":\"HS256\",\"kid\":\"k\",\"typ\":\"JWT\"}",
	JUDGE_HEAD ",\"azp\":\"app\",\"email\":\"a@example.com\","
		   "\"email_verified\":true,\"at_hash\":\"x\"" END,
	REASON_ID_TOKEN},
    /* Entra ID, with the nonce that its libraries send. */
    {"{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"nonce\":\"n\",\"oid\":\"o\",\"tid\":\"t\","
		   "\"ver\":\"2.0\"" END,
	REASON_ID_TOKEN},
    /* Keycloak's, of a flow that gives no access token and so no at_hash. */
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"typ\":\"ID\",\"azp\":\"app\",\"nonce\":\"n\"" END,
	REASON_ID_TOKEN},
    /* What its access token says, said by the header of an ID token. */
    {"{\"alg\":\"HS256\",\"typ\":\"Bearer\",\"kid\":\"k\"}",
	JUDGE_HEAD ",\"nonce\":\"n\"" END, REASON_TYPE},
    /* Cognito. */
    {"{\"kid\":\"k\",\"alg\":\"HS256\"}",
	JUDGE_HEAD ",\"token_use\":\"id\",\"cognito:username\":\"a\"" END,
	REASON_ID_TOKEN},
    /* A hybrid flow's. */
    {HS256, JUDGE_HEAD ",\"c_hash\":\"x\"" END, REASON_ID_TOKEN},
    /* A DPoP proof, an answer of introspection, a security event. */
    {"{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\",\"jwk\":{}}",
	JUDGE_HEAD ",\"htm\":\"POST\",\"htu\":\"https://x\"" END, REASON_TYPE},
    {"{\"alg\":\"HS256\",\"typ\":\"token-introspection+jwt\"}",
	JUDGE_HEAD ",\"token_introspection\":{\"active\":true}" END,
	REASON_TYPE},
    {"{\"alg\":\"HS256\",\"typ\":\"secevent+jwt\"}",
	JUDGE_HEAD ",\"events\":{}" END, REASON_TYPE},
    /* Bound to a key that nobody shows here (RFC 8705, RFC 9449). */
    {"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
	JUDGE_HEAD ",\"cnf\":{\"x5t#S256\":\"x\"}" END, REASON_BOUND},
};

static void
a_token_that_is_no_access_token(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		judge_demand(
		    judge_raw(others[i].header, strlen(others[i].header),
			others[i].payload, strlen(others[i].payload)),
		    others[i].why, others[i].payload);
}

static const char *const encrypted[] = {
    /* RFC 7516 A.1, its first part and some of the rest. */
    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZ"
    "cgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8Su"
    "K0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiF"
    "vSkQ",
    /* {"alg":"dir","enc":"A128GCM","zip":"DEF"} */
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0..AA.AA.AA",
    /* {"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647} */
    "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwicDJjIjoyMTQ"
    "3NDgzNjQ3fQ.AA.AA.AA.AA",
    "....",
    "a.b.c.d.e",
    /* The same headers with three parts. */
    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA",
    "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwicDJjIjoyMTQ"
    "3NDgzNjQ3fQ.AA.AA",
};

static void
an_encrypted_token(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(encrypted) / sizeof(encrypted[0]); i++)
		judge_demand(judge(encrypted[i], &rules), REASON_ENCRYPTED,
		    encrypted[i]);
}

static double
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Full of one character, or of a pair: as large as it may be, and larger. */
static void
a_token_that_costs_more_than_it_says(void **state)
{
	static const char *const fills[] = {".", "A", "..A", "A.", "{", "=",
	    "eyJhbGciOiJIUzI1NiJ9.", "\xff", "[", "\"", "\\"};
	static const size_t sizes[] = {
	    JWS_BYTES_MAX, JWS_BYTES_MAX + 1, 16 << 20};
	AUTO_TEXT token = malloc(sizes[2]);
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	for (size_t f = 0; f < sizeof(fills) / sizeof(fills[0]); f++)
		for (size_t s = 0; s < 3; s++) {
			size_t width = strlen(fills[f]);
			double best = 1e9;

			for (size_t i = 0; i < sizes[s]; i++)
				token[i] = fills[f][i % width];
			/* The quickest of some: others use this machine. */
			for (int round = 0; round < 5; round++) {
				double start = cpu_ms();

				assert_non_null(
				    judge_bytes(token, sizes[s], &rules));
				if (cpu_ms() - start < best)
					best = cpu_ms() - start;
			}
			assert_true(best < 1.0);
		}
}

/* The largest claims that fit, in the shapes that cost a reader most. */
static void
a_payload_that_costs_more_than_it_says(void **state)
{
	static const char *const values[] = {"0", "\"\\u00e9\"", "[[[[]]]]"};

	(void)state;
	for (size_t m = 0; m < 3; m++) {
		AUTO_TEXT payload = malloc(FORGE_TEXT_BYTES);
		size_t used = 1;
		double start;

		payload[0] = '{';
		for (int i = 0; used < 12000; i++)
			used += (size_t)sprintf(
			    payload + used, "\"%d\":%s,", i, values[m]);
		(void)strcpy(payload + used, "\"exp\":1}");
		start = cpu_ms();
		assert_non_null(
		    judge_raw(HS256, strlen(HS256), payload, strlen(payload)));
		assert_true(cpu_ms() - start < 50);
	}
}

static void
memory_by_being_refused_often(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);
	size_t before = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		/* After a while all that is made once has been made. */
		if (round == 300)
			before = mallinfo2().uordblks;
		for (size_t i = 0; i < sizeof(encrypted) / sizeof(encrypted[0]);
		     i++)
			(void)judge(encrypted[i], &rules);
		(void)judge("eyJhbGciOiJIUzI1NiJ9.e30.AA", &rules);
		(void)judge("eyJhbGciOiJIUzI1NiJ9.e30i.AA", &rules);
		(void)judge("eyJhbGciOiJIUzI1NiJ9.WzEsMix7fV0.AA", &rules);
	}
	assert_in_range(mallinfo2().uordblks, 0, before + 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_payload_that_two_readers_read_differently),
	    cmocka_unit_test(names_in_another_case),
	    cmocka_unit_test(a_nest_without_a_floor),
	    cmocka_unit_test(a_token_that_is_no_access_token),
	    cmocka_unit_test(an_encrypted_token),
	    cmocka_unit_test(a_token_that_costs_more_than_it_says),
	    cmocka_unit_test(a_payload_that_costs_more_than_it_says),
	    cmocka_unit_test(memory_by_being_refused_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
