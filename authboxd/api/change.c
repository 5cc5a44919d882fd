#include "api/change.h"

#include <errno.h>
#include <stdio.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/random.h"
#include "factor/enrolment.h"

static void
audit(struct change *change, enum verdict verdict, const char *reason)
{
	change->audit.verdict = verdict;
	change->audit.reason = reason;
	change->audit.device =
	    change->device[0] ? change->device : change->attempt.device;
	audit_write(&change->audit);
}

int
change_refuse(struct change *change, enum refusal refusal, const char *message)
{
	const struct refusal_entry *entry = refusal_get(refusal);
	const struct attempt *attempt = &change->attempt;
	bool is_attempt =
	    attempt->why && refusal_of_attempt(attempt->result) == refusal;

	audit(change, entry->verdict, is_attempt ? attempt->why : entry->audit);
	return call_refuse(change->call, entry->error, entry->reason,
	    message ? message : entry->message,
	    is_attempt ? attempt->retry_unix_s : 0);
}

/* Whoever is not root is who the kernel says he is: the name in the call was
 * compared with that already, and is not used. */
static int
find_user(struct change *change, const char *name)
{
	struct nss *nss = change->daemon->nss;

	if (change->by_root && name)
		return nss_find_user(nss, name, &change->user);
	return nss_find_uid(nss, change->call->peer_uid, &change->user);
}

static int
start_user(struct change *change, const char *name)
{
	int r = find_user(change, name);

	if (r == 0) {
		change->audit.user_is_unknown = true;
		return change_refuse(change, REFUSAL_UNKNOWN_USER, NULL);
	}
	if (r < 0) {
		change->audit.user_is_unknown = true;
		return change_refuse(change, REFUSAL_NSS, NULL);
	}
	change->audit.user = change->user.name;
	return 1;
}

static int
start_config(struct change *change, const struct change_options *options)
{
	const struct declared_user *declared;
	AUTO_TEXT why = NULL;
	int r;

	r = daemon_ref_config(change->daemon, &change->config);
	if (r == -ENOMEM)
		return change_refuse(change, REFUSAL_MEMORY, NULL);
	if (r < 0)
		return change_refuse(change, REFUSAL_CONFIG_INVALID, NULL);

	declared = config_find_user(change->config, change->user.name);
	if (declared && declared->inactive && !change->by_root)
		return change_refuse(change, REFUSAL_INACTIVE, NULL);

	r = config_get_auth_config(
	    change->config, options->config, &change->auth_config, &why);
	/* With several and none named, a code is judged by the window that
	 * there is by default. */
	if (r == -ENOENT && !options->config && !options->needs_config) {
		change->auth_config = &change->config->built_in;
		return 1;
	}
	if (r < 0)
		return change_refuse(change,
		    r == -ENOMEM ? REFUSAL_MEMORY : REFUSAL_CONFIG_UNKNOWN,
		    why);
	change->audit.config = change->auth_config->id;
	return 1;
}

static int
start_attempt(struct change *change, const char *code)
{
	const struct two_factor *window = &change->auth_config->two_factor;
	int r;

	r = store_derive_key(
	    change->daemon->store, "recovery", &change->recovery_key);
	if (r < 0)
		return change_refuse(change, refusal_of_errno(r), NULL);

	change->attempt = (struct attempt){
	    .answer = code,
	    .now_unix_s = clock_unix_s(),
	    .past_codes = window->past_codes,
	    .future_codes = window->future_codes,
	    .address_is_trusted = change->by_root,
	    .recovery_key = change->recovery_key,
	};
	return 1;
}

int
change_start(struct change *ret_change, struct varlink_call *call,
    const struct change_options *options)
{
	int r;

	ret_change->call = call;
	ret_change->daemon = call->daemon;
	ret_change->by_root = call->peer_uid == 0;
	r = random_hex(ret_change->reference, AUDIT_REFERENCE_DIGITS);
	if (r < 0)
		return r;
	ret_change->audit = (struct audit_record){
	    .event = options->event,
	    .service = "api",
	    .factor = "totp",
	    .reference = ret_change->reference,
	    .peer_uid = call->peer_uid,
	};

	r = start_user(ret_change, options->user);
	if (r > 0)
		r = start_config(ret_change, options);
	if (r > 0)
		r = start_attempt(ret_change, options->code);
	return r;
}

void
change_done(struct change *change)
{
	secret_free(change->recovery_key);
	config_unref(change->config);
}

int
change_stop(struct change *change, enum refusal refusal, const char *message)
{
	change->refusal = refusal;
	change->message = message;
	return 0;
}

void
change_set_device(struct change *change, const char *name)
{
	(void)snprintf(change->device, sizeof(change->device), "%s", name);
}

int
change_find_enabled(struct change *change, struct user_record *record,
    const char *name, struct device **ret_device)
{
	struct device *found = NULL;

	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (!device->enabled || (name && !streq(device->name, name)))
			continue;
		if (found)
			return change_stop(change, REFUSAL_WHICH_DEVICE, NULL);
		found = device;
	}
	if (!found)
		return change_stop(change, REFUSAL_NOT_ENROLLED, NULL);
	*ret_device = found;
	return 1;
}

int
change_take_attempt(struct change *change, bool *ret_is_changed)
{
	change->refusal = refusal_of_attempt(change->attempt.result);
	*ret_is_changed = change->attempt.record_changed;
	return change->refusal == REFUSAL_NONE;
}

int
change_try_code(
    struct change *change, struct user_record *record, bool *ret_is_changed)
{
	int r;

	*ret_is_changed = false;
	if (!change->attempt.answer)
		return change_stop(change, REFUSAL_CODE_MISSING, NULL);
	r = attempt_check(record, &change->attempt);
	if (r < 0)
		return r;
	return change_take_attempt(change, ret_is_changed);
}

struct run {
	struct change *change;
	change_step *step;
	void *context;
};

static int
run_decide(void *context, struct user_record *record, bool clock_is_behind)
{
	const struct run *run = context;
	struct change *change = run->change;

	change->refusal = REFUSAL_NONE;
	change->message = NULL;
	change->device[0] = '\0';
	change->attempt.result = ATTEMPT_WRONG;
	change->attempt.why = NULL;
	change->attempt.clock_is_behind = clock_is_behind;
	return run->step(change, record, run->context);
}

int
change_run(struct change *change, change_step *step, void *context)
{
	struct run run = {change, step, context};
	char key[STORE_KEY_BYTES_MAX + 1];
	int r;

	user_record_key(change->user.name, key);
	r = user_record_update(change->daemon->store, key, change->user.name,
	    change->user.uid, change->attempt.now_unix_s, run_decide, &run);
	if (r < 0)
		return change_refuse(change, refusal_of_errno(r), NULL);
	if (change->refusal != REFUSAL_NONE)
		return change_refuse(change, change->refusal, change->message);
	return 1;
}

void
change_grant(struct change *change, const char *reason, const char *notice)
{
	struct webhook_person person =
	    webhook_person_get(change->config, change->user.name, NULL);
	struct webhooks *webhooks = change->daemon->webhooks;

	audit(change, VERDICT_ALLOW, reason);
	if (change->attempt.result == ATTEMPT_RECOVERY)
		webhooks_send_notice(webhooks, change->config,
		    change->auth_config, &person, "recovery-code-used");
	if (notice)
		webhooks_send_notice(webhooks, change->config,
		    change->auth_config, &person, notice);
}
