#include "token/jwt_check.h"

#include <errno.h>

#include "jose/reason.h"

static uint32_t
algs_of(const struct token_introspector *introspector)
{
	uint32_t bits = 0;

	if (!introspector->jwt_algs)
		return 0;
	for (char **name = introspector->jwt_algs; *name; name++) {
		const struct alg *alg = alg_find(*name);

		if (alg)
			bits |= alg_bit(alg);
	}
	return bits;
}

static void
set_rules(struct jwt_rules *ret_rules, const struct jwt_question *question,
    int64_t now_unix_s)
{
	const struct token_introspector *introspector = question->introspector;

	*ret_rules = (struct jwt_rules){
	    .claims = {.iss = introspector->jwt_iss,
		.auds = (const char *const *)introspector->jwt_aud,
		.now_unix_s = now_unix_s,
		.leeway_s = introspector->jwt_leeway_s,
		.max_age_s = introspector->jwt_max_age_s},
	    .keys = {introspector->jwt_keys, NULL},
	    .algs = algs_of(introspector),
	    .typ = introspector->jwt_typ,
	    .id_token_for = question->id_token_for,
	};
}

/* With the published keys, and when the key is not among them, with newer
 * ones. */
static int
verify_published(struct jwt_unverified *unverified, struct jwt_rules *rules,
    struct published *source, const struct published_ask *ask, struct jwks *set,
    struct jwt **ret_jwt, const char **ret_why)
{
	const char *kid = jwt_unverified_get_kid(unverified);
	void *newer = NULL;
	int r;

	rules->keys[1] = set;
	r = jwt_verify(unverified, rules, ret_jwt, ret_why);
	if (r != 0 || !streq(*ret_why, REASON_UNKNOWN_KEY))
		return r;
	r = published_renew(source, ask, set, kid, &newer);
	if (r <= 0)
		return r;
	rules->keys[1] = newer;
	r = jwt_verify(unverified, rules, ret_jwt, ret_why);
	if (r == 0 && streq(*ret_why, REASON_UNKNOWN_KEY))
		published_note_unknown(source, kid, ask->now_ms);
	jwks_unref(newer);
	return r;
}

int
jwt_check(const struct jwt_question *question, struct published *source,
    const struct published_ask *ask, struct jwt **ret_jwt, const char **ret_why,
    bool *ret_due)
{
	struct jwt_unverified *unverified = question->unverified;
	const struct alg *alg = jwt_unverified_get_alg(unverified);
	void *set = NULL;
	struct jwt_rules rules;
	int got, r;

	*ret_due = false;
	set_rules(&rules, question, ask->now_unix_s);
	/* No published key is ever one for HS256 and its like. */
	if (!source || alg->family == ALG_HMAC)
		return jwt_verify(unverified, &rules, ret_jwt, ret_why);

	got = published_get(source, ask, &set, ret_due);
	if (got < 0) {
		r = jwt_verify(unverified, &rules, ret_jwt, ret_why);
		if (r == 0 && streq(*ret_why, REASON_UNKNOWN_KEY))
			r = got; /* nobody can know */
	} else {
		r = verify_published(
		    unverified, &rules, source, ask, set, ret_jwt, ret_why);
	}
	jwks_unref(set);
	return r;
}

const char *
jwt_check_age(const struct token_introspector *introspector,
    const cJSON *claims, int64_t now_unix_s)
{
	int64_t limit_s =
	    (int64_t)introspector->jwt_max_age_s + introspector->jwt_leeway_s;
	const cJSON *time = json_find(claims, "auth_time");

	if (introspector->jwt_max_age_s == 0)
		return NULL;
	if (!time)
		time = json_find(claims, "iat");
	if (!time)
		return REASON_CLAIM_MISSING;
	if (!cJSON_IsNumber(time))
		return REASON_CLAIMS;
	return (double)now_unix_s - time->valuedouble > (double)limit_s
		   ? REASON_TOO_OLD
		   : NULL;
}
