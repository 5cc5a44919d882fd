/* io.authbox.Daemon: the daemon itself, its configuration and its counters. */
#include <errno.h>
#include <stdlib.h>

#include "api/call.h"
#include "api/methods.h"
#include "daemon.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "wire/listener.h"

/* ---- Reload, ConfigCheck ---- */

/* An array of the report's errors, or of its notes. */
static int
put_messages(cJSON *object, const char *name,
    const struct config_report *report, bool errors)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; i < report->count && r == 0; i++)
		if (report->messages[i].is_error == errors)
			r = call_append_text(array, report->messages[i].text);
	return r;
}

static int
reply_reload(struct varlink_call *call, const struct config_report *report)
{
	struct config *config;
	int64_t generation;
	int r;

	r = daemon_ref_config(call->daemon, &config);
	if (r < 0)
		return r;
	generation = (int64_t)config->generation;
	config_unref(config);

	r = call_put_number(call_reply(call), "generation", generation);
	return r < 0 ? r : put_messages(call->reply, "notes", report, false);
}

static int
reload(struct varlink_call *call)
{
	struct config_report report = {0};
	int r;

	r = daemon_reload(call->daemon, &report);
	if (r == 0) {
		r = reply_reload(call, &report);
	} else if (report.error_count > 0) {
		(void)call_refuse(call, "io.authbox.InvalidConfig",
		    "config_invalid", NULL, 0);
		r = put_messages(
		    call->error_parameters, "messages", &report, true);
	}
	config_report_done(&report);
	return r;
}

static int
config_check(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	struct config_report report = {0};
	struct config *config = NULL;
	int r;

	r = config_load(daemon->config_dir, &config, &report);
	if (r == 0 || report.error_count > 0) {
		r = put_messages(call_reply(call), "errors", &report, true);
		if (r == 0)
			r = put_messages(call->reply, "notes", &report, false);
	}
	config_unref(config);
	config_report_done(&report);
	return r;
}

/* ---- Status, Stats ---- */

/* Root sees what is wrong; whoever cannot mend it sees that something is. */
static int
put_fault(cJSON *object, const char *name, const char *fault, bool is_root)
{
	static const char hidden[] =
	    "It does not work; root sees why with authboxctl status.";

	return call_put_text(object, name, !fault || is_root ? fault : hidden);
}

static int
put_config(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	bool is_root = call->peer_uid == 0;
	int64_t generation;
	int r;

	(void)pthread_mutex_lock(&daemon->config_lock);
	generation = daemon->config ? (int64_t)daemon->config->generation : 0;
	r = call_put_number(call->reply, "generation", generation);
	if (r == 0)
		r = put_fault(
		    call->reply, "config", daemon->config_fault, is_root);
	(void)pthread_mutex_unlock(&daemon->config_lock);
	return r;
}

static int
status(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	cJSON *object = call_reply(call);
	int r;

	r = call_put_text(object, "version", AUTHBOX_VERSION);
	if (r == 0)
		r = call_put_number(object, "started", daemon->started_unix_s);
	if (r == 0)
		r = put_fault(object, "store", store_fault(daemon->store),
		    call->peer_uid == 0);
	return r < 0 ? r : put_config(call);
}

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
	struct store_stats store = {0};
	int r = 0;

	store_stats(daemon->store, &store);
	webhooks_stats(daemon->webhooks, &webhook);
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

static int
stats(struct varlink_call *call)
{
	cJSON *counters = cJSON_AddObjectToObject(call_reply(call), "counters");

	return counters ? put_counters(counters, call->daemon) : -ENOMEM;
}

/* ---- ConfigExplain ---- */

static int
config_explain_kind(struct varlink_call *call)
{
	const char *kind = NULL;
	bool as_json = false;
	const struct call_field fields[] = {
	    {"kind", .text = &kind}, {"json", .flag = &as_json}, {0}};
	AUTO_TEXT text = NULL;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	text = config_explain(kind, as_json);
	if (!text && kind)
		return call_refuse(call, "io.authbox.Daemon.UnknownKind",
		    "unknown_kind",
		    "There is no such kind of resource. authboxctl config "
		    "explain, without a kind, lists them.",
		    0);
	if (!text)
		return -ENOMEM;
	return call_put_text(call_reply(call), "text", text);
}

/* ---- the table ---- */

static const char *const explain_parameters[] = {"kind", "json", NULL};

const struct varlink_method daemon_methods[] = {
    {"io.authbox.Daemon.Reload", VARLINK_ROOT, NULL, reload, false},
    {"io.authbox.Daemon.Status", VARLINK_ANYONE, NULL, status, false},
    {"io.authbox.Daemon.Stats", VARLINK_ROOT, NULL, stats, false},
    {"io.authbox.Daemon.ConfigCheck", VARLINK_ROOT, NULL, config_check, false},
    {"io.authbox.Daemon.ConfigExplain", VARLINK_ANYONE, explain_parameters,
	config_explain_kind, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
