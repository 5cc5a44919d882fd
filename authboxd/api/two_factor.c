/* io.authbox.TwoFactor: its table, and the methods that need no code. */
#include "api/two_factor.h"

#include <errno.h>
#include <string.h>

#include "api/call.h"
#include "api/change.h"
#include "api/methods.h"
#include "base/clock.h"
#include "base/random.h"
#include "factor/otp.h"

/* ---- Status ---- */

static int
refuse(struct varlink_call *call, enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);

	return call_refuse(
	    call, entry->error, entry->reason, entry->message, 0);
}

static int
put_device(cJSON *array, const struct device *device)
{
	AUTO_JSON object = cJSON_CreateObject();
	const char *transport = *device->transport ? device->transport : NULL;
	const char *type = device->type == OTP_HOTP ? "hotp" : "totp";

	if (call_put_text(object, "name", device->name) < 0 ||
	    call_put_text(object, "type", type) < 0 ||
	    call_put_text(object, "algorithm",
		otp_algorithm_name(device->algorithm)) < 0 ||
	    call_put_number(object, "digits", device->digits) < 0 ||
	    call_put_number(object, "period", device->period_s) < 0 ||
	    call_put_flag(object, "enabled", device->enabled) < 0 ||
	    call_put_text(object, "transport", transport) < 0 ||
	    call_put_number(object, "created", device->created_unix_s) < 0)
		return -ENOMEM;
	return cJSON_AddItemToArray(array, TAKE(object)) ? 0 : -ENOMEM;
}

static int
reply_status(struct varlink_call *call, const struct user_record *record)
{
	const struct attempt attempt = {
	    .now_unix_s = clock_unix_s(),
	    .address_is_trusted = call->peer_uid == 0,
	};
	int64_t retry_unix_s = attempt_code_retry_unix_s(record, &attempt);
	cJSON *object = call_reply(call), *devices;
	int r;

	if (call_put_text(object, "user", record->name) < 0 ||
	    call_put_flag(object, "enabled", user_record_is_enrolled(record)) <
		0)
		return -ENOMEM;
	devices = cJSON_AddArrayToObject(object, "devices");
	r = devices ? 0 : -ENOMEM;
	for (size_t i = 0; i < record->device_count && r == 0; i++)
		r = put_device(devices, &record->devices[i]);
	if (r == 0)
		r = call_put_number(object, "recoveryCodesLeft",
		    (int64_t)(record->recovery_count + record->scratch_count));
	if (r == 0 && retry_unix_s > 0)
		r = call_put_number(object, "retryAt", retry_unix_s);
	return r;
}

/* The record, or an empty one. */
static int
load(struct store *store, const struct nss_user *user,
    struct user_record **ret_record)
{
	char key[STORE_KEY_BYTES_MAX + 1];
	AUTO(secret) value = NULL;
	int r;

	user_record_key(user->name, key);
	r = store_get(store, key, &value);
	if (r > 0)
		r = user_record_parse(value, user->name, user->uid, ret_record);
	if (r != 0)
		return r < 0 ? r : 0;
	*ret_record = user_record_new(user->name, user->uid);
	return *ret_record ? 0 : -ENOMEM;
}

static int
status(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	const char *name = NULL;
	const struct call_field fields[] = {{"user", .text = &name}, {0}};
	AUTO(user_record) record = NULL;
	struct nss_user user;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	r = call->peer_uid == 0 && name
		? nss_find_user(daemon->nss, name, &user)
		: nss_find_uid(daemon->nss, call->peer_uid, &user);
	if (r <= 0)
		return refuse(call, r < 0 ? REFUSAL_NSS : REFUSAL_UNKNOWN_USER);

	r = load(daemon->store, &user, &record);
	if (r < 0)
		return refuse(call, refusal_of_errno(r));
	return reply_status(call, record);
}

/* ---- Reset ---- */

struct reset {
	bool was_there;
};

