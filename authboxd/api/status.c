#include "api/status.h"

#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "base/clock.h"
#include "daemon.h"
#include "factor/clock_mark.h"
#include "net/troubles.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "token/tokens.h"
#include "wire/listener.h"
#include "wire/varlink_client.h"

#define HELPER_MS 1000 /* for a helper to say that it is there */

/* ---- Status ---- */

/* Root sees what is wrong; whoever cannot mend it sees that something is. */
static int
put_fault(struct varlink_call *call, const char *name, const char *fault)
{
	static const char hidden[] =
	    "It does not work; root sees why with authboxctl status.";

	return call_put_text(
	    call->reply, name, !fault || call->peer_uid == 0 ? fault : hidden);
}

static int
put_config(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	int64_t generation;
	int r;

	(void)pthread_mutex_lock(&daemon->config_lock);
	generation = daemon->config ? (int64_t)daemon->config->generation : 0;
	r = call_put_number(call->reply, "generation", generation);
	if (r == 0)
		r = put_fault(call, "config", daemon->config_fault);
	(void)pthread_mutex_unlock(&daemon->config_lock);
	return r;
}

/* A store that cannot say speaks for itself. */
static const char *
clock_fault(const struct daemon *daemon)
{
	return clock_mark_is_behind(daemon->store, clock_unix_s()) > 0
		   ? "The clock is behind the time that it had before, so "
		     "codes "
		     "and tokens are refused: set it; if it was wrong before, "
		     "authboxctl store accept-clock."
		   : NULL;
}

/* Whether a helper answers on its socket. */
static bool
is_there(const char *socket)
{
	struct varlink_client client = {.fd = -1};
	struct varlink_reply reply = {0};
	int r;

	r = varlink_client_connect(&client, socket);
	if (r == 0)
		r = varlink_client_call(&client, "org.varlink.service.GetInfo",
		    NULL, false, clock_monotonic_ms() + HELPER_MS, &reply);
	varlink_reply_done(&reply);
	varlink_client_done(&client);
	return r == 0;
}

static bool
makes_accounts(struct daemon *daemon)
{
	AUTO(config) config = NULL;

	return daemon_ref_config(daemon, &config) == 0 && config->provisioning;
}

static int
put_helpers(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	int r = 0;

	if (!is_there(daemon->fetch_socket))
		r = call_put_text(call->reply, "fetch",
		    "It does not answer, so no webhook, issuer or "
		    "provider can be asked: systemctl status authbox-fetch");
	if (r == 0 && makes_accounts(daemon) &&
	    !is_there(daemon->userdb_socket))
		r = call_put_text(call->reply, "userdb",
		    "It does not answer, so no account can be "
		    "made, though there is a userdb.yaml: systemctl status "
		    "authbox-userdb");
	return r;
}

static int
put_troubles(cJSON *array, struct troubles *troubles)
{
	struct trouble *list = calloc(TROUBLES_MAX, sizeof(*list));
	size_t count;
	int r = 0;

	if (!list)
		return -ENOMEM;
	count = troubles_list(troubles, clock_unix_s(), list);
	for (size_t i = 0; i < count && r == 0; i++) {
		cJSON *object = cJSON_CreateObject();

		if (!cJSON_AddItemToArray(array, object)) {
			cJSON_Delete(object);
			r = -ENOMEM;
			break;
		}
		r = call_put_text(object, "text", list[i].text);
		if (r == 0)
			r = call_put_number(
			    object, "since", list[i].since_unix_s);
		if (r == 0)
			r = call_put_number(
			    object, "last", list[i].last_unix_s);
	}
	free(list);
	return r;
}

/* What lies outside of this process. */
static int
put_others(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	cJSON *array;
	int r = put_helpers(call);

	if (r < 0)
		return r;
	array = cJSON_AddArrayToObject(call->reply, "troubles");
	if (!array)
		return -ENOMEM;
	if (daemon->tokens)
		r = put_troubles(array, tokens_get_troubles(daemon->tokens));
	return r < 0 ? r
		     : put_troubles(
			   array, webhooks_get_troubles(daemon->webhooks));
}

int
status_run(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	cJSON *object = call_reply(call);
	int r;

	r = call_put_text(object, "version", AUTHBOX_VERSION);
	if (r == 0)
		r = call_put_number(object, "started", daemon->started_unix_s);
	if (r == 0)
		r = put_fault(call, "store", store_fault(daemon->store));
	if (r == 0)
		r = put_config(call);
	if (r == 0)
		r = put_fault(call, "clock", clock_fault(daemon));
	return r < 0 || call->peer_uid != 0 ? r : put_others(call);
}

/* ---- Stats ---- */

static int
put_listener(
    cJSON *counters, struct listener *listener, const char *const names[4])
{
	struct listener_stats stats = {0};
	int r;

	if (listener)
		listener_stats(listener, &stats);
	r = call_put_number(counters, names[0], stats.threads);
	if (r == 0)
		r = call_put_number(counters, names[1], stats.connections);
	if (r == 0)
		r = call_put_number(
		    counters, names[2], (int64_t)stats.accepted);
	if (r == 0)
		r = call_put_number(counters, names[3], (int64_t)stats.refused);
	return r;
}

static int
put_counters(cJSON *counters, const struct daemon *daemon)
{
	static const char *const pam[] = {
	    "pam.threads", "pam.connections", "pam.accepted", "pam.refused"};
	static const char *const api[] = {
	    "api.threads", "api.connections", "api.accepted", "api.refused"};
	struct webhook_stats webhook = {0};
	struct tokens_stats token = {0};
	struct store_stats store = {0};
	int r = 0;

	store_stats(daemon->store, &store);
	webhooks_stats(daemon->webhooks, &webhook);
	if (daemon->tokens)
		tokens_stats(daemon->tokens, &token);
	const struct {
		const char *name;
		uint64_t number;
	} numbers[] = {
	    {"store.updates", store.updates},
	    {"store.commits", store.commits},
	    {"store.flushes", store.flushes},
	    {"store.reads", store.reads},
	    {"store.failures", store.failures},
	    {"store.batch_max", store.batch_max},
	    {"webhook.sent", webhook.sent},
	    {"webhook.failed", webhook.failed},
	    {"webhook.refused", webhook.refused},
	    {"webhook.waiting", webhook.waiting},
	    {"token.verified", token.verified},
	    {"token.refused", token.refused},
	    {"token.unreachable", token.unreachable},
	    {"token.fetches", token.fetches},
	    {"token.cache_hits", token.cache_hits},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (r == 0)
			r = call_put_number(counters, numbers[i].name,
			    (int64_t)numbers[i].number);
	if (r == 0)
		r = put_listener(counters, daemon->pam_listener, pam);
	if (r == 0)
		r = put_listener(counters, daemon->api_listener, api);
	return r;
}

int
status_run_stats(struct varlink_call *call)
{
	cJSON *counters = cJSON_AddObjectToObject(call_reply(call), "counters");

	return counters ? put_counters(counters, call->daemon) : -ENOMEM;
}
