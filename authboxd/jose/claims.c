#include "jose/claims.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "base/json.h"
#include "base/text.h"
#include "jose/reason.h"

#define TIME_S_MAX 9007199254740992.0 /* 2^53: whole seconds are exact */

enum claim {
	CLAIM_ISS = 0,
	CLAIM_SUB,
	CLAIM_AUD,
	CLAIM_CLIENT_ID,
	CLAIM_EXP,
	CLAIM_NBF,
	CLAIM_IAT,
	CLAIMS,
};

static const char *const names[CLAIMS] = {
    "iss", "sub", "aud", "client_id", "exp", "nbf", "iat"};

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return 0;
}

/* All of them in one pass; a strict object has no name twice. */
static void
collect(const cJSON *claims, const cJSON *ret_found[CLAIMS])
{
	const cJSON *member;

	cJSON_ArrayForEach (member, claims)
		for (size_t i = 0; i < CLAIMS; i++)
			if (streq(member->string, names[i]))
				ret_found[i] = member;
}

/* *ret_time is left as it is when there is no claim. */
static bool
time_is_good(const cJSON *claim, int64_t *ret_time)
{
	if (!claim)
		return true;
	if (!cJSON_IsNumber(claim) || !(fabs(claim->valuedouble) <= TIME_S_MAX))
		return false;
	*ret_time = (int64_t)claim->valuedouble;
	if ((double)*ret_time > claim->valuedouble)
		*ret_time -= 1; /* C rounds towards zero */
	return true;
}

static bool
has_text(const char *const *texts, const cJSON *claim)
{
	for (; cJSON_IsString(claim) && *texts; texts++)
		if (streq(*texts, claim->valuestring))
			return true;
	return false;
}

static int
check_issuer(
    const cJSON *iss, const struct claims_rules *rules, const char **ret_why)
{
	const char *const only[] = {rules->iss, NULL};

	if (!iss && rules->is_introspected)
		return 1;
	return has_text(only, iss) ? 1 : refuse(ret_why, REASON_ISSUER);
}

static int
check_audience(const cJSON *found[CLAIMS], const struct claims_rules *rules,
    const char **ret_why)
{
	const cJSON *aud = found[CLAIM_AUD], *one;

	if (aud && !cJSON_IsString(aud) && !cJSON_IsArray(aud))
		return refuse(ret_why, REASON_CLAIMS);
	cJSON_ArrayForEach (one, aud)
		if (!cJSON_IsString(one))
			return refuse(ret_why, REASON_CLAIMS);
	if (!rules->auds)
		return 1;

	if (has_text(rules->auds, aud))
		return 1;
	if (!aud && rules->is_introspected &&
	    has_text(rules->auds, found[CLAIM_CLIENT_ID]))
		return 1;
	cJSON_ArrayForEach (one, aud)
		if (has_text(rules->auds, one))
			return 1;
	return refuse(ret_why, REASON_AUDIENCE);
}

static int
check_times(const cJSON *found[CLAIMS], const struct claims_rules *rules,
    struct claims_times *ret_times, const char **ret_why)
{
	int64_t now = rules->now_unix_s, leeway = rules->leeway_s;
	int64_t exp = INT64_MAX, nbf = INT64_MIN, iat = INT64_MIN;

	if (!time_is_good(found[CLAIM_EXP], &exp) ||
	    !time_is_good(found[CLAIM_NBF], &nbf) ||
	    !time_is_good(found[CLAIM_IAT], &iat))
		return refuse(ret_why, REASON_CLAIMS);
	if (!found[CLAIM_EXP] && !rules->is_introspected)
		return refuse(ret_why, REASON_NO_EXPIRY);
	/* RFC 7519 4.1.4: "on or after". */
	if (now - leeway >= exp)
		return refuse(ret_why, REASON_EXPIRED);
	if (now + leeway < nbf)
		return refuse(ret_why, REASON_NOT_YET);
	if (now + leeway < iat)
		return refuse(ret_why, REASON_FUTURE);
	if (rules->max_age_s > 0) {
		if (!found[CLAIM_IAT])
			return refuse(ret_why, REASON_CLAIM_MISSING);
		if (now - leeway - (int64_t)rules->max_age_s > iat)
			return refuse(ret_why, REASON_TOO_OLD);
	}
	*ret_times = (struct claims_times){exp, iat};
	return 1;
}

static int
check_required(
    const cJSON *claims, const char *const *required, const char **ret_why)
{
	for (; required && *required; required++) {
		const cJSON *claim = json_find(claims, *required);

		if (!claim || cJSON_IsNull(claim) ||
		    (cJSON_IsString(claim) && !*claim->valuestring))
			return refuse(ret_why, REASON_CLAIM_MISSING);
	}
	return 1;
}

int
claims_match(const cJSON *claims, const struct claims_rules *rules,
    struct claims_times *ret_times, const char **ret_why)
{
	const cJSON *found[CLAIMS] = {NULL};
	struct claims_times times;
	int r;

	if (rules->leeway_s > CLAIMS_LEEWAY_S_MAX)
		return -EINVAL;
	if (!cJSON_IsObject(claims))
		return refuse(ret_why, REASON_CLAIMS);

	collect(claims, found);
	if (found[CLAIM_SUB] && !cJSON_IsString(found[CLAIM_SUB]))
		return refuse(ret_why, REASON_CLAIMS);
	r = check_issuer(found[CLAIM_ISS], rules, ret_why);
	if (r == 1)
		r = check_times(found, rules, &times, ret_why);
	if (r == 1)
		r = check_audience(found, rules, ret_why);
	if (r == 1)
		r = check_required(claims, rules->required, ret_why);
	if (r == 1)
		*ret_times = times;
	return r;
}
