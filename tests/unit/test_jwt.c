/* What the claims and the header must say, once the signature is right. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness/judge.h"

#define HS256 "{\"alg\":\"HS256\"}"

static const struct claims_case {
	const char *payload;
	const char *why; /* NULL: accepted */
} times[] = {
    {JUDGE_HEAD ",\"exp\":1000000001}", NULL},
    /* A leeway of 10 s: the last second in which it is good is exp + 9. */
    {JUDGE_HEAD ",\"exp\":999999991}", NULL},
    {JUDGE_HEAD ",\"exp\":999999990}", REASON_EXPIRED},
    {JUDGE_HEAD ",\"exp\":999999990.999}", REASON_EXPIRED},
    {JUDGE_HEAD ",\"exp\":1e9}", NULL},
    {JUDGE_HEAD ",\"exp\":1.0000003e9}", NULL},
    {JUDGE_HEAD ",\"exp\":4102444800}", NULL},	     /* 2100 */
    {JUDGE_HEAD ",\"exp\":2147483648}", NULL},	     /* 2038 */
    {JUDGE_HEAD ",\"exp\":4294967296}", NULL},	     /* 2106 */
    {JUDGE_HEAD ",\"exp\":9007199254740992}", NULL}, /* 2^53 */
    {JUDGE_HEAD ",\"exp\":9007199254740994}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":10000000000000000}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":18446744073709551616}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":1e18}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":1e300}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":-1e300}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":1e999}", REASON_PAYLOAD},
    {JUDGE_HEAD ",\"exp\":NaN}", REASON_PAYLOAD},
    {JUDGE_HEAD ",\"exp\":-1}", REASON_EXPIRED},
    {JUDGE_HEAD ",\"exp\":0}", REASON_EXPIRED},
    {JUDGE_HEAD ",\"exp\":-0}", REASON_EXPIRED},
    {JUDGE_HEAD ",\"exp\":\"1000000300\"}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":true}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":null}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":[1000000300]}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":{}}", REASON_CLAIMS},
    {JUDGE_HEAD "}", REASON_NO_EXPIRY},
    {JUDGE_HEAD ",\"EXP\":1000000300}", REASON_NO_EXPIRY},

    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":1000000010}", NULL},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":1000000010.9}", NULL},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":1000000011}", REASON_NOT_YET},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":0}", NULL},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":-0.5}", NULL},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":\"0\"}", REASON_CLAIMS},
    {JUDGE_HEAD ",\"exp\":1000000300,\"nbf\":-1e16}", REASON_CLAIMS},

    {JUDGE_HEAD ",\"exp\":1000000300,\"iat\":1000000010}", NULL},
    {JUDGE_HEAD ",\"exp\":1000000300,\"iat\":1000000011}", REASON_FUTURE},
    {JUDGE_HEAD ",\"exp\":1000000300,\"iat\":null}", REASON_CLAIMS},
};

