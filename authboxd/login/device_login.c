/*
 * sshd notices that its client has gone only when it sends something, which it
 * does at the next prompt. So a login from elsewhere is asked about twice and
 * then the person again, while one from this host, whose program's end closes
 * the socket, is asked about until something comes of it.
 */
#include "login/device_login.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "login/device_flows.h"
#include "login/device_origin.h"
#include "login/device_text.h"
#include "login/login.h"
#include "login/token_admission.h"
#include "login/trace.h"
#include "token/device_provider.h"
#include "token/tokens.h"
#include "wire/pause.h"
#include "wire/stream.h"

#define HOST_BYTES	 256
#define REMOTE_POLLS_MAX 2 /* between two prompts */
#define TYPED_MAX	 2 /* answers that are more than Enter */

struct flow {
	struct login *login;
	const struct token_introspector *introspector;
	uint64_t ticket; /* of device_flows.h */
	struct device_grant grant;
	struct device_poll poll;
	unsigned typed;
	char host[HOST_BYTES];
	struct device_text text;
};

static void
flow_free(struct flow *flow)
{
	if (!flow)
		return;
	device_grant_done(&flow->grant);
	free(flow);
}
CLEANUP_DEFINE(flow)

/* ---- what the person reads ---- */

static struct device_text_facts
facts_of(const struct flow *flow)
{
	const struct login *login = flow->login;
	const struct device_rules *rules = &login->auth_config->device;
	const struct device_grant *grant = &flow->grant;
	bool is_complete = rules->complete_uri && grant->complete_uri[0];

	return (struct device_text_facts){
	    .title = login->auth_config->theme_title,
	    .user = login->request->user,
	    .host = flow->host,
	    .service = login->request->service,
	    .from = login->origin.address[0] ? login->origin.address
					     : login->request->rhost,
	    .uri = grant->uri,
	    .user_code = grant->user_code,
	    .qr_uri = is_complete ? grant->complete_uri : grant->uri,
	    .qr = rules->qr,
	    .columns = PAM_BEGIN_COLUMNS_OF(login->request->flags),
	    .is_not_utf8 = login->request->flags & PAM_BEGIN_NOT_UTF8,
	};
}

static int
refuse(struct flow *flow, enum verdict verdict, const char *reason,
    const char *text)
{
	struct login_result *result = &flow->login->result;

	(void)snprintf(result->text, sizeof(result->text), "%s", text);
	login_decide(flow->login, verdict, reason);
	return 0;
}

/* `note` NULL: for the first time. 1: Enter; 0: a verdict; < 0. */
static int
ask_person(struct flow *flow, const char *note)
{
	__attribute__((
	    cleanup(dialogue_answer_done))) struct dialogue_answer answer = {0};
	struct dialogue *dialogue = &flow->login->dialogue;
	const char *prompt = flow->login->request->prompt;
	struct device_text_facts facts = facts_of(flow);
	struct dialogue_question question = {
	    .texts = flow->text.lines,
	    .prompt = prompt[0] ? prompt : "Press Enter when done: ",
	    .echo = true,
	};
	int r = 0;

	if (note)
		device_text_print_again(&facts, note, &flow->text);
	else
		r = device_text_print(&facts, &flow->text);
	if (r < 0)
		return r;
	if (flow->login->request->flags & PAM_BEGIN_SILENT)
		question.prompt =
		    device_text_join(&flow->text, question.prompt);
	question.text_count = flow->text.count;
	r = dialogue->ask(dialogue->context, &question, &answer);
	if (r < 0)
		return r;
	/* Where sshd asks by its password method, nobody has seen the code and
	 * the password answers every prompt. */
	flow->typed += answer.text->size > 0;
	if (answer.is_decoy || flow->typed >= TYPED_MAX)
		return refuse(flow, VERDICT_DENY, "no-answer",
		    "Nobody was there to approve this login.");
	return 1;
}

