/* Confirm: a pending device has proved to work, and is enabled. */
#include "api/two_factor.h"

#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "api/change.h"
#include "factor/enrolment.h"
#include "factor/recovery.h"

struct confirm {
	const char *user, *config, *device, *code;
	/* Of the step: */
	bool replaces;
	struct secret *codes; /* new recovery codes; NULL: none */
};

/* The device to confirm: by name, or the only one that waits. 1: lent; 0. */
static int
find_pending(struct change *change, struct user_record *record,
    const char *name, struct device **ret_device)
{
	const struct device *enabled;
	size_t waiting = 0;

	*ret_device =
	    enrolment_find_pending(record, name, change->attempt.now_unix_s);
	if (*ret_device)
		return 1;
	enabled = name ? user_record_find_device(record, name) : NULL;
	if (enabled && enabled->enabled)
		return change_stop(change, REFUSAL_ALREADY_ENABLED, NULL);
	for (size_t i = 0; i < record->device_count; i++)
		waiting += !record->devices[i].enabled;
	return change_stop(change,
	    !name && waiting > 1 ? REFUSAL_WHICH_DEVICE : REFUSAL_NOT_REQUESTED,
	    NULL);
}

static int
confirm_step(struct change *change, struct user_record *record, void *context)
{
	struct confirm *confirm = context;
	bool was_enrolled = user_record_is_enrolled(record);
	struct device *device;
	bool is_changed;
	int r;

	secret_free(TAKE(confirm->codes));
	if (!find_pending(change, record, confirm->device, &device))
		return 0;
	change_set_device(change, device->name);
	confirm->replaces = *device->replaces != '\0';

	/* The device may move within the record from here on. */
	r = enrolment_confirm(record, change->device, &change->attempt);
	if (r == -ENOENT)
		return change_stop(change, REFUSAL_NOT_REQUESTED, NULL);
	if (r < 0)
		return r;
	if (!change_take_attempt(change, &is_changed))
		return is_changed;

	if (!was_enrolled)
		r = recovery_make(
		    record, change->recovery_key, &confirm->codes);
	return r < 0 ? r : 1;
}

int
two_factor_put_codes(cJSON *reply, const struct secret *codes)
{
	cJSON *array = cJSON_AddArrayToObject(reply, "recoveryCodes");
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; i < RECOVERY_CODES && r == 0; i++)
		r = call_append_text(
		    array, codes->bytes + i * RECOVERY_TEXT_BYTES);
	return r;
}

static int
reply(struct varlink_call *call, const struct change *change,
    const struct confirm *confirm)
{
	cJSON *object = call_reply(call);
	int r;

	r = call_put_text(object, "device", change->device);
	if (r == 0 && confirm->codes)
		r = two_factor_put_codes(object, confirm->codes);
	return r;
}

int
two_factor_confirm(struct varlink_call *call)
{
	struct confirm confirm = {0};
	struct change change = {0};
	const struct call_field fields[] = {
	    {"user", .text = &confirm.user},
	    {"config", .text = &confirm.config},
	    {"device", .text = &confirm.device},
	    {"code", true, .text = &confirm.code},
	    {0},
	};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = change_start(&change, call,
	    &(struct change_options){
		.event = "enrolled",
		.user = confirm.user,
		.config = confirm.config,
		.code = confirm.code,
	    });
	if (r > 0)
		r = change_run(&change, confirm_step, &confirm);
	if (r > 0) {
		change_grant(&change,
		    confirm.replaces ? "replaced" : "enrolled", "enrolled");
		r = reply(call, &change, &confirm);
	}
	change_done(&change);
	secret_free(confirm.codes);
	return r;
}
