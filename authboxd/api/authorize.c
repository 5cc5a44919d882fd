/*
 * Token.Authorize: may the bearer of this token use this service? What a login
 * through PAM would come to, in both of its stages, for a program that has the
 * token and needs no dialogue. Whoever may not ask PAM about the service may
 * not ask here, and each answer has its audit record.
 *
 * "No" is an error, never a member of a reply: a caller who forgets to look
 * lets nobody in.
 */
#include "api/authorize.h"

#include <errno.h>
#include <stdio.h>

#include "api/call.h"
#include "api/caller.h"
#include "api/presented.h"
#include "api/refusal.h"
#include "base/random.h"
#include "login/login.h"
#include "login/pending.h"
#include "login/policy_check.h"
#include "login/token_admission.h"
#include "notify/audit.h"

#define UNAUTHORIZED "io.authbox.Unauthorized"

struct authorization {
	struct varlink_call *call;
	const char *token, *introspector, *client_auth;
	const char *user; /* that it must be; NULL: any */
	struct presented presented;
	struct login_request request;
	struct login login;
};

/* ---- the parameters ---- */

/* 1; 0: the call is answered. */
static int
copy_text(struct varlink_call *call, const char *name, const char *text,
    char *ret_text, size_t size)
{
	if (!text)
		return 1;
	if (strlen(text) >= size)
		return call_refuse_parameter(call, name, "It is too long.");
	(void)stpcpy(ret_text, text); /* measured above */
	return 1;
}

/* 1; 0: the call is answered. */
static int
read_parameters(struct authorization *it)
{
	struct login_request *request = &it->request;
	struct {
		const char *name, *text;
		char *copy;
		size_t size;
	} texts[] = {
	    {"service", NULL, request->service, sizeof(request->service)},
	    {"rhost", NULL, request->rhost, sizeof(request->rhost)},
	    {"tty", NULL, request->tty, sizeof(request->tty)},
	    {"ruser", NULL, request->ruser, sizeof(request->ruser)},
	};
	const struct call_field fields[] = {{"token", true, .text = &it->token},
	    {"service", true, .text = &texts[0].text},
	    {"introspector", .text = &it->introspector},
	    {"clientAuth", .text = &it->client_auth},
	    {"user", .text = &it->user}, {"host", .text = &it->login.host},
	    {"rhost", .text = &texts[1].text}, {"tty", .text = &texts[2].text},
	    {"ruser", .text = &texts[3].text}, {0}};
	int r = call_read(it->call, fields);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && r > 0; i++)
		r = copy_text(it->call, texts[i].name, texts[i].text,
		    texts[i].copy, texts[i].size);
	if (r > 0 && !request->service[0])
		return call_refuse_parameter(
		    it->call, "service", "It must be given.");
	return r;
}

/* ---- who asks, about whom ---- */

/* As login/asker.h, by what the API knows of its caller. 1: it may; 0: a
 * verdict is reached. */
static int
check_asker(struct authorization *it, const struct client *client)
{
	struct login *login = &it->login;

	if (config_client_serves(client, it->request.service))
		login->client = client;
	else if (it->client_auth) {
		login_decide(login, VERDICT_FORBIDDEN, "client-service");
		return 0;
	}
	if (login->client || login->peer_uid == 0 || login_is_about_peer(login))
		return 1;
	login_decide(login, VERDICT_FORBIDDEN, "peer-not-allowed");
	return 0;
}

/* 1: the token is good, and `client` asks, NULL: none; 0: a verdict is reached,
 * or the call is answered; < 0. */
static int
check_presented(struct authorization *it, const struct client **ret_client)
{
	struct presented *presented = &it->presented;
	struct login *login = &it->login;
	int r;

	r = presented_check(presented, it->call, it->token, it->introspector);
	login->config = presented->config;
	if (r > 0) {
		token_admission_describe(login, it->token, &presented->verdict);
		r = caller_find_client(
		    it->call, login->config, it->client_auth, ret_client);
	}
	if (r > 0 && presented->why) {
		login_decide(login, VERDICT_DENY, presented->why);
		return 0;
	}
	return r;
}

/* 1; 0: a verdict is reached, or the call is answered; < 0. */
static int
check_user(struct authorization *it)
{
	const struct client *client = NULL;
	struct login *login = &it->login;
	int r;

	r = check_presented(it, &client);
	if (r <= 0)
		return r;
	(void)stpcpy(it->request.user, it->presented.user); /* same size */
	r = login_find_user(login);
	if (r > 0)
		r = check_asker(it, client);
	if (r <= 0)
		return r;
	/* A server lies to itself alone about where its users come from. */
	origin_read(it->request.rhost, login->peer_uid == 0 || login->client,
	    &login->origin);
	if (!it->user || streq(it->user, it->presented.user))
		return 1;
	login_decide(login, VERDICT_DENY, "token-other-user");
	return 0;
}

/* ---- the verdict ---- */

