/*
 * io.authbox.Policy: what would the policies say? Nobody is let in by that,
 * and it is root's alone: a verdict tells what a policy demands.
 */
#include "policy/policy.h"

#include <errno.h>
#include <unistd.h>

#include "api/call.h"
#include "api/methods.h"
#include "api/presented.h"
#include "api/refusal.h"
#include "base/clock.h"
#include "daemon.h"
#include "login/token_admission.h"
#include "users/nss.h"

#define HOST_BYTES 256
#define QUESTIONS  2

/* What is known of the login, as a program would know it. */
struct trial {
	struct varlink_call *call;
	const char *user, *service, *stage, *token;
	const char *rhost, *tty, *host, *client;
	const cJSON *claims; /* lent from the call */
	struct presented presented;
	char host_name[HOST_BYTES];
	struct nss_user nss;
	char **groups;
};

static int
refuse(struct varlink_call *call, enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);

	return call_refuse(
	    call, entry->error, entry->reason, entry->message, 0);
}

/* 1; 0: the call is answered. */
static int
read_trial(struct trial *trial)
{
	struct varlink_call *call = trial->call;
	const struct call_field fields[] = {
	    {"user", true, .text = &trial->user},
	    {"service", true, .text = &trial->service},
	    {"stage", .text = &trial->stage}, {"token", .text = &trial->token},
	    {"rhost", .text = &trial->rhost}, {"tty", .text = &trial->tty},
	    {"host", .text = &trial->host}, {"client", .text = &trial->client},
	    {0}};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	trial->claims = json_find(call->parameters, "claims");
	if (cJSON_IsNull(trial->claims))
		trial->claims = NULL;
	if (trial->claims && !cJSON_IsObject(trial->claims))
		return call_refuse_parameter(
		    call, "claims", "It has the wrong type.");
	if (trial->claims && trial->token)
		return call_refuse_parameter(
		    call, "claims", "Give them or a token, not both.");
	if (!user_name_is_valid(trial->user))
		return call_refuse_parameter(
		    call, "user", "That cannot be a user's name.");
	return 1;
}

/* The questions of a stage, one after the other; left out: those of a login by
 * token, which must be allowed both. 1; 0: the call is answered. */
static int
find_questions(
    const struct trial *trial, const enum policy_question **ret_questions)
{
	static const struct {
		const char *stage;
		enum policy_question questions[QUESTIONS];
	} stages[] = {{NULL, {POLICY_TOKEN_LOGIN, POLICY_TOKEN_ACCOUNT}},
	    {"login", {POLICY_TOKEN_LOGIN, POLICY_TOKEN_LOGIN}},
	    {"account", {POLICY_TOKEN_ACCOUNT, POLICY_TOKEN_ACCOUNT}},
	    {"other", {POLICY_OTHER_ACCOUNT, POLICY_OTHER_ACCOUNT}}};

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (trial->stage ? streq_null(trial->stage, stages[i].stage)
				 : !stages[i].stage) {
			*ret_questions = stages[i].questions;
			return 1;
		}
	return call_refuse_parameter(
	    trial->call, "stage", "It is login, account or other.");
}

/* The token's configuration is that of the trial. 1; 0: answered; < 0. */
static int
check_token(struct trial *trial)
{
	struct presented *presented = &trial->presented;
	int r;

	if (!trial->token) {
		r = daemon_ref_config(trial->call->daemon, &presented->config);
		return r < 0 ? refuse(trial->call, REFUSAL_CONFIG_INVALID) : 1;
	}
	r = presented_check(presented, trial->call, trial->token, NULL);
	if (r <= 0)
		return r;
	if (presented->why)
		return presented_refuse(trial->call, presented->why);
	if (!streq(presented->user, trial->user))
		return presented_refuse(trial->call, "token-other-user");
	return 1;
}

static int
put_finding(void *context, const struct policy_finding *finding)
{
	static const char *const answers[] = {
	    [POLICY_TRUE] = "true",
	    [POLICY_FALSE] = "false",
	    [POLICY_GAVE_UP] = "gave-up",
	    [POLICY_OTHER_STAGE] = "other-stage",
	    [POLICY_OTHER_LINK] = "other-link",
	    [POLICY_OTHER_ROLE] = "other-role",
	};
	cJSON *results = context;
	AUTO_JSON object = cJSON_CreateObject();

	if (call_put_text(object, "id", finding->policy->id) < 0 ||
	    call_put_text(object, "answer", answers[finding->answer]) < 0 ||
	    call_put_text(
		object, "path", *finding->path ? finding->path : NULL) < 0)
		return -ENOMEM;
	return cJSON_AddItemToArray(results, TAKE(object)) ? 0 : -ENOMEM;
}

