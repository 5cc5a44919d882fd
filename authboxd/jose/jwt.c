#include "jose/jwt.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "jose/jws.h"
#include "jose/reason.h"

struct jwt_unverified {
	struct jws *jws;
	cJSON *claims; /* NULL: verified, and handed out */
};

struct jwt {
	cJSON *claims;
	struct claims_times times;
};

/* Claims that tell what the token is, when it is not what is wanted. */
static const struct mark {
	const char *name;
	const char *value; /* NULL: any */
	const char *why;
} marks[] = {
    {"nonce", NULL, REASON_ID_TOKEN}, /* OpenID Connect Core 2 */
    {"at_hash", NULL, REASON_ID_TOKEN},
    {"c_hash", NULL, REASON_ID_TOKEN},
    {"s_hash", NULL, REASON_ID_TOKEN},	  /* FAPI 1.0 part 2, 5.1 */
    {"token_use", "id", REASON_ID_TOKEN}, /* Cognito */
    {"typ", "ID", REASON_ID_TOKEN},	  /* Keycloak */
    {"typ", "Logout", REASON_LOGOUT_TOKEN},
    {"typ", "Refresh", REASON_REFRESH_TOKEN},
    {"typ", "Offline", REASON_REFRESH_TOKEN},
    {"events", NULL, REASON_LOGOUT_TOKEN}, /* Back-Channel Logout 2.4 */
    {"cnf", NULL, REASON_BOUND},
};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

/* Cognito's, of one that is no ID token. */
static const struct mark access_token_mark = {
    "token_use", "access", REASON_TYPE};

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return 0;
}

void
jwt_unverified_free(struct jwt_unverified *unverified)
{
	if (!unverified)
		return;
	jws_free(unverified->jws);
	cJSON_Delete(unverified->claims);
	free(unverified);
}

int
jwt_unverified_parse(const char *token, size_t size,
    struct jwt_unverified **ret_unverified, const char **ret_why)
{
	AUTO(jwt_unverified) unverified = calloc(1, sizeof(*unverified));
	const uint8_t *payload;
	int r;

	if (!unverified)
		return -ENOMEM;
	r = jws_parse(token, size, &unverified->jws, ret_why);
	if (r <= 0)
		return r;

	payload = jws_get_unverified_payload(unverified->jws, &size);
	r = json_parse((const char *)payload, size, &unverified->claims, NULL);
	if (r == -EBADMSG || (r == 0 && !cJSON_IsObject(unverified->claims)))
		return refuse(ret_why, REASON_PAYLOAD);
	if (r < 0)
		return r;
	*ret_unverified = TAKE(unverified);
	return 1;
}

const char *
jwt_unverified_get_iss(const struct jwt_unverified *unverified)
{
	const char *iss = NULL;

	(void)json_find_text(unverified->claims, "iss", &iss); /* or NULL */
	return iss;
}

const struct alg *
jwt_unverified_get_alg(const struct jwt_unverified *unverified)
{
	return jws_get_alg(unverified->jws);
}

