#include "token/introspection.h"

#include <errno.h>
#include <strings.h>

#include "jose/claims.h"
#include "jose/reason.h"
#include "token/identity.h"

void
introspection_done(struct introspection *introspection)
{
	cJSON_Delete(introspection->answer);
	*introspection = (struct introspection){0};
}

/* What kind of token the endpoint calls active: it says so of refresh tokens as
 * well. The word's reason to refuse; NULL: an access token. */
static const char *
check_word(const char *word)
{
	static const struct {
		const char *word, *why;
	} words[] = {
	    {"bearer", NULL},
	    {"access_token", NULL},
	    {"access", NULL},
	    {"refresh_token", REASON_REFRESH_TOKEN},
	    {"refresh", REASON_REFRESH_TOKEN},
	    {"id_token", REASON_ID_TOKEN},
	    {"id", REASON_ID_TOKEN},
	    {"dpop", REASON_BOUND},
	    {"pop", REASON_BOUND},
	    {"mac", REASON_BOUND},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(words[i].word, word) == 0)
			return words[i].why;
	return REASON_TYPE;
}

static const char *
check_kind(const cJSON *answer)
{
	static const char *const names[] = {"token_type", "token_use"};

	if (json_find(answer, "cnf"))
		return REASON_BOUND; /* RFC 7800: good with a proof only */
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *word, *why = NULL;
		int r = json_find_text(answer, names[i], &word);

		if (r < 0)
			return REASON_CLAIMS;
		if (r > 0)
			why = check_word(word);
		if (why)
			return why;
	}
	return NULL;
}

/* 1; 0 and *ret_why; < 0. */
static int
match_claims(const struct token_introspector *introspector, const cJSON *answer,
    int64_t now_unix_s, int64_t *ret_expires_unix_s, const char **ret_why)
{
	const char *const *auds = (const char *const *)introspector->jwt_aud;
	const char *issuer = identity_get_issuer(introspector), *client;
	struct claims_rules rules = {
	    .iss = issuer,
	    .auds = auds,
	    .now_unix_s = now_unix_s,
	    .leeway_s = introspector->jwt_leeway_s,
	    .max_age_s = introspector->jwt_max_age_s,
	    .is_introspected = true,
	};
	struct claims_times times;
	int r;

	*ret_why = REASON_CLAIMS;
	if (json_find_text(answer, "client_id", &client) < 0)
		return 0;
	/* An endpoint that was asked without an issuer in the configuration
	 * speaks for whichever it names. */
	if (!issuer && json_find_text(answer, "iss", &rules.iss) < 0)
		return 0;
	if (!rules.iss)
		rules.iss = "";
	r = claims_match(answer, &rules, &times, ret_why);
	if (r > 0)
		*ret_expires_unix_s = times.exp;
	return r;
}

int
introspection_check(const struct token_introspector *introspector,
    const char *text, size_t size, int64_t now_unix_s,
    struct introspection *ret_introspection)
{
	struct introspection introspection = {.expires_unix_s = INT64_MAX};
	AUTO_JSON answer = NULL;
	const cJSON *active;
	int r = json_parse(text, size, &answer, NULL);

	if (r < 0)
		return r;
	active = json_find(answer, "active");
	if (!active)
		return -EBADMSG;

	if (!cJSON_IsBool(active))
		introspection.why = REASON_CLAIMS;
	else if (!cJSON_IsTrue(active))
		introspection.why = "token-inactive";
	else
		introspection.why = check_kind(answer);
	if (!introspection.why) {
		const char *why = NULL;

		r = match_claims(introspector, answer, now_unix_s,
		    &introspection.expires_unix_s, &why);
		if (r < 0)
			return r;
		introspection.why = r == 0 ? why : NULL;
	}
	introspection.is_active = !introspection.why;
	if (introspection.is_active)
		introspection.answer = TAKE(answer);
	*ret_introspection = introspection;
	return 0;
}
