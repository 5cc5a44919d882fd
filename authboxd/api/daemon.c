/* io.authbox.Daemon: the daemon itself and its configuration. */
#include <errno.h>
#include <stdlib.h>

#include "api/call.h"
#include "api/methods.h"
#include "api/status.h"
#include "daemon.h"

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
    {"io.authbox.Daemon.Status", VARLINK_ANYONE, NULL, status_run, false},
    {"io.authbox.Daemon.Stats", VARLINK_ROOT, NULL, status_run_stats, false},
    {"io.authbox.Daemon.ConfigCheck", VARLINK_ROOT, NULL, config_check, false},
    {"io.authbox.Daemon.ConfigExplain", VARLINK_ANYONE, explain_parameters,
	config_explain_kind, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