/* ---- asking the provider ---- */

/* Until it is time to ask. 1: it is; 0: it never will be; < 0. */
static int
wait_turn(struct flow *flow)
{
	struct busy_work *work = flow->login->work;
	int64_t at_ms;
	int r;

	if (!device_poll_next(&flow->poll, work->deadline_ms, &at_ms))
		return 0;
	r = pause_until(work->fd, at_ms);
	if (r < 0)
		return r;
	return device_flows_has(flow->login->daemon->device_flows, flow->ticket)
		   ? 1
		   : 0;
}

/* 1: *ret_answer is an end; 2: nothing yet; 0: it is too late; < 0. */
static int
ask_provider_once(struct flow *flow, struct device_answer *ret_answer)
{
	struct login *login = flow->login;
	int r = wait_turn(flow);

	if (r <= 0)
		return r;
	r = device_provider_ask(tokens_get_endpoints(login->daemon->tokens),
	    login->config, flow->introspector->identity_provider, &flow->grant,
	    login->work->deadline_ms, ret_answer);
	if (r < 0)
		return r;
	return device_poll_note(&flow->poll, ret_answer->event, stream_now_ms())
		   ? 2
		   : 1;
}

/* The same, until it is time to ask the person again. */
static int
ask_provider(struct flow *flow, struct device_answer *ret_answer)
{
	bool is_remote = flow->login->request->rhost[0];
	int r = 2;

	for (unsigned i = 0; r == 2 && !(is_remote && i == REMOTE_POLLS_MAX);
	     i++) {
		device_answer_done(ret_answer);
		r = ask_provider_once(flow, ret_answer);
	}
	return r;
}

/* ---- the token ---- */

static const char *
note_of(const char *why)
{
	if (streq(why, "token-other-user"))
		return "It was approved by somebody else than the user who "
		       "logs in.";
	return "What the provider says does not let you in.";
}

/* The identity that comes back must be the user who was asked for. */
static int
admit(struct flow *flow, const struct device_answer *answer)
{
	struct login *login = flow->login;
	struct tokens *tokens = login->daemon->tokens;
	int64_t deadline_ms = login->work->deadline_ms;
	struct token_verdict verdict = {0};
	const char *why;
	int r;

	r = answer->id_token
		? tokens_check_id_token(tokens, login->config,
		      flow->introspector, answer->id_token, deadline_ms,
		      &verdict)
		: tokens_check(tokens, login->config, flow->introspector->id,
		      answer->access_token, deadline_ms, &verdict);
	if (r < 0)
		return token_admission_fault(r);
	token_admission_describe(login,
	    answer->id_token ? answer->id_token->bytes
			     : answer->access_token->bytes,
	    &verdict);
	why = verdict.why;
	login->access_token = answer->access_token;
	r = verdict.is_active ? token_admission_check(login, &verdict, &why)
			      : 1;
	login->access_token = NULL;
	token_verdict_done(&verdict);
	if (r > 0)
		return refuse(flow, VERDICT_DENY, why, note_of(why));
	if (r == 0 && login->result.verdict == VERDICT_ALLOW) {
		device_origin_remember(login, login->pending);
		login_decide(login, VERDICT_ALLOW, "device-accepted");
	}
	return r;
}

/* What became of it. */
static int
conclude(struct flow *flow, const struct device_answer *answer)
{
	struct login *login = flow->login;

	switch (answer->event) {
	case DEVICE_APPROVED:
		return admit(flow, answer);
	case DEVICE_DENIED:
		return refuse(flow, VERDICT_DENY, "device-denied",
		    "The login was refused at the provider.");
	case DEVICE_EXPIRED:
		return refuse(flow, VERDICT_DENY, "device-expired",
		    "The code has expired; log in again.");
	default:
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail), "IdentityProvider/%s: %s",
		    flow->introspector->identity_provider->id, answer->why);
		login_decide(login, VERDICT_UNAVAILABLE, "device-refused");
		return 0;
	}
}

