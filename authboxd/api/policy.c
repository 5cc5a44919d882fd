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
#include "users/nss.h"

#define HOST_BYTES 256

struct trial {
	struct varlink_call *call;
	const char *user, *service, *stage, *token;
	const cJSON *claims; /* lent from the call */
	struct presented presented;
	cJSON *results;
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

/* 1; 0: the call is answered. */
static int
find_question(const struct trial *trial, enum policy_question *ret_question)
{
	static const struct {
		const char *stage;
		enum policy_question question;
	} stages[] = {{"login", POLICY_TOKEN_LOGIN},
	    {"account", POLICY_TOKEN_ACCOUNT}, {"other", POLICY_OTHER_ACCOUNT}};
	const char *stage = trial->stage ? trial->stage : stages[0].stage;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (streq(stage, stages[i].stage)) {
			*ret_question = stages[i].question;
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
		return presented_refuse(trial->call, "other-user");
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
	struct trial *trial = context;
	AUTO_JSON object = cJSON_CreateObject();

	if (call_put_text(object, "id", finding->policy->id) < 0 ||
	    call_put_text(object, "answer", answers[finding->answer]) < 0 ||
	    call_put_text(
		object, "path", *finding->path ? finding->path : NULL) < 0)
		return -ENOMEM;
	return cJSON_AddItemToArray(trial->results, TAKE(object)) ? 0 : -ENOMEM;
}

static int
reply(struct trial *trial, const struct policy_request *request)
{
	cJSON *object = call_reply(trial->call);
	struct policy_verdict verdict;
	int r;

	trial->results = cJSON_AddArrayToObject(object, "results");
	if (!trial->results)
		return -ENOMEM;
	r = policy_explain(request, put_finding, trial, &verdict);
	if (r == 0)
		r = call_put_flag(object, "allowed", verdict.is_allowed);
	if (r == 0)
		r = call_put_text(object, "reason", verdict.why);
	if (r == 0 && verdict.policy_id[0])
		r = call_put_text(object, "policy", verdict.policy_id);
	return r;
}

/* As the login would fill it in, as far as it can be known without one. */
static int
ask(struct trial *trial)
{
	const struct daemon *daemon = trial->call->daemon;
	const struct token_verdict *verdict = &trial->presented.verdict;
	bool is_jwt = verdict->type == INTROSPECTOR_JWT;
	char host[HOST_BYTES] = "";
	struct policy_request request = {
	    .config = trial->presented.config,
	    .user = trial->user,
	    .service = trial->service,
	    .uid = -1,
	    .host = host,
	    .jwt = trial->claims ? trial->claims
		   : is_jwt	 ? verdict->claims
				 : NULL,
	    .token = is_jwt ? NULL : verdict->claims,
	    .now_unix_s = clock_unix_s(),
	};
	char **groups = NULL;
	struct nss_user user;
	int r;

	r = find_question(trial, &request.question);
	if (r <= 0)
		return r;
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0'; /* not known, and so absent */
	r = nss_find_user(daemon->nss, trial->user, &user);
	if (r > 0) {
		request.uid = user.uid;
		r = nss_copy_group_names(daemon->nss, &user, &groups);
	}
	if (r < 0)
		return refuse(trial->call, REFUSAL_NSS);
	request.groups = groups;
	r = reply(trial, &request);
	nss_group_names_free(groups);
	return r;
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
	presented_done(&trial.presented);
	return r;
}

static const char *const test_parameters[] = {
    "user", "service", "stage", "claims", "token", NULL};

const struct varlink_method policy_methods[] = {
    {"io.authbox.Policy.Test", VARLINK_ROOT, test_parameters, test, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
