/*
 * What a verification does without: each look-up that OpenSSL makes takes a
 * lock which all threads share. The Edwards curves are not among this: inside
 * OpenSSL itself they look their hash up for each signature.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/harness/judge.h"

struct ready {
	struct jwks *set;
	struct jwt_rules rules;
	char *token;
};

static struct ready
make_ready(const struct alg *alg)
{
	struct forge forge = forge_for(alg);
	struct ready ready = {
	    .set = judge_set(forge_key(&forge, alg->name, NULL))};
	AUTO_TEXT header = NULL;

	FORGE_DEMAND(asprintf(&header, "{\"alg\":\"%s\"}", alg->name) > 0);
	ready.rules = judge_rules(ready.set);
	ready.token = forge_token(&forge, alg, header, JUDGE_CLAIMS);
	forge_done(&forge);
	return ready;
}

static void
flip_signature(char *token)
{
	char *last = strrchr(token, '.') + 10;

	*last = *last == 'A' ? 'B' : 'A';
}

/* Afterwards OpenSSL finds nothing for anybody: last of all tests. */
static void
a_verification_looks_nothing_up_in_openssl(void **state)
{
	struct ready ready[ALG_COUNT];

	(void)state;
	for (size_t i = 0; i < ALG_COUNT; i++)
		ready[i] = make_ready(&alg_table[i]);
	assert_int_equal(
	    EVP_set_default_properties(NULL, "provider=nobody"), 1);
	assert_null(EVP_MD_fetch(NULL, "SHA256", NULL));

	for (size_t i = 0; i < ALG_COUNT; i++) {
		const char *name = alg_table[i].name;

		if (alg_table[i].family == ALG_EDDSA)
			continue;
		/* Twice: with a copy of the contexts, and with a spare. */
		judge_demand(
		    judge(ready[i].token, &ready[i].rules), NULL, name);
		judge_demand(
		    judge(ready[i].token, &ready[i].rules), NULL, name);
		flip_signature(ready[i].token);
		judge_demand(judge(ready[i].token, &ready[i].rules),
		    REASON_SIGNATURE, name);
	}
	for (size_t i = 0; i < ALG_COUNT; i++) {
		free(ready[i].token);
		jwks_unref(ready[i].set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_verification_looks_nothing_up_in_openssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