static const struct claims_case issuers_and_audiences[] = {
    {JUDGE_CLAIMS, NULL},
    {"{\"aud\":\"" JUDGE_AUD "\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\"\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\"" JUDGE_ISS "/\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\"https://issuer.exampl\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\"https://issuer.example.evil\",\"exp\":1}", REASON_ISSUER},
    {"{\"iss\":\"https://Issuer.example\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\" " JUDGE_ISS "\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":[\"" JUDGE_ISS "\"],\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":null,\"exp\":1000000300}", REASON_ISSUER},
    {"{\"ISS\":\"" JUDGE_ISS "\",\"exp\":1000000300}", REASON_ISSUER},
    {"{\"iss\":\"https:\\/\\/issuer.exampl\\u0065\",\"aud\":\"" JUDGE_AUD
     "\",\"exp\":1000000300}",
	NULL},

#define AUD(aud)                                                               \
	"{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300,\"aud\":" aud "}"
    {AUD("\"" JUDGE_AUD "\""), NULL},
    {AUD("[\"" JUDGE_AUD "\"]"), NULL},
    {AUD("[\"a\",\"b\",\"" JUDGE_AUD "\"]"), NULL},
    {AUD("\"other.example\""), NULL},
    {AUD("\"ssh.example.evil\""), REASON_AUDIENCE},
    {AUD("\"ssh.exampl\""), REASON_AUDIENCE},
    {AUD("\"SSH.example\""), REASON_AUDIENCE},
    {AUD("\"\""), REASON_AUDIENCE},
    {AUD("[]"), REASON_AUDIENCE},
    {AUD("[\"\"]"), REASON_AUDIENCE},
    {AUD("[1]"), REASON_CLAIMS},
    {AUD("[\"" JUDGE_AUD "\",1]"), REASON_CLAIMS},
    {AUD("[[\"" JUDGE_AUD "\"]]"), REASON_CLAIMS},
    {AUD("{\"" JUDGE_AUD "\":true}"), REASON_CLAIMS},
    {AUD("null"), REASON_CLAIMS},
    {AUD("true"), REASON_CLAIMS},
    {"{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300}", REASON_AUDIENCE},
    /* Only an answer of introspection says client_id instead. */
    {"{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300,\"client_id\":\"" JUDGE_AUD
     "\"}",
	REASON_AUDIENCE},
};

#define MORE(claims) JUDGE_HEAD ",\"exp\":1000000300," claims "}"
static const struct claims_case kinds[] = {
    {MORE("\"nonce\":\"n\""), REASON_ID_TOKEN},
    {MORE("\"nonce\":null"), REASON_ID_TOKEN},
    /* Keycloak's access tokens before 24; no other mark is excused. */
    {MORE("\"nonce\":\"n\",\"typ\":\"Bearer\""), NULL},
    {MORE("\"typ\":\"Bearer\",\"nonce\":\"n\""), NULL},
    {MORE("\"nonce\":\"n\",\"typ\":\"bearer\""), REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":[\"Bearer\"]"), REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":\"ID\""), REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"Typ\":\"Bearer\""), REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":\"Bearer\",\"at_hash\":\"h\""),
	REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":\"Bearer\",\"c_hash\":\"h\""),
	REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":\"Bearer\",\"token_use\":\"id\""),
	REASON_ID_TOKEN},
    {MORE("\"nonce\":\"n\",\"typ\":\"Bearer\",\"cnf\":{}"), REASON_BOUND},
    {MORE("\"at_hash\":\"h\""), REASON_ID_TOKEN},
    {MORE("\"c_hash\":\"h\""), REASON_ID_TOKEN},
    {MORE("\"s_hash\":\"h\""), REASON_ID_TOKEN},
    {MORE("\"token_use\":\"id\""), REASON_ID_TOKEN},
    {MORE("\"token_use\":\"access\""), NULL},
    {MORE("\"typ\":\"ID\""), REASON_ID_TOKEN},
    {MORE("\"typ\":\"Bearer\""), NULL},
    {MORE("\"typ\":7"), NULL},
    {MORE("\"typ\":\"Refresh\""), REASON_REFRESH_TOKEN},
    {MORE("\"typ\":\"Offline\""), REASON_REFRESH_TOKEN},
    {MORE("\"typ\":\"Logout\""), REASON_LOGOUT_TOKEN},
    {MORE("\"events\":{\"http://schemas.openid.net/event/backchannel-logout\""
	  ":{}}"),
	REASON_LOGOUT_TOKEN},
    {MORE("\"cnf\":{\"jkt\":\"x\"}"), REASON_BOUND},
    {MORE("\"sub\":7"), REASON_PAYLOAD}, /* twice */
    {"{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300,\"aud\":\"" JUDGE_AUD
     "\",\"sub\":7}",
	REASON_CLAIMS},
    {"[]", REASON_PAYLOAD},
    {"\"iss\"", REASON_PAYLOAD},
    {"null", REASON_PAYLOAD},
    {JUDGE_CLAIMS " ", NULL},
    {JUDGE_CLAIMS "x", REASON_PAYLOAD},
};

static void
try_claims(const struct claims_case *cases, size_t count)
{
	struct jwt_rules rules = judge_rules(NULL);

	for (size_t i = 0; i < count; i++)
		judge_demand(judge_signed(HS256, cases[i].payload, &rules),
		    cases[i].why, cases[i].payload);
}

static void
times_are_whole_numbers_with_a_leeway(void **state)
{
	(void)state;
	try_claims(times, sizeof(times) / sizeof(times[0]));
}

static void
issuer_and_audience_are_exact(void **state)
{
	(void)state;
	try_claims(issuers_and_audiences,
	    sizeof(issuers_and_audiences) / sizeof(issuers_and_audiences[0]));
}

static void
other_kinds_of_tokens_are_told_apart_by_claims(void **state)
{
	(void)state;
	try_claims(kinds, sizeof(kinds) / sizeof(kinds[0]));
}

static void
a_long_list_of_audiences_is_searched(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);
	AUTO_TEXT payload = malloc(FORGE_TEXT_BYTES);
	size_t used = (size_t)sprintf(
	    payload, "{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300,\"aud\":[");

	(void)state;
	for (int i = 0; i < 1000; i++)
		used += (size_t)sprintf(payload + used, "\"a%d\",", i);
	(void)sprintf(payload + used, "\"" JUDGE_AUD "\"]}");
	judge_demand(judge_signed(HS256, payload, &rules), NULL, "the last");
	(void)sprintf(payload + used, "\"" JUDGE_AUD ".evil\"]}");
	judge_demand(
	    judge_signed(HS256, payload, &rules), REASON_AUDIENCE, "none");
}

