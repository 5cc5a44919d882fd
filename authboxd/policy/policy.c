/*
 * Which policies are asked, and what they say. Nothing here turns "no" into
 * "yes" (only $not does, inside a pattern), so that a policy that could not be
 * judged counts as false.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/request.h"

#define INDEX_BYTES_MAX 24

/* One question, put to one policy after the other. */
struct judge {
	const struct policy_request *request;
	cJSON *object;	   /* as policies see it; NULL before it is needed */
	const cJSON *seen; /* as the policy at hand sees it */
	bool has_networks;
	size_t steps; /* left for all */
	bool gave_up; /* the policy at hand */
	char path[POLICY_PATH_BYTES_MAX];
};

static bool
is_for_stage(enum policy_question question, enum policy_stage stage)
{
	switch (question) {
	case POLICY_TOKEN_LOGIN:
		return stage != POLICY_STAGE_ACCOUNT;
	case POLICY_TOKEN_ACCOUNT:
		return stage != POLICY_STAGE_LOGIN;
	case POLICY_OTHER_ACCOUNT:
		return stage == POLICY_STAGE_ACCOUNT;
	}
	return false;
}

static bool
is_linked(
    const struct policy_request *request, const struct access_policy *policy)
{
	const char *user_id = policy_request_get_user_id(request);

	for (size_t i = 0; i < policy->link_count; i++) {
		const struct policy_link *link = &policy->links[i];

		if (streq_null(link->id, link->kind == POLICY_LINK_USER
					     ? user_id
					     : request->client_id))
			return true;
	}
	return policy->link_count == 0;
}

/* 1, 0; -ENOMEM. So do all that ask. */
static int
ask_pattern(struct judge *judge, const struct matcho *matcho)
{
	size_t given =
	    judge->steps < MATCHO_STEPS_MAX ? judge->steps : MATCHO_STEPS_MAX;
	char path[MATCHO_PATH_BYTES_MAX] = "";
	size_t left = given;
	int r;

	r = matcho_match(matcho, judge->seen, &left, path);
	judge->steps -= given - left;
	judge->gave_up |= r == -E2BIG;
	(void)snprintf(judge->path, sizeof(judge->path), "%s", path);
	return r == -E2BIG ? 0 : r;
}

static int ask_node(struct judge *judge, const struct policy_node *node);

static int
ask_all(struct judge *judge, const struct policy_node *node)
{
	char inner[POLICY_PATH_BYTES_MAX];
	int r = 1;

	for (size_t i = 0; i < node->all_count && r > 0; i++) {
		r = ask_node(judge, &node->all[i]);
		if (r != 0)
			continue;
		(void)snprintf(inner, sizeof(inner), "%s", judge->path);
		(void)snprintf(judge->path, sizeof(judge->path),
		    "and.%zu%s%.*s", i, inner[0] ? "." : "",
		    (int)(sizeof(inner) - INDEX_BYTES_MAX - sizeof("and..")),
		    inner);
	}
	return r;
}

static int
ask_any(struct judge *judge, const struct policy_node *node)
{
	int r = 0;

	for (size_t i = 0; i < node->any_count && r == 0; i++)
		r = ask_node(judge, &node->any[i]);
	if (r == 0)
		(void)snprintf(judge->path, sizeof(judge->path), "or");
	return r;
}

/* As deep as POLICY_DEPTH_MAX says. */
static int
ask_node(struct judge *judge, const struct policy_node *node)
{
	switch (node->engine) {
	case POLICY_ALLOW:
		return 1;
	case POLICY_MATCHO:
		return ask_pattern(judge, node->matcho);
	case POLICY_COMPLEX:
		return node->all_count > 0 ? ask_all(judge, node)
					   : ask_any(judge, node);
	case POLICY_NONE:
		break;
	}
	(void)snprintf(judge->path, sizeof(judge->path), "engine");
	return 0;
}

static bool
mentions(const struct policy_node *node, const char *member)
{
	if (node->engine == POLICY_MATCHO)
		return matcho_mentions(node->matcho, member);
	for (size_t i = 0; i < node->all_count; i++)
		if (mentions(&node->all[i], member))
			return true;
	for (size_t i = 0; i < node->any_count; i++)
		if (mentions(&node->any[i], member))
			return true;
	return false;
}

bool
policy_mentions(const struct policy_request *request, const char *member)
{
	const struct config *config = request->config;

	for (size_t i = 0; i < config->policy_count; i++)
		if (is_for_stage(
			request->question, config->policies[i].stage) &&
		    mentions(&config->policies[i].rule, member))
			return true;
	return false;
}

/* Put together what the policy at hand asks for. */
static int
need_object(struct judge *judge, const struct access_policy *policy)
{
	if (!judge->object)
		judge->object = policy_request_build_first(judge->request);
	if (!judge->object)
		return -ENOMEM;
	if (!judge->has_networks && mentions(&policy->rule, "network")) {
		if (!policy_request_add_networks(judge->object, judge->request))
			return -ENOMEM;
		judge->has_networks = true;
	}
	judge->seen = judge->object;
	return 0;
}

/* A policy for a role is asked once for each Role of that name that the user
 * has, which it sees as `role`. */
static int
ask_roles(struct judge *judge, const struct access_policy *policy,
    enum policy_answer *ret_answer)
{
	const struct config *config = judge->request->config;
	const char *user_id = policy_request_get_user_id(judge->request);
	int r = 0;

	*ret_answer = POLICY_OTHER_ROLE;
	for (size_t i = 0; i < config->role_count && r == 0; i++) {
		const struct role *role = &config->roles[i];
		AUTO_JSON seen = NULL;

		if (!streq_null(role->user_id, user_id) ||
		    !streq_null(role->name, policy->role_name))
			continue;
		seen = policy_request_with_role(judge->object, role);
		if (!seen)
			return -ENOMEM;
		judge->seen = seen;
		r = ask_node(judge, &policy->rule);
		*ret_answer = r > 0 ? POLICY_TRUE : POLICY_FALSE;
	}
	return r;
}