const char *
jwt_unverified_get_kid(const struct jwt_unverified *unverified)
{
	return jws_get_kid(unverified->jws);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What follows `start`, of whatever case, at the beginning of `text`. */
static const char *
after_caseless(const char *text, const char *start)
{
	for (; *start; text++, start++)
		if (lower(*text) != lower(*start))
			return NULL;
	return text;
}

/* RFC 7515 4.1.9: a media type whose "application/" may be left out. */
static bool
typ_is(const char *typ, const char *wanted)
{
	const char *rest = after_caseless(typ, "application/");
	const char *wanted_rest = after_caseless(wanted, "application/");

	rest = after_caseless(
	    rest ? rest : typ, wanted_rest ? wanted_rest : wanted);
	return rest && !*rest;
}

static bool
typ_is_wanted(const char *typ, const struct jwt_rules *rules)
{
	if (rules->id_token_for)
		return !typ || typ_is(typ, "JWT");
	if (rules->typ)
		return typ && typ_is(typ, rules->typ);
	return !typ || typ_is(typ, "at+jwt") || typ_is(typ, "JWT");
}

/* Inline: it is asked some 200 times for a token. */
static inline bool
mark_is_on(const struct mark *mark, const cJSON *claim)
{
	return streq(claim->string, mark->name) &&
	       (!mark->value ||
		   streq_null(cJSON_GetStringValue(claim), mark->value));
}

/* Keycloak before 24 copies the nonce of the login into access tokens. Where
 * the issuer itself says that it is an access token, by the header (RFC
 * 9068 2.1) or by Keycloak's claim, whose ID tokens have "ID" there, a nonce is
 * no sign of the contrary; the other marks are. */
static bool
nonce_is_excused(const struct jwt_unverified *unverified)
{
	static const struct mark bearer = {"typ", "Bearer", NULL};
	const char *typ = jws_get_typ(unverified->jws);
	const cJSON *claim = json_find(unverified->claims, bearer.name);

	return (typ && typ_is(typ, "at+jwt")) ||
	       (claim && mark_is_on(&bearer, claim));
}

static bool
mark_counts(const struct mark *mark, const struct jwt_unverified *unverified,
    const struct jwt_rules *rules)
{
	if (rules->id_token_for)
		return !streq(mark->why, REASON_ID_TOKEN);
	return !streq(mark->name, "nonce") || !nonce_is_excused(unverified);
}

static int
check_kind(const struct jwt_unverified *unverified,
    const struct jwt_rules *rules, const char **ret_why)
{
	const char *typ = jws_get_typ(unverified->jws);
	const cJSON *claim;

	if (!typ_is_wanted(typ, rules))
		return refuse(ret_why, typ && typ_is(typ, "logout+jwt")
					   ? REASON_LOGOUT_TOKEN
					   : REASON_TYPE);
	cJSON_ArrayForEach (claim, unverified->claims) {
		for (size_t i = 0; i < MARKS; i++)
			if (mark_is_on(&marks[i], claim) &&
			    mark_counts(&marks[i], unverified, rules))
				return refuse(ret_why, marks[i].why);
		if (rules->id_token_for &&
		    mark_is_on(&access_token_mark, claim))
			return refuse(ret_why, access_token_mark.why);
	}
	return 1;
}

/* An ID token that is for others too was issued to the one in azp, and must
 * say so. */
static int
check_party(const cJSON *claims, const char *client, const char **ret_why)
{
	const cJSON *aud = json_find(claims, "aud");
	const cJSON *azp = json_find(claims, "azp");

	if (azp ? !streq_null(cJSON_GetStringValue(azp), client)
		: cJSON_IsArray(aud) && cJSON_GetArraySize(aud) > 1)
		return refuse(ret_why, REASON_AUDIENCE);
	return 1;
}

static int
check_claims(const struct jwt_unverified *unverified,
    const struct jwt_rules *rules, struct claims_times *ret_times,
    const char **ret_why)
{
	static const char *const required[] = {"sub", "iat", NULL};
	const char *const auds[] = {rules->id_token_for, NULL};
	struct claims_rules claims = rules->claims;
	int r = 1;

	if (rules->id_token_for) {
		claims.auds = auds;
		claims.required = required;
		r = check_party(
		    unverified->claims, rules->id_token_for, ret_why);
	}
	return r == 1 ? claims_match(
			    unverified->claims, &claims, ret_times, ret_why)
		      : r;
}

static int
jwt_take(struct jwt_unverified *unverified, const struct claims_times *times,
    struct jwt **ret_jwt)
{
	struct jwt *jwt = calloc(1, sizeof(*jwt));

	if (!jwt)
		return -ENOMEM;
	jwt->claims = TAKE(unverified->claims);
	jwt->times = *times;
	*ret_jwt = jwt;
	return 1;
}

int
jwt_verify(struct jwt_unverified *unverified, const struct jwt_rules *rules,
    struct jwt **ret_jwt, const char **ret_why)
{
	struct claims_times times;
	int r;

	if (!unverified->claims || rules->claims.is_introspected)
		return -EINVAL;
	r = jws_match(unverified->jws, rules->keys,
	    rules->algs ? rules->algs : UINT32_MAX, ret_why);
	if (r == 1)
		r = check_kind(unverified, rules, ret_why);
	if (r == 1)
		r = check_claims(unverified, rules, &times, ret_why);
	if (r != 1)
		return r;
	return jwt_take(unverified, &times, ret_jwt);
}

void
jwt_free(struct jwt *jwt)
{
	if (!jwt)
		return;
	cJSON_Delete(jwt->claims);
	free(jwt);
}

const cJSON *
jwt_get_claims(const struct jwt *jwt)
{
	return jwt->claims;
}

cJSON *
jwt_take_claims(struct jwt *jwt)
{
	return TAKE(jwt->claims);
}

int64_t
jwt_get_exp_unix_s(const struct jwt *jwt)
{
	return jwt->times.exp;
}