/* What policies saw, but for the list of networks, which is long; and with no
 * policy about it, what would mend that. */
static int
put_help(cJSON *object, const struct policy_request *request,
    const struct policy_verdict *verdict)
{
	AUTO_JSON lent = policy_request_build(request);
	AUTO_TEXT sample = NULL;
	cJSON *copy;

	if (!lent)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(lent, "network");
	copy = json_tree_copy(lent);
	if (!copy || !cJSON_AddItemToObject(object, "request", copy)) {
		cJSON_Delete(copy);
		return -ENOMEM;
	}
	if (!streq(verdict->why, "no-policy"))
		return 0;
	sample = policy_sample(request, false);
	return sample ? call_put_text(object, "sample", sample) : -ENOMEM;
}

/* 1: it is allowed; 0: it is not; < 0. In both cases the call has its reply. */
static int
reply(struct trial *trial, const struct policy_request *request)
{
	static const char *const stages[] = {
	    [POLICY_TOKEN_LOGIN] = "login",
	    [POLICY_TOKEN_ACCOUNT] = "account",
	    [POLICY_OTHER_ACCOUNT] = "other",
	};
	cJSON *object = call_reply(trial->call);
	cJSON *results = cJSON_AddArrayToObject(object, "results");
	struct policy_verdict verdict;
	int r;

	if (!results)
		return -ENOMEM;
	r = policy_explain(request, put_finding, results, &verdict);
	if (r == 0)
		r = call_put_flag(object, "allowed", verdict.is_allowed);
	if (r == 0)
		r = call_put_text(object, "stage", stages[request->question]);
	if (r == 0)
		r = call_put_text(object, "reason", verdict.why);
	if (r == 0 && verdict.policy_id[0])
		r = call_put_text(object, "policy", verdict.policy_id);
	if (r == 0)
		r = put_help(object, request, &verdict);
	return r < 0 ? r : verdict.is_allowed;
}

/* As the login would fill it in, as far as it can be known without one. */
static struct policy_request
describe(const struct trial *trial)
{
	const struct token_verdict *verdict = &trial->presented.verdict;
	struct policy_claims claims =
	    token_admission_claims_of_verdict(verdict);

	return (struct policy_request){
	    .config = trial->presented.config,
	    .user = trial->user,
	    .service = trial->service,
	    .uid = trial->nss.name[0] ? (int64_t)trial->nss.uid : -1,
	    .groups = trial->groups,
	    .client_id = trial->client,
	    .remote_addr = trial->rhost,
	    .tty = trial->tty,
	    .host = trial->host ? trial->host : trial->host_name,
	    .jwt = trial->claims    ? trial->claims
		   : claims.are_jwt ? claims.claims
				    : NULL,
	    .token = claims.are_jwt ? NULL : claims.claims,
	    .session_by = claims.session_by,
	    .session_created_unix_s = claims.session_created_unix_s,
	    .now_unix_s = clock_unix_s(),
	};
}

/* 1; 0: the call is answered. */
static int
find_user(struct trial *trial)
{
	const struct daemon *daemon = trial->call->daemon;
	int r;

	if (gethostname(trial->host_name, HOST_BYTES - 1) < 0)
		trial->host_name[0] = '\0'; /* not known, and so absent */
	r = nss_find_user(daemon->nss, trial->user, &trial->nss);
	if (r > 0)
		r = nss_copy_group_names(
		    daemon->nss, &trial->nss, &trial->groups);
	return r < 0 ? refuse(trial->call, REFUSAL_NSS) : 1;
}

static int
ask(struct trial *trial)
{
	const enum policy_question *questions = NULL;
	struct policy_request request;
	int r;

	r = find_questions(trial, &questions);
	if (r > 0)
		r = find_user(trial);
	if (r <= 0)
		return r;
	request = describe(trial);
	request.question = questions[0];
	r = reply(trial, &request);
	if (r > 0 && questions[1] != questions[0]) {
		request.question = questions[1];
		r = reply(trial, &request);
	}
	return r < 0 ? r : 0;
}

static int
test(struct varlink_call *call)
{
	struct trial trial = {.call = call};
	int r;

	r = read_trial(&trial);
	if (r > 0)
		r = check_token(&trial);
	if (r > 0)
		r = ask(&trial);
	nss_group_names_free(trial.groups);
	presented_done(&trial.presented);
	return r;
}

static const char *const test_parameters[] = {"user", "service", "stage",
    "claims", "token", "rhost", "tty", "host", "client", NULL};

const struct varlink_method policy_methods[] = {
    {"io.authbox.Policy.Test", VARLINK_ROOT, test_parameters, test, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
