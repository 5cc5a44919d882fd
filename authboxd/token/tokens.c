/*
 * A token's way: one of ours is looked up here and goes nowhere else; any other
 * is given to one introspector, chosen before anything is asked; a JWT meets
 * keys, an opaque token its issuer's endpoint.
 */
#include "token/tokens.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "jose/jws.h"
#include "jose/reason.h"
#include "token/choose.h"
#include "token/identity.h"
#include "token/jwks_sources.h"
#include "token/jwt_check.h"
#include "token/opaque.h"
#include "token/renewer.h"
#include "token/owner.h"
#include "token/session.h"
#include "token/userinfo.h"
#include "users/subject.h"

struct tokens {
	struct store *store;
	struct issuer_client *client;
	struct renewer *renewer;
	struct endpoints *endpoints;
	struct opaque *opaque;
	struct jwks_sources *sources;
	struct tokens_stats stats; /* atomic each */
};

static void
count(uint64_t *number)
{
	(void)__atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

struct tokens *
tokens_new(struct store *store, const char *fetch_socket)
{
	AUTO(tokens) tokens = calloc(1, sizeof(*tokens));

	if (!tokens)
		return NULL;
	tokens->store = store;
	tokens->client = issuer_client_new(fetch_socket);
	tokens->renewer = renewer_new();
	if (!tokens->client || !tokens->renewer)
		return NULL;
	tokens->endpoints =
	    endpoints_new(store, tokens->client, tokens->renewer);
	if (!tokens->endpoints)
		return NULL;
	tokens->opaque = opaque_new(tokens->endpoints);
	tokens->sources = jwks_sources_new(
	    store, tokens->client, tokens->endpoints, tokens->renewer);
	if (!tokens->opaque || !tokens->sources)
		return NULL;
	return TAKE(tokens);
}

void
tokens_free(struct tokens *tokens)
{
	if (!tokens)
		return;
	/* First, since it uses the others. */
	renewer_free(tokens->renewer);
	jwks_sources_free(tokens->sources);
	opaque_free(tokens->opaque);
	endpoints_free(tokens->endpoints);
	issuer_client_free(tokens->client);
	free(tokens);
}

struct endpoints *
tokens_get_endpoints(struct tokens *tokens)
{
	return tokens->endpoints;
}

void
token_verdict_done(struct token_verdict *verdict)
{
	cJSON_Delete(verdict->claims);
	*verdict = (struct token_verdict){0};
}

/* ---- one of ours ---- */

static const char *
check_session(const struct config *config, const char *wanted,
    const struct session *session, int64_t now_unix_s)
{
	const struct token_introspector *introspector;

	/* Where one issuer's tokens are wanted, so are sessions from them. */
	if (wanted && *wanted && !streq(wanted, session->introspector))
		return REASON_ISSUER;
	if (!*session->introspector)
		return NULL;
	introspector = config_find_introspector(config, session->introspector);
	if (!introspector)
		return "introspector-unknown";
	if (!introspector->active)
		return "introspector-inactive";
	return jwt_check_age(introspector, session->claims, now_unix_s);
}

static int
judge_session(struct tokens *tokens, const struct config *config,
    const char *wanted, const char *token, struct token_verdict *verdict)
{
	int64_t now_unix_s = clock_unix_s();
	struct session session = {0};
	int r = session_find(tokens->store, token, now_unix_s, &session);

	verdict->is_session = true;
	verdict->why = "session-unknown";
	if (r <= 0)
		return r;
	verdict->why = check_session(config, wanted, &session, now_unix_s);
	verdict->is_active = !verdict->why;
	if (verdict->is_active) {
		(void)stpcpy(verdict->introspector, session.introspector);
		(void)stpcpy(verdict->session_user, session.user);
		(void)stpcpy(verdict->session_id, session.id); /* all fit */
		verdict->session_uid = session.uid;
		verdict->session_created_unix_s = session.created_unix_s;
		verdict->type = session.type;
		verdict->expires_unix_s = session.expires_unix_s;
		verdict->claims = TAKE(session.claims);
	}
	session_done(&session);
	return 0;
}

/* ---- an issuer's ---- */

static int
judge_jwt(struct tokens *tokens, struct config *config,
    const struct jwt_question *question, int64_t deadline_ms,
    struct token_verdict *verdict)
{
	AUTO(jwt) jwt = NULL;
	int64_t now_unix_s = clock_unix_s();
	int r;

	r = jwks_sources_check(tokens->sources, config, question, deadline_ms,
	    &jwt, &verdict->why);
	if (r <= 0)
		return r;
	verdict->why = jwt_check_age(
	    question->introspector, jwt_get_claims(jwt), now_unix_s);
	if (verdict->why)
		return 0;
	verdict->expires_unix_s = jwt_get_exp_unix_s(jwt);
	verdict->claims = jwt_take_claims(jwt);
	verdict->is_active = true;
	return 0;
}

static int
judge_opaque(struct tokens *tokens, struct config *config,
    const struct token_introspector *introspector, const char *token,
    int64_t deadline_ms, struct token_verdict *verdict)
{
	struct introspection introspection = {0};
	bool remembered = false;
	int r;

	r = opaque_check(tokens->opaque, config, introspector, token,
	    deadline_ms, &introspection, &remembered);
	if (remembered)
		count(&tokens->stats.cache_hits);
	if (r < 0)
		return r;
	verdict->why = introspection.why;
	if (!verdict->why)
		verdict->why = jwt_check_age(
		    introspector, introspection.answer, clock_unix_s());
	verdict->is_active = !verdict->why;
	if (verdict->is_active) {
		verdict->claims = TAKE(introspection.answer);
		verdict->expires_unix_s = introspection.expires_unix_s;
	}
	introspection_done(&introspection);
	return 0;
}

static int
judge_issued(struct tokens *tokens, struct config *config, const char *wanted,
    const struct secret *token, int64_t deadline_ms,
    struct token_verdict *verdict)
{
	const struct token_introspector *introspector;
	AUTO(jwt_unverified) unverified = NULL;
	const char *why = NULL, *issuer = NULL;
	int r;

	r = jwt_unverified_parse(token->bytes, token->size, &unverified, &why);
	if (r < 0)
		return r;
	if (r > 0)
		issuer = jwt_unverified_get_iss(unverified);
	if (choose_introspector(config, wanted, token->bytes, r > 0, issuer,
		&introspector, &verdict->why) == 0) {
		/* What was wrong with a JWT says more than that it is none. */
		if (r == 0 && streq(verdict->why, REASON_MALFORMED))
			verdict->why = why;
		return 0;
	}
	(void)stpcpy(verdict->introspector, introspector->id); /* valid */
	verdict->type = introspector->type;
	if (introspector->type == INTROSPECTOR_JWT) {
		struct jwt_question question = {unverified, introspector, NULL};

		return judge_jwt(
		    tokens, config, &question, deadline_ms, verdict);
	}
	return judge_opaque(
	    tokens, config, introspector, token->bytes, deadline_ms, verdict);
}

/* One that only the provider's own client can have got. */
static int
judge_id_token(struct tokens *tokens, struct config *config,
    const struct token_introspector *introspector, const struct secret *token,
    int64_t deadline_ms, struct token_verdict *verdict)
{
	AUTO(jwt_unverified) unverified = NULL;
	struct jwt_question question = {
	    .introspector = introspector,
	    .id_token_for = introspector->identity_provider->client.id,
	};
	int r;

	r = jwt_unverified_parse(
	    token->bytes, token->size, &unverified, &verdict->why);
	if (r <= 0)
		return r;
	(void)stpcpy(verdict->introspector, introspector->id); /* valid */
	verdict->type = INTROSPECTOR_JWT;
	question.unverified = unverified;
	return judge_jwt(tokens, config, &question, deadline_ms, verdict);
}

/* ---- the front ---- */

/* A text that may be a token; else verdict->why. */
static bool
may_be_token(const struct secret *token, struct token_verdict *verdict)
{
	if (strlen(token->bytes) != token->size || token->size == 0)
		verdict->why = REASON_MALFORMED;
	else if (token->size > JWS_BYTES_MAX)
		verdict->why = REASON_TOO_LONG;
	return !verdict->why;
}

static int
judge(struct tokens *tokens, struct config *config, const char *wanted,
    const struct secret *token, int64_t deadline_ms,
    struct token_verdict *verdict)
{
	if (!may_be_token(token, verdict))
		return 0;
	if (session_has_prefix(token->bytes))
		return judge_session(
		    tokens, config, wanted, token->bytes, verdict);
	return judge_issued(
	    tokens, config, wanted, token, deadline_ms, verdict);
}

/* What judging came to: `r` >= 0, or a failure. */
static int
finish(struct tokens *tokens, int r, struct token_verdict *verdict,
    struct token_verdict *ret_verdict)
{
	if (r < 0) {
		count(&tokens->stats.unreachable);
		token_verdict_done(verdict);
		return r;
	}
	count(verdict->is_active ? &tokens->stats.verified
				 : &tokens->stats.refused);
	*ret_verdict = *verdict;
	return 0;
}

int
tokens_check(struct tokens *tokens, struct config *config,
    const char *introspector, const struct secret *token, int64_t deadline_ms,
    struct token_verdict *ret_verdict)
{
	struct token_verdict verdict = {.session_uid = SESSION_NO_UID};
	int r;

	r = judge(tokens, config, introspector, token, deadline_ms, &verdict);
	return finish(tokens, r, &verdict, ret_verdict);
}

int
tokens_check_id_token(struct tokens *tokens, struct config *config,
    const struct token_introspector *introspector, const struct secret *token,
    int64_t deadline_ms, struct token_verdict *ret_verdict)
{
	struct token_verdict verdict = {.session_uid = SESSION_NO_UID};
	int r = 0;

	if (may_be_token(token, &verdict))
		r = judge_id_token(
		    tokens, config, introspector, token, deadline_ms, &verdict);
	return finish(tokens, r, &verdict, ret_verdict);
}

/* ---- whose it is ---- */

int
tokens_get_subject(const struct config *config,
    const struct token_verdict *verdict, const char **ret_issuer,
    const char **ret_subject)
{
	const struct token_introspector *introspector =
	    config_find_introspector(config, verdict->introspector);
	const char *issuer =
	    introspector ? identity_get_issuer(introspector) : NULL;

	/* A claim that is there in another shape than a text: nobody's. */
	if (!verdict->is_active || !issuer ||
	    json_find_text(verdict->claims, "box_user", ret_subject) < 0 ||
	    json_find_text(verdict->claims, "sub", ret_subject) <= 0 ||
	    !subject_is_valid(issuer) || !subject_is_valid(*ret_subject))
		return 0;
	*ret_issuer = issuer;
	return 1;
}

int
tokens_find_user(struct tokens *tokens, const struct config *config,
    const struct token_verdict *verdict, struct token_user *ret_user,
    const char **ret_why)
{
	return owner_find(tokens->store, config, verdict, ret_user, ret_why);
}

int
tokens_find_info(struct tokens *tokens, struct config *config,
    const struct token_verdict *verdict, const struct secret *token,
    int64_t deadline_ms, cJSON **ret_info, const char **ret_why)
{
	const struct token_introspector *introspector =
	    config_find_introspector(config, verdict->introspector);
	const struct identity_provider *provider =
	    introspector ? introspector->identity_provider : NULL;
	const char *issuer, *subject;

	*ret_why = "token-no-user";
	if (!provider || verdict->is_session ||
	    verdict->type != INTROSPECTOR_JWT ||
	    tokens_get_subject(config, verdict, &issuer, &subject) <= 0)
		return 0;
	if (provider->userinfo_source == USERINFO_ID_TOKEN)
		return userinfo_of_claims(
		    verdict->claims, subject, ret_info, ret_why);
	if (!token)
		return -EDESTADDRREQ;
	return userinfo_ask(tokens->endpoints, config, introspector, token,
	    subject, deadline_ms, ret_info, ret_why);
}

struct troubles *
tokens_get_troubles(struct tokens *tokens)
{
	return issuer_client_get_troubles(tokens->client);
}

void
tokens_stats(struct tokens *tokens, struct tokens_stats *ret_stats)
{
	const struct tokens_stats *stats = &tokens->stats;

	*ret_stats = (struct tokens_stats){
	    .verified = __atomic_load_n(&stats->verified, __ATOMIC_RELAXED),
	    .refused = __atomic_load_n(&stats->refused, __ATOMIC_RELAXED),
	    .unreachable =
		__atomic_load_n(&stats->unreachable, __ATOMIC_RELAXED),
	    .fetches = jwks_sources_get_fetches(tokens->sources),
	    .cache_hits = __atomic_load_n(&stats->cache_hits, __ATOMIC_RELAXED),
	};
}