static void
without_audiences_any_is_good(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	rules.claims.auds = NULL;
	judge_demand(
	    judge_signed(HS256,
		"{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300}", &rules),
	    NULL, "none");
	judge_demand(judge_signed(HS256, AUD("\"x\""), &rules), NULL, "x");
	judge_demand(
	    judge_signed(HS256, AUD("[1]"), &rules), REASON_CLAIMS, "[1]");
}

static void
an_age_counts_from_iat(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);
	char payload[256];

	(void)state;
	rules.claims.max_age_s = 60;
	for (int age = -10; age <= 100; age++) {
		(void)snprintf(payload, sizeof(payload),
		    JUDGE_HEAD ",\"exp\":1000000300,\"iat\":%d}",
		    JUDGE_NOW - age);
		judge_demand(judge_signed(HS256, payload, &rules),
		    age > 70 ? REASON_TOO_OLD : NULL, payload);
	}
	judge_demand(
	    judge_signed(HS256, JUDGE_HEAD ",\"exp\":1000000300}", &rules),
	    REASON_CLAIM_MISSING, "no iat");
}

static void
required_claims_must_say_something(void **state)
{
	static const char *const required[] = {"sub", "scope", NULL};
	static const struct claims_case cases[] = {
	    {MORE("\"scope\":\"ssh\""), NULL},
	    {MORE("\"scope\":[]"), NULL},
	    {MORE("\"scope\":false"), NULL},
	    {MORE("\"scope\":\"\""), REASON_CLAIM_MISSING},
	    {MORE("\"scope\":null"), REASON_CLAIM_MISSING},
	    {MORE("\"Scope\":\"ssh\""), REASON_CLAIM_MISSING},
	};
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	rules.claims.required = required;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		judge_demand(judge_signed(HS256, cases[i].payload, &rules),
		    cases[i].why, cases[i].payload);
}

static const struct {
	const char *wanted, *header;
	const char *why;
} types[] = {
#define TYP(typ) "{\"alg\":\"HS256\",\"typ\":" typ "}"
    {NULL, HS256, NULL},
    {NULL, TYP("\"JWT\""), NULL},
    {NULL, TYP("\"jwt\""), NULL},
    {NULL, TYP("\"at+jwt\""), NULL},
    {NULL, TYP("\"AT+JWT\""), NULL},
    {NULL, TYP("\"application/at+jwt\""), NULL},
    {NULL, TYP("\"Application/JWT\""), NULL},
    {NULL, TYP("\"application/application/jwt\""), REASON_TYPE},
    {NULL, TYP("\"\""), REASON_TYPE},
    {NULL, TYP("\"JOSE\""), REASON_TYPE},
    {NULL, TYP("\"at+jwt \""), REASON_TYPE},
    {NULL, TYP("\"id_token+jwt\""), REASON_TYPE},
    {NULL, TYP("\"dpop+jwt\""), REASON_TYPE},
    {NULL, TYP("\"secevent+jwt\""), REASON_TYPE},
    {NULL, TYP("\"logout+jwt\""), REASON_LOGOUT_TOKEN},
    {NULL, TYP("7"), REASON_HEADER},
    {NULL, TYP("null"), REASON_HEADER},
    {"at+jwt", TYP("\"at+jwt\""), NULL},
    {"at+jwt", TYP("\"application/at+JWT\""), NULL},
    {"application/at+jwt", TYP("\"at+jwt\""), NULL},
    {"at+jwt", TYP("\"JWT\""), REASON_TYPE},
    {"at+jwt", HS256, REASON_TYPE},
    {"JWT", TYP("\"JWT\""), NULL},
    {"JWT", TYP("\"at+jwt\""), REASON_TYPE},
};

static void
the_type_is_a_media_type(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		rules.typ = types[i].wanted;
		judge_demand(
		    judge_signed(types[i].header, JUDGE_CLAIMS, &rules),
		    types[i].why, types[i].header);
	}
}

static void
algorithms_can_be_narrowed(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	rules.algs = alg_bit(alg_find("RS256")) | alg_bit(alg_find("HS512"));
	judge_demand(
	    judge_signed(HS256, JUDGE_CLAIMS, &rules), REASON_ALG, "another");
	rules.algs |= alg_bit(alg_find("HS256"));
	judge_demand(judge_signed(HS256, JUDGE_CLAIMS, &rules), NULL, "it");
}