/* Both stages of a login: what one of them refuses is refused. 0: a verdict is
 * reached, or the call is answered; < 0. */
static int
decide(struct authorization *it)
{
	struct login *login = &it->login;
	struct policy_claims claims;
	const char *why;
	int r;

	r = check_user(it);
	if (r <= 0)
		return r;
	r = token_admission_check(login, &it->presented.verdict, &why);
	if (r > 0) {
		login_decide(login, VERDICT_DENY, why);
		return 0;
	}
	if (r < 0 || !login->pending)
		return r;
	claims = token_admission_claims_of_pending(login->pending);
	r = policy_check(login, POLICY_TOKEN_ACCOUNT, &claims);
	return r < 0 ? r : 0;
}

/* What answered the call instead: a failure, or a wrong secret. */
static void
take_answer(struct authorization *it)
{
	enum refusal refusal = it->presented.failure;

	if (refusal == REFUSAL_NONE &&
	    streq(it->call->error, VARLINK_ERROR_UNAVAILABLE))
		refusal = REFUSAL_NSS;
	if (refusal == REFUSAL_NONE)
		login_decide(&it->login, VERDICT_DENY, "client-secret");
	else
		login_decide(&it->login, refusal_get(refusal)->verdict,
		    refusal_get(refusal)->audit);
}

static void
audit(const struct authorization *it)
{
	const struct login *login = &it->login;
	char reference[AUDIT_REFERENCE_DIGITS + 1];

	(void)snprintf(reference, sizeof(reference), "%.*s",
	    AUDIT_REFERENCE_DIGITS, login->reference);
	audit_write(&(struct audit_record){
	    .event = "authorize",
	    .verdict = login->result.verdict,
	    .reason = login->result.reason,
	    .user = it->request.user[0] ? it->request.user : NULL,
	    .service = it->request.service,
	    .rhost = it->request.rhost,
	    .tty = it->request.tty,
	    .ruser = it->request.ruser,
	    .factor = "token",
	    .detail = login->result.detail[0] ? login->result.detail : NULL,
	    .reference = reference,
	    .peer_uid = login->peer_uid,
	});
}

/* ---- the answer ---- */

static int
put_reference(cJSON *object, const struct login *login)
{
	char reference[AUDIT_REFERENCE_DIGITS + 1];

	(void)snprintf(reference, sizeof(reference), "%.*s",
	    AUDIT_REFERENCE_DIGITS, login->reference);
	return call_put_text(object, "reference", reference);
}

static int
refuse(const struct authorization *it)
{
	const struct login_result *result = &it->login.result;
	const struct audit_reason *reason = audit_find_reason(result->reason);
	const char *error = result->verdict == VERDICT_DENY ? UNAUTHORIZED
			    : result->verdict == VERDICT_FORBIDDEN
				? VARLINK_ERROR_FORBIDDEN
				: VARLINK_ERROR_UNAVAILABLE;
	char message[256];

	(void)snprintf(message, sizeof(message),
	    "The token does not open this service: %s (reference %.*s).",
	    reason ? reason->meaning : result->reason, AUDIT_REFERENCE_DIGITS,
	    it->login.reference);
	return call_refuse(it->call, error, result->reason, message, 0);
}

static int
allow(const struct authorization *it)
{
	const struct token_verdict *verdict = &it->presented.verdict;
	const struct login *login = &it->login;
	cJSON *object = call_reply(it->call);
	int r;

	r = call_put_text(object, "user", it->request.user);
	if (r == 0)
		r = call_put_text(object, "policy", login->result.policy);
	if (r == 0)
		r = call_put_text(object, "reason", login->result.reason);
	if (r == 0 && login->client)
		r = call_put_text(object, "client", login->client->id);
	if (r == 0 && verdict->expires_unix_s != INT64_MAX)
		r = call_put_number(object, "expires", verdict->expires_unix_s);
	return r == 0 ? put_reference(object, login) : r;
}

static int
answer(const struct authorization *it)
{
	if (it->login.result.verdict == VERDICT_ALLOW)
		return allow(it);
	if (!it->call->error)
		(void)refuse(it); /* an error without its texts is one too */
	return put_reference(it->call->error_parameters, &it->login);
}

static int
run(struct authorization *it)
{
	int r;

	r = random_hex(it->login.reference, PAM_REFERENCE_BYTES);
	if (r == 0)
		r = decide(it);
	if (r < 0)
		r = presented_fail(
		    &it->presented, it->call, refusal_of_errno(r));
	if (it->call->error)
		take_answer(it);
	audit(it);
	return answer(it);
}

int
authorize_token(struct varlink_call *call)
{
	struct authorization it = {
	    .call = call,
	    .login = {.daemon = call->daemon,
		.request = &it.request,
		.peer_uid = call->peer_uid},
	};
	int r;

	r = read_parameters(&it);
	if (r > 0)
		r = run(&it);
	pending_login_free(it.login.pending);
	presented_done(&it.presented);
	return r;
}
