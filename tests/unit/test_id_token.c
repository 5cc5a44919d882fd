/* ID tokens, which are good for the client that they were issued to alone, and
 * access tokens, which are not good in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/harness/judge.h"

#define CLIENT "host1"
#define HS256  "{\"alg\":\"HS256\"}"
#define HEAD   "{\"iss\":\"" JUDGE_ISS "\",\"exp\":1000000300"
#define SUB    ",\"sub\":\"alice\""
#define IAT    ",\"iat\":1000000000"
#define AUD    ",\"aud\":\"" CLIENT "\""

static const struct {
	const char *claims;
	const char *why; /* as an ID token of the client */
} cases[] = {
    {HEAD SUB IAT AUD "}", NULL},
    {HEAD SUB IAT AUD ",\"nonce\":\"n\",\"at_hash\":\"h\"}", NULL},
    {HEAD SUB IAT AUD ",\"token_use\":\"id\",\"typ\":\"ID\"}", NULL},
    {HEAD SUB IAT AUD ",\"azp\":\"" CLIENT "\"}", NULL},
    {HEAD SUB IAT ",\"aud\":[\"" CLIENT "\"]}", NULL},
    {HEAD SUB IAT ",\"aud\":[\"x\",\"" CLIENT "\"],\"azp\":\"" CLIENT "\"}",
	NULL},

    /* Issued to somebody else, or not only to us. */
    {HEAD SUB IAT ",\"aud\":\"" JUDGE_AUD "\"}", REASON_AUDIENCE},
    {HEAD SUB IAT ",\"aud\":\"host10\"}", REASON_AUDIENCE},
    {HEAD SUB IAT ",\"aud\":[]}", REASON_AUDIENCE},
    {HEAD SUB IAT "}", REASON_AUDIENCE},
    {HEAD SUB IAT ",\"client_id\":\"" CLIENT "\"}", REASON_AUDIENCE},
    {HEAD SUB IAT ",\"aud\":[\"x\",\"" CLIENT "\"]}", REASON_AUDIENCE},
    {HEAD SUB IAT AUD ",\"azp\":\"x\"}", REASON_AUDIENCE},
    {HEAD SUB IAT AUD ",\"azp\":null}", REASON_AUDIENCE},
    {HEAD SUB IAT AUD ",\"azp\":[\"" CLIENT "\"]}", REASON_AUDIENCE},
    {HEAD SUB IAT ",\"aud\":[\"x\",\"" CLIENT "\"],\"azp\":\"x\"}",
	REASON_AUDIENCE},

    /* Of nobody, or from no time. */
    {HEAD IAT AUD "}", REASON_CLAIM_MISSING},
    {HEAD IAT AUD ",\"sub\":\"\"}", REASON_CLAIM_MISSING},
    {HEAD IAT AUD ",\"sub\":null}", REASON_CLAIMS},
    {HEAD SUB AUD "}", REASON_CLAIM_MISSING},
    {HEAD SUB AUD ",\"iat\":1000000600}", REASON_FUTURE},
    {"{\"iss\":\"" JUDGE_ISS "\",\"exp\":999999000" SUB IAT AUD "}",
	REASON_EXPIRED},
    {"{\"iss\":\"" JUDGE_ISS "x\",\"exp\":1000000300" SUB IAT AUD "}",
	REASON_ISSUER},

    /* Other tokens of the same issuer for the same client. */
    {HEAD SUB IAT AUD ",\"token_use\":\"access\"}", REASON_TYPE},
    {HEAD SUB IAT AUD ",\"typ\":\"Refresh\"}", REASON_REFRESH_TOKEN},
    {HEAD SUB IAT AUD ",\"typ\":\"Logout\"}", REASON_LOGOUT_TOKEN},
    {HEAD SUB IAT AUD ",\"events\":{}}", REASON_LOGOUT_TOKEN},
    {HEAD SUB IAT AUD ",\"cnf\":{\"jkt\":\"x\"}}", REASON_BOUND},
};

static struct jwt_rules
rules_for_client(void)
{
	struct jwt_rules rules = judge_rules(NULL);

	rules.id_token_for = CLIENT;
	return rules;
}

static void
an_id_token_is_for_its_client_alone(void **state)
{
	struct jwt_rules rules = rules_for_client();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		judge_demand(judge_signed(HS256, cases[i].claims, &rules),
		    cases[i].why, cases[i].claims);
}

static void
the_header_says_nothing_or_jwt(void **state)
{
	static const char claims[] = HEAD SUB IAT AUD "}";
	struct jwt_rules rules = rules_for_client();

	(void)state;
	judge_demand(
	    judge_signed("{\"alg\":\"HS256\",\"typ\":\"jwt\"}", claims, &rules),
	    NULL, "JWT");
	judge_demand(judge_signed("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
			 claims, &rules),
	    REASON_TYPE, "at+jwt");
	judge_demand(judge_signed("{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}",
			 claims, &rules),
	    REASON_LOGOUT_TOKEN, "logout+jwt");
	/* What access tokens must say is no matter here. */
	rules.typ = "at+jwt";
	judge_demand(judge_signed(HS256, claims, &rules), NULL, "none");
	judge_demand(judge_signed("{\"alg\":\"none\"}", claims, &rules),
	    REASON_ALG, "alg none");
}

static void
as_an_access_token_it_is_refused(void **state)
{
	struct jwt_rules rules = judge_rules(NULL);

	(void)state;
	judge_demand(judge_signed(HS256, HEAD SUB IAT AUD "}", &rules),
	    REASON_AUDIENCE, "its audience is a client");
	judge_demand(
	    judge_signed(HS256,
		JUDGE_HEAD ",\"exp\":1000000300,\"nonce\":\"n\"}", &rules),
	    REASON_ID_TOKEN, "its marks");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_id_token_is_for_its_client_alone),
	    cmocka_unit_test(the_header_says_nothing_or_jwt),
	    cmocka_unit_test(as_an_access_token_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
