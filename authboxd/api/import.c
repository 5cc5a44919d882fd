/* io.authbox.Import: taking over what other PAM modules left behind. */
#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "api/change.h"
#include "api/methods.h"
#include "factor/import.h"

#define BAD_TEXT "io.authbox.Import.BadText"

static int
refuse_text(struct varlink_call *call, const char *why, unsigned line)
{
	(void)call_refuse(call, BAD_TEXT, "bad_text", why, 0);
	(void)call_put_number(call->error_parameters, "line", line);
	return 0;
}

/* What was requested before must not be confirmed afterwards: the person who
 * asked may not be the one who has the imported device. */
static void
drop_pending(struct user_record *record)
{
	for (size_t i = record->device_count; i > 0; i--)
		if (!record->devices[i - 1].enabled)
			user_record_remove_device(
			    record, &record->devices[i - 1]);
}

/* ---- GoogleAuthenticator ---- */

struct google {
	const char *text;
	/* Of the step: */
	const char *why; /* the text is wrong; NULL: it is not */
	unsigned line;
	size_t scratch_count;
};

static int
google_step(struct change *change, struct user_record *record, void *context)
{
	struct google *google = context;
	size_t scratch_before = record->scratch_count;
	int r;

	google->why = NULL;
	google->line = 0;
	drop_pending(record);
	r = import_google_authenticator(record, change->recovery_key,
	    google->text, strlen(google->text), change->attempt.now_unix_s,
	    &google->why, &google->line);
	if (r == -EEXIST)
		return change_stop(change, REFUSAL_ALREADY_ENABLED, NULL);
	if (r == -ENOSPC)
		return change_stop(change, REFUSAL_DEVICES_FULL, NULL);
	if (r == -EBADMSG)
		return change_stop(change, REFUSAL_BAD_TEXT, google->why);
	if (r < 0)
		return r;
	google->scratch_count = record->scratch_count - scratch_before;
	change_set_device(
	    change, record->devices[record->device_count - 1].name);
	return 1;
}

static int
google_reply(struct varlink_call *call, const struct change *change,
    const struct google *google)
{
	cJSON *object = call_reply(call);
	int r;

	r = call_put_text(object, "device", change->device);
	if (r == 0)
		r = call_put_number(
		    object, "scratchCodes", (int64_t)google->scratch_count);
	return r;
}

static int
google_authenticator(struct varlink_call *call)
{
	struct google google = {0};
	struct change change = {0};
	const char *user;
	const struct call_field fields[] = {
	    {"user", true, .text = &user},
	    {"text", true, .text = &google.text},
	    {0},
	};
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = change_start(&change, call,
	    &(struct change_options){.event = "imported", .user = user});
	if (r > 0)
		r = change_run(&change, google_step, &google);
	if (r > 0) {
		change_grant(&change, "imported", "enrolled");
		r = google_reply(call, &change, &google);
	} else if (r == 0 && change.refusal == REFUSAL_BAD_TEXT) {
		r = call_put_number(
		    call->error_parameters, "line", google.line);
	}
	change_done(&change);
	return r;
}

/* ---- Oath ---- */

static int
oath_step(struct change *change, struct user_record *record, void *context)
{
	const struct device *imported = context;
	struct device *device;

	drop_pending(record);
	if (user_record_find_device(record, imported->name))
		return change_stop(change, REFUSAL_ALREADY_ENABLED, NULL);
	if (record->device_count == RECORD_DEVICES_MAX)
		return change_stop(change, REFUSAL_DEVICES_FULL, NULL);

	device = &record->devices[record->device_count];
	*device = *imported;
	device->enabled = true;
	device->created_unix_s = change->attempt.now_unix_s;
	device->key = secret_copy(imported->key->bytes, imported->key->size);
	if (!device->key)
		return -ENOMEM;
	record->device_count++;
	change_set_device(change, device->name);
	return 1;
}

static int
oath_reply(struct varlink_call *call, const struct change *change, bool had_pin)
{
	cJSON *object = call_reply(call);
	int r;

	r = call_put_flag(object, "hadPin", had_pin);
	if (r == 0 && change)
		r = call_put_text(object, "user", change->user.name);
	if (r == 0 && change)
		r = call_put_text(object, "device", change->device);
	return r;
}

static int
oath_import(struct varlink_call *call, const char *user, struct device *device,
    bool had_pin)
{
	struct change change = {0};
	int r;

	r = change_start(&change, call,
	    &(struct change_options){.event = "imported", .user = user});
	if (r > 0)
		r = change_run(&change, oath_step, device);
	if (r > 0) {
		change_grant(&change, "imported", "enrolled");
		r = oath_reply(call, &change, had_pin);
	}
	change_done(&change);
	return r;
}

static int
oath(struct varlink_call *call)
{
	char user[USER_NAME_BYTES_MAX + 1] = "";
	struct device device = {.key = NULL};
	const char *line, *why = NULL;
	const struct call_field fields[] = {{"line", true, .text = &line}, {0}};
	bool had_pin = false;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = import_oath_line(line, user, &device, &had_pin, &why);
	if (r == -EBADMSG)
		return refuse_text(call, why, 0);
	if (r < 0)
		return r;
	r = r == 0 ? oath_reply(call, NULL, false)
		   : oath_import(call, user, &device, had_pin);
	secret_free(device.key);
	return r;
}

/* ---- the table ---- */

static const char *const google_parameters[] = {"user", "text", NULL};
static const char *const oath_parameters[] = {"line", NULL};

const struct varlink_method import_methods[] = {
    {"io.authbox.Import.GoogleAuthenticator", VARLINK_ROOT, google_parameters,
	google_authenticator, false},
    {"io.authbox.Import.Oath", VARLINK_ROOT, oath_parameters, oath, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