static void
impossible_rules_are_a_failure(void **state)
{
	struct forge forge = forge_for(alg_find("HS256"));
	AUTO_JWKS set = judge_set(forge_key(&forge, "HS256", NULL));
	AUTO_TEXT token =
	    forge_token(&forge, alg_find("HS256"), HS256, JUDGE_CLAIMS);
	struct jwt_rules rules = judge_rules(set);
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why;

	(void)state;
	assert_int_equal(
	    jwt_unverified_parse(token, strlen(token), &unverified, &why), 1);
	rules.claims.leeway_s = CLAIMS_LEEWAY_S_MAX + 1;
	assert_int_equal(jwt_verify(unverified, &rules, &jwt, &why), -EINVAL);
	rules.claims.leeway_s = CLAIMS_LEEWAY_S_MAX;
	rules.claims.is_introspected = true;
	assert_int_equal(jwt_verify(unverified, &rules, &jwt, &why), -EINVAL);
	assert_null(jwt);
	rules.claims.is_introspected = false;
	assert_int_equal(jwt_verify(unverified, &rules, &jwt, &why), 1);
}

/* RFC 7662 2.2: all but "active" is optional. */
static void
answers_of_introspection_may_leave_claims_out(void **state)
{
	static const struct claims_case cases[] = {
	    {"{\"client_id\":\"" JUDGE_AUD "\"}", NULL},
	    {"{\"aud\":\"" JUDGE_AUD "\"}", NULL},
	    {"{\"aud\":\"x\",\"client_id\":\"" JUDGE_AUD "\"}",
		REASON_AUDIENCE},
	    {"{\"client_id\":[\"" JUDGE_AUD "\"]}", REASON_AUDIENCE},
	    {"{}", REASON_AUDIENCE},
	    {"{\"aud\":\"" JUDGE_AUD "\",\"iss\":\"" JUDGE_ISS "\"}", NULL},
	    {"{\"aud\":\"" JUDGE_AUD "\",\"iss\":\"x\"}", REASON_ISSUER},
	    {"{\"aud\":\"" JUDGE_AUD "\",\"iss\":\"\"}", REASON_ISSUER},
	    {"{\"aud\":\"" JUDGE_AUD "\",\"exp\":999999990}", REASON_EXPIRED},
	    {"{\"aud\":\"" JUDGE_AUD "\",\"exp\":\"1\"}", REASON_CLAIMS},
	    {"[]", REASON_CLAIMS},
	};
	struct claims_rules rules = judge_rules(NULL).claims;
	struct claims_times found;

	(void)state;
	rules.is_introspected = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		AUTO_JSON tree = NULL;
		int r;

		assert_int_equal(json_parse(cases[i].payload,
				     strlen(cases[i].payload), &tree, NULL),
		    0);
		r = claims_match(tree, &rules, &found, &why);
		assert_int_equal(r, cases[i].why == NULL);
		judge_demand(why, cases[i].why, cases[i].payload);
		if (r == 1)
			assert_true(found.exp == INT64_MAX);
	}
}

static void
only_issuer_and_header_are_seen_before(void **state)
{
	static const char header[] =
	    "{\"typ\":\"JWT\",\"alg\":\"ES384\",\"kid\":\"k/1\"}";
	AUTO_TEXT token = forge_input(
	    header, strlen(header), JUDGE_CLAIMS, strlen(JUDGE_CLAIMS));
	AUTO(jwt_unverified) unverified = NULL;
	const char *why;

	(void)state;
	forge_append(token, (const uint8_t *)"nobody's signature", 18);
	assert_int_equal(
	    jwt_unverified_parse(token, strlen(token), &unverified, &why), 1);
	assert_string_equal(jwt_unverified_get_iss(unverified), JUDGE_ISS);
	assert_string_equal(jwt_unverified_get_alg(unverified)->name, "ES384");
	assert_string_equal(jwt_unverified_get_kid(unverified), "k/1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_whole_numbers_with_a_leeway),
	    cmocka_unit_test(issuer_and_audience_are_exact),
	    cmocka_unit_test(other_kinds_of_tokens_are_told_apart_by_claims),
	    cmocka_unit_test(a_long_list_of_audiences_is_searched),
	    cmocka_unit_test(without_audiences_any_is_good),
	    cmocka_unit_test(an_age_counts_from_iat),
	    cmocka_unit_test(required_claims_must_say_something),
	    cmocka_unit_test(the_type_is_a_media_type),
	    cmocka_unit_test(algorithms_can_be_narrowed),
	    cmocka_unit_test(impossible_rules_are_a_failure),
	    cmocka_unit_test(answers_of_introspection_may_leave_claims_out),
	    cmocka_unit_test(only_issuer_and_header_are_seen_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