static int
give_up(struct flow *flow)
{
	if (!device_flows_has(flow->login->daemon->device_flows, flow->ticket))
		return refuse(flow, VERDICT_DENY, "device-busy",
		    "Too many logins are under way; a newer one has taken the "
		    "place of this one.");
	return refuse(flow, VERDICT_DENY, "device-expired",
	    "The login was not approved in time; log in again.");
}

/* ---- the whole ---- */

static int
begin(struct flow *flow)
{
	struct login *login = flow->login;
	const struct identity_provider *provider =
	    flow->introspector->identity_provider;
	const char *why = NULL;
	int r;

	if (gethostname(flow->host, sizeof(flow->host) - 1) < 0)
		(void)stpcpy(flow->host, "this host");
	r = device_provider_begin(tokens_get_endpoints(login->daemon->tokens),
	    login->config, provider, login->work->deadline_ms, &flow->grant,
	    &why);
	if (r < 0)
		return r == -ENOMEM ? r : -EHOSTUNREACH;
	if (r == 0) {
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail), "IdentityProvider/%s",
		    provider->id);
		login_decide(login, VERDICT_UNAVAILABLE, why);
		return 0;
	}
	device_poll_start(&flow->poll, flow->grant.interval_s,
	    flow->grant.life_s, stream_now_ms());
	return 1;
}

static int
run(struct flow *flow)
{
	__attribute__((
	    cleanup(device_answer_done))) struct device_answer answer = {0};
	const char *note = NULL;
	int r = begin(flow);

	if (r <= 0)
		return r;
	do {
		r = ask_person(flow, note);
		if (r <= 0)
			return r;
		r = ask_provider(flow, &answer);
		note = "Not approved yet.";
	} while (r == 2);
	if (r < 0)
		return r;
	return r > 0 ? conclude(flow, &answer) : give_up(flow);
}

/* 1: one may begin; 0: a verdict is reached. */
static int
check_rules(struct flow *flow)
{
	struct login *login = flow->login;
	const char *why;

	if (!login->auth_config->device.enabled) {
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail),
		    "AuthConfig/%s has no deviceLogin.enabled: true",
		    login->auth_config->id);
		login_decide(login, VERDICT_CONFIG, "device-off");
		return 0;
	}
	if (config_choose_device(login->config, login->request->introspector,
		&flow->introspector, &why) == 0) {
		login_decide(login, VERDICT_CONFIG, why);
		return 0;
	}
	/* Nobody would see the code. */
	if (login->request->flags & PAM_BEGIN_FIRST_PASS) {
		login_decide(login, VERDICT_DENY, "no-answer");
		return 0;
	}
	return 1;
}

/* 1: the provider may be asked for it; 0: a verdict is reached. */
static int
take_place(struct flow *flow)
{
	struct login *login = flow->login;
	struct device_origin origin;
	struct device_asker asker = {.user = login->request->user};
	const char *why;

	device_origin_read(login, &origin);
	asker.origin = origin.text;
	asker.is_known = origin.is_known;
	why = device_flows_enter(login->daemon->device_flows, &asker,
	    stream_now_ms(), &flow->ticket);
	trace_step(login, "as %s: %s",
	    asker.is_known ? "one who is known there" : "a stranger",
	    why ? why : "may begin");
	if (!why)
		return 1;
	return refuse(flow, VERDICT_UNAVAILABLE, why,
	    "Too many logins are under way. Try again in a minute.");
}

int
device_login(struct login *login)
{
	AUTO(flow) flow = calloc(1, sizeof(*flow));
	int r;

	if (!flow)
		return -ENOMEM;
	flow->login = login;
	r = check_rules(flow);
	if (r > 0)
		r = take_place(flow);
	if (r <= 0)
		return r;
	r = run(flow);
	device_flows_leave(login->daemon->device_flows, flow->ticket);
	return r;
}