static int
reset_decide(void *context, struct store_item items[], size_t count)
{
	struct reset *reset = context;

	(void)count; /* one */
	reset->was_there = items[0].value != NULL;
	items[0].write = reset->was_there ? STORE_DELETE : STORE_KEEP;
	return 0;
}

static void
tell_of_reset(struct daemon *daemon, const char *name)
{
	struct webhook_person person;
	struct config *config;

	if (daemon_ref_config(daemon, &config) < 0)
		return;
	person = webhook_person_get(config, name, NULL);
	webhooks_send_notice(
	    daemon->webhooks, config, NULL, &person, "disabled");
	config_unref(config);
}

/* The record goes whatever it holds, damaged or of another uid, and although
 * NSS may know no such user any more: this is the way out of all that. */
static int
reset(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	char key[STORE_KEY_BYTES_MAX + 1];
	char reference[AUDIT_REFERENCE_DIGITS + 1];
	const char *const keys[] = {key};
	const char *name;
	const struct call_field fields[] = {{"user", true, .text = &name}, {0}};
	struct reset result = {false};
	struct nss_user user;
	enum refusal refusal = REFUSAL_NONE;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (!user_name_is_valid(name))
		return refuse(call, REFUSAL_UNKNOWN_USER);
	r = random_hex(reference, AUDIT_REFERENCE_DIGITS);
	if (r < 0)
		return r;
	if (nss_find_user(daemon->nss, name, &user) > 0)
		name = user.name; /* as records spell it */

	user_record_key(name, key);
	r = store_update(daemon->store, keys, 1, reset_decide, &result);
	if (r < 0)
		refusal = refusal_of_errno(r);
	else if (!result.was_there)
		refusal = REFUSAL_NOT_ENROLLED;
	audit_write(&(struct audit_record){
	    .event = "reset",
	    .verdict = refusal == REFUSAL_NONE ? VERDICT_ALLOW
					       : refusal_get(refusal)->verdict,
	    .reason =
		refusal == REFUSAL_NONE ? "reset" : refusal_get(refusal)->audit,
	    .user = name,
	    .service = "api",
	    .reference = reference,
	    .peer_uid = call->peer_uid,
	});
	if (refusal != REFUSAL_NONE)
		return refuse(call, refusal);
	tell_of_reset(daemon, name);
	return 0;
}

/* ---- the table ---- */

#define NAME(method) "io.authbox.TwoFactor." method

static const char *const request_parameters[] = {"user", "config", "device",
    "type", "algorithm", "digits", "period", "transport", "code", NULL};
static const char *const replace_parameters[] = {"user", "config", "device",
    "newDevice", "type", "algorithm", "digits", "period", "transport", "code",
    NULL};
static const char *const code_parameters[] = {
    "user", "config", "device", "code", NULL};
static const char *const recovery_parameters[] = {
    "user", "config", "code", NULL};
static const char *const resync_parameters[] = {
    "user", "config", "device", "code1", "code2", NULL};
static const char *const user_parameters[] = {"user", NULL};

const struct varlink_method two_factor_methods[] = {
    {NAME("Request"), VARLINK_SELF, request_parameters,
	two_factor_request_device, false},
    {NAME("Confirm"), VARLINK_SELF, code_parameters, two_factor_confirm, false},
    {NAME("Disable"), VARLINK_SELF, code_parameters, two_factor_code_disable,
	false},
    {NAME("Replace"), VARLINK_SELF, replace_parameters,
	two_factor_request_replacement, false},
    {NAME("Status"), VARLINK_SELF, user_parameters, status, false},
    {NAME("Recovery"), VARLINK_SELF, recovery_parameters,
	two_factor_code_recovery, false},
    {NAME("Reset"), VARLINK_ROOT, user_parameters, reset, false},
    {NAME("Resync"), VARLINK_SELF, resync_parameters, two_factor_code_resync,
	false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
