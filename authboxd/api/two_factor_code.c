/* Disable, Recovery, Resync: what somebody who is enrolled does by a code. */
#include "api/two_factor.h"

#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "api/change.h"
#include "factor/enrolment.h"
#include "factor/recovery.h"

struct code_call {
	const char *user, *config, *device, *code, *second_code;
	struct secret *codes; /* new recovery codes; NULL: none */
};

/* As change_run(); `ret_change` goes to change_done() in any case. */
static int
run(struct varlink_call *call, const char *event, struct code_call *wanted,
    change_step *step, struct change *ret_change)
{
	int r;

	r = change_start(ret_change, call,
	    &(struct change_options){
		.event = event,
		.user = wanted->user,
		.config = wanted->config,
		.code = wanted->code,
	    });
	return r > 0 ? change_run(ret_change, step, wanted) : r;
}

/* ---- Disable ---- */

/* Some AuthConfig requires a second factor by now: with one way in where none
 * is asked, requiring it elsewhere would be no more than a wish. */
static bool
is_required(const struct change *change)
{
	const struct config *config = change->config;

	for (size_t i = 0; i < config->auth_config_count; i++) {
		const struct two_factor *t =
		    &config->auth_configs[i].two_factor;

		if (t->enrolment == ENROLMENT_REQUIRE &&
		    t->grace_until_unix_s <= change->attempt.now_unix_s)
			return true;
	}
	return false;
}

static size_t
count_enabled(const struct user_record *record, const char *except)
{
	size_t count = 0;

	for (size_t i = 0; i < record->device_count; i++)
		count += record->devices[i].enabled &&
			 !streq_null(record->devices[i].name, except);
	return count;
}

static int
disable_step(struct change *change, struct user_record *record, void *context)
{
	const struct code_call *wanted = context;
	struct device *device;
	bool is_changed;
	int r;

	if (wanted->device &&
	    !change_find_enabled(change, record, wanted->device, &device))
		return 0;
	if (wanted->device)
		change_set_device(change, device->name);
	if (!change->by_root && is_required(change) &&
	    (!wanted->device || count_enabled(record, wanted->device) == 0))
		return change_stop(change, REFUSAL_ENROLMENT_REQUIRED, NULL);

	r = enrolment_disable(record, wanted->device, &change->attempt);
	if (r == -ENOENT)
		return change_stop(change, REFUSAL_NOT_ENROLLED, NULL);
	if (r < 0)
		return r;
	if (!change_take_attempt(change, &is_changed))
		return is_changed;
	return 1;
}

int
two_factor_code_disable(struct varlink_call *call)
{
	struct code_call wanted = {0};
	struct change change = {0};
	const struct call_field fields[] = {
	    {"user", .text = &wanted.user},
	    {"config", .text = &wanted.config},
	    {"device", .text = &wanted.device},
	    {"code", true, .text = &wanted.code},
	    {0},
	};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = run(call, "disabled", &wanted, disable_step, &change);
	if (r > 0) {
		change_grant(&change, "disabled", "disabled");
		r = 0;
	}
	change_done(&change);
	return r;
}

/* ---- Recovery ---- */

static int
recovery_step(struct change *change, struct user_record *record, void *context)
{
	struct code_call *wanted = context;
	bool is_changed;
	int r;

	secret_free(TAKE(wanted->codes));
	if (!user_record_is_enrolled(record))
		return change_stop(change, REFUSAL_NOT_ENROLLED, NULL);
	if (!change->by_root || wanted->code) {
		r = change_try_code(change, record, &is_changed);
		if (r <= 0)
			return r < 0 ? r : is_changed;
	}
	r = recovery_make(record, change->recovery_key, &wanted->codes);
	return r < 0 ? r : 1;
}

int
two_factor_code_recovery(struct varlink_call *call)
{
	struct code_call wanted = {0};
	struct change change = {0};
	const struct call_field fields[] = {
	    {"user", .text = &wanted.user},
	    {"config", .text = &wanted.config},
	    {"code", .text = &wanted.code},
	    {0},
	};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = run(call, "recovery", &wanted, recovery_step, &change);
	if (r > 0) {
		change_grant(
		    &change, "recovery-made", "recovery-codes-replaced");
		r = two_factor_put_codes(call_reply(call), wanted.codes);
	}
	change_done(&change);
	secret_free(wanted.codes);
	return r;
}

/* ---- Resync ---- */

static int
resync_step(struct change *change, struct user_record *record, void *context)
{
	const struct code_call *wanted = context;
	struct device *device;
	bool is_changed;
	int r;

	if (!change_find_enabled(change, record, wanted->device, &device))
		return 0;
	change_set_device(change, device->name);
	if (device->type == OTP_TOTP && !change->by_root)
		return change_stop(change, REFUSAL_ROOT_ONLY, NULL);
	if (!wanted->code &&
	    (device->type == OTP_HOTP || !device->transport[0]))
		return change_stop(change, REFUSAL_CODE_MISSING,
		    "Give a code of the device (code1).");
	if (device->type == OTP_HOTP && !wanted->second_code)
		return change_stop(change, REFUSAL_CODE_MISSING,
		    "Give two codes that follow each other (code1, code2).");

	r = enrolment_resync(record, change->device, wanted->code,
	    wanted->second_code, &change->attempt);
	if (r == -ENOENT)
		return change_stop(change, REFUSAL_NOT_ENROLLED, NULL);
	if (r < 0)
		return r;
	if (!change_take_attempt(change, &is_changed))
		return is_changed;
	return 1;
}

int
two_factor_code_resync(struct varlink_call *call)
{
	struct code_call wanted = {0};
	struct change change = {0};
	const struct call_field fields[] = {
	    {"user", .text = &wanted.user},
	    {"config", .text = &wanted.config},
	    {"device", .text = &wanted.device},
	    {"code1", .text = &wanted.code},
	    {"code2", .text = &wanted.second_code},
	    {0},
	};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = run(call, "resynced", &wanted, resync_step, &change);
	if (r > 0) {
		change_grant(&change, "resynced", NULL);
		r = 0;
	}
	change_done(&change);
	return r;
}