static int
ask_policy(struct judge *judge, const struct access_policy *policy,
    enum policy_answer *ret_answer)
{
	int r;

	judge->gave_up = false;
	judge->path[0] = '\0';
	*ret_answer = POLICY_OTHER_STAGE;
	if (!is_for_stage(judge->request->question, policy->stage))
		return 0;
	*ret_answer = POLICY_OTHER_LINK;
	if (!is_linked(judge->request, policy))
		return 0;

	r = need_object(judge, policy);
	if (r == 0 && policy->role_name)
		r = ask_roles(judge, policy, ret_answer);
	else if (r == 0) {
		r = ask_node(judge, &policy->rule);
		*ret_answer = r > 0 ? POLICY_TRUE : POLICY_FALSE;
	}
	if (*ret_answer == POLICY_FALSE && judge->gave_up)
		*ret_answer = POLICY_GAVE_UP;
	return r < 0 ? r : 0;
}

/* What the answers come to, as far as they are heard. */
static void
hear(struct policy_verdict *verdict, const struct policy_finding *finding)
{
	const struct access_policy *policy = finding->policy;
	enum policy_answer answer = finding->answer;

	if (verdict->is_allowed)
		return;
	if (answer == POLICY_FALSE && verdict->denied_count++ == 0) {
		(void)snprintf(verdict->denied_id, sizeof(verdict->denied_id),
		    "%s", policy->id);
		(void)snprintf(verdict->denied_path,
		    sizeof(verdict->denied_path), "%s", finding->path);
	}
	if (answer == POLICY_TRUE) {
		verdict->is_allowed = true;
		verdict->why = "policy-allowed";
		(void)snprintf(verdict->policy_id, sizeof(verdict->policy_id),
		    "%s", policy->id);
	} else if (answer == POLICY_GAVE_UP)
		verdict->why = "policy-gave-up";
	else if (answer == POLICY_FALSE && streq(verdict->why, "no-policy"))
		verdict->why = "policy-denied";
}

/* `each` may be NULL: then the first policy that is true ends it. */
static int
go_through(struct judge *judge,
    int (*each)(void *context, const struct policy_finding *finding),
    void *context, struct policy_verdict *verdict)
{
	const struct config *config = judge->request->config;
	int r = 0;

	for (size_t i = 0; i < config->policy_count && r == 0; i++) {
		struct policy_finding finding = {
		    .policy = &config->policies[i]};

		r = ask_policy(judge, finding.policy, &finding.answer);
		if (r < 0)
			break;
		if (finding.answer == POLICY_FALSE)
			(void)snprintf(finding.path, sizeof(finding.path), "%s",
			    judge->path);
		hear(verdict, &finding);
		if (!each && verdict->is_allowed)
			break;
		r = each ? each(context, &finding) : 0;
	}
	return r;
}

/* Nobody is locked out of logins that no policy is about. */
static bool
is_asked(const struct policy_request *request)
{
	if (request->question != POLICY_OTHER_ACCOUNT)
		return true;
	for (size_t i = 0; i < request->config->policy_count; i++)
		if (request->config->policies[i].stage == POLICY_STAGE_ACCOUNT)
			return true;
	return false;
}

int
policy_explain(const struct policy_request *request,
    int (*each)(void *context, const struct policy_finding *finding),
    void *context, struct policy_verdict *ret_verdict)
{
	struct judge judge = {.request = request, .steps = POLICY_STEPS_MAX};
	struct policy_verdict verdict = {.why = "no-policy"};
	int r;

	if (!is_asked(request))
		verdict = (struct policy_verdict){
		    .is_allowed = true, .why = "policy-not-asked"};
	r = go_through(&judge, each, context, &verdict);
	cJSON_Delete(judge.object);
	if (r == 0)
		*ret_verdict = verdict;
	return r;
}

int
policy_decide(
    const struct policy_request *request, struct policy_verdict *ret_verdict)
{
	return policy_explain(request, NULL, NULL, ret_verdict);
}

/* In YAML between double quotes: what would need an escape is left to people.
 */
static const char *
quotable(const char *text, const char *otherwise)
{
	if (!text || !*text || strpbrk(text, "\"\\") ||
	    !text_is_printable(text, strlen(text)))
		return otherwise;
	return text;
}

/* Whatever asks calls itself so, and in a line of the log it would be read as a
 * part of that. */
static const char *
quotable_service(const char *text)
{
	return quotable(text && !strpbrk(text, " ()") ? text : NULL, "SERVICE");
}

char *
policy_sample(const struct policy_request *request, bool in_one_line)
{
	const char *service = quotable_service(request->service);
	const char *user =
	    quotable(policy_request_get_user_id(request), "USER");
	bool in_account = request->question == POLICY_OTHER_ACCOUNT;
	char *text;
	int size;

	if (in_one_line)
		size = asprintf(&text,
		    "{resourceType: AccessPolicy, id: first-policy, %s"
		    "engine: matcho, matcho: {service: \"%s\", user: "
		    "{id: \"%s\"}}}",
		    in_account ? "stage: account, " : "", service, user);
	else
		size = asprintf(&text,
		    "resourceType: AccessPolicy\n"
		    "id: first-policy\n"
		    "%s"
		    "engine: matcho\n"
		    "matcho:\n"
		    "  service: \"%s\"\n"
		    "  user: {id: \"%s\"}\n",
		    in_account ? "stage: account\n" : "", service, user);
	return size < 0 ? NULL : text;
}
