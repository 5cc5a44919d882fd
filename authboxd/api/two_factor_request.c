/*
 * Request and Replace: a new secret, good for nothing before it is confirmed.
 *
 * Whoever sits at a session that its owner left open must not add a device of
 * his own: once somebody is enrolled, only a code, or root, adds another.
 */
#include "api/two_factor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/change.h"
#include "base/base32.h"
#include "base/random.h"
#include "factor/enrolment.h"
#include "factor/otp.h"
#include "factor/otpauth.h"
#include "factor/throttle.h"

#define PERIOD_SHORT_S 30
#define PERIOD_LONG_S  60

struct request {
	/* As called; NULL and -1: left out. */
	const char *user, *config, *device, *new_device, *code;
	const char *type, *algorithm, *transport;
	int64_t digits, period_s;
	bool is_replacement;

	struct enrolment_request wanted;
	struct secret *key;
	uint64_t step;			    /* of the code that is sent */
	char sent_code[OTP_DIGITS_MAX + 1]; /* with a transport */

	/* Of the step: */
	char name[ID_BYTES_MAX + 1]; /* of the new device */
	char old_name[ID_BYTES_MAX + 1];
};

static void
request_done(struct request *request)
{
	secret_free(request->key);
	secret_wipe(request->sent_code, sizeof(request->sent_code));
}

/* Names of devices were checked to fit. */
static void
name_copy(char ret_name[ID_BYTES_MAX + 1], const char *name)
{
	(void)snprintf(ret_name, ID_BYTES_MAX + 1, "%s", name);
}

/* ---- reading ---- */

static int
read_fields(struct varlink_call *call, struct request *ret)
{
	const struct call_field fields[] = {
	    {"user", .text = &ret->user},
	    {"config", .text = &ret->config},
	    {"device", .text = &ret->device},
	    {"newDevice", .text = &ret->new_device},
	    {"code", ret->is_replacement, .text = &ret->code},
	    {"type", .text = &ret->type},
	    {"algorithm", .text = &ret->algorithm},
	    {"digits", .number = &ret->digits},
	    {"period", .number = &ret->period_s},
	    {"transport", .text = &ret->transport},
	    {0},
	};

	ret->digits = ret->period_s = -1;
	return call_read(call, fields);
}

/* 1: every value is in its range; 0: refused. */
static int
check_fields(struct varlink_call *call, const struct request *request)
{
	const struct {
		const char *name, *id;
	} ids[] = {{"device", request->device},
	    {"newDevice", request->new_device},
	    {"transport", request->transport}};
	enum otp_algorithm algorithm;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i].id && !id_is_valid(ids[i].id))
			return call_refuse_parameter(call, ids[i].name,
			    "It may have 64 letters, digits, '.', '_', '-', "
			    "and starts with a letter, digit or '_'.");
	if (request->type && !streq(request->type, "totp") &&
	    !streq(request->type, "hotp"))
		return call_refuse_parameter(
		    call, "type", "It is totp or hotp.");
	if (request->algorithm &&
	    otp_algorithm_parse(request->algorithm, &algorithm) < 0)
		return call_refuse_parameter(
		    call, "algorithm", "It is SHA1, SHA256 or SHA512.");
	if (request->digits != -1 && (request->digits < OTP_DIGITS_MIN ||
					 request->digits > OTP_DIGITS_MAX))
		return call_refuse_parameter(
		    call, "digits", "There may be 6 to 8.");
	if (request->period_s != -1 && request->period_s != PERIOD_SHORT_S &&
	    request->period_s != PERIOD_LONG_S)
		return call_refuse_parameter(
		    call, "period", "It is 30 or 60 seconds.");
	if (request->transport && streq_null(request->type, "hotp"))
		return call_refuse_parameter(call, "transport",
		    "Only codes of the type totp can be delivered.");
	return 1;
}

/* What is to be made: the call's values, else those of the AuthConfig. */
static int
prepare(const struct change *change, struct request *request)
{
	const struct two_factor *defaults = &change->auth_config->two_factor;
	struct enrolment_request *wanted = &request->wanted;
	uint8_t key[OTP_KEY_BYTES_NEW];
	int r;

	r = random_fill(key, sizeof(key));
	if (r < 0)
		return r;
	request->key = secret_copy(key, sizeof(key));
	secret_wipe(key, sizeof(key));
	if (!request->key)
		return -ENOMEM;

	*wanted = (struct enrolment_request){
	    .type = streq_null(request->type, "hotp") ? OTP_HOTP : OTP_TOTP,
	    .algorithm = defaults->algorithm,
	    .digits = request->digits == -1 ? defaults->digits
					    : (unsigned)request->digits,
	    .period_s = request->period_s == -1 ? defaults->period_s
						: (unsigned)request->period_s,
	    .transport = request->transport,
	    .key = request->key,
	    .now_unix_s = change->attempt.now_unix_s,
	};
	if (request->algorithm) /* checked before */
		(void)otp_algorithm_parse(
		    request->algorithm, &wanted->algorithm);
	if (!request->transport)
		return 0;

	request->step = otp_step(wanted->now_unix_s, wanted->period_s);
	return otp_code(request->key, wanted->algorithm, wanted->digits,
	    request->step, request->sent_code);
}

/* ---- the step on the record ---- */

/* Set the new device's name, and the old one's. 1; 0: refused. */
static int
choose_names(
    struct change *change, struct user_record *record, struct request *request)
{
	const char *name =
	    request->is_replacement ? request->new_device : request->device;
	const struct device *enabled;
	struct device *old;

	request->old_name[0] = '\0';
	if (request->is_replacement) {
		if (!change_find_enabled(change, record, request->device, &old))
			return 0;
		name_copy(request->old_name, old->name);
	}
	if (!name)
		name = request->is_replacement ? request->old_name
					       : ENROLMENT_DEVICE;
	name_copy(request->name, name);

	enabled = user_record_find_device(record, name);
	if (enabled && enabled->enabled && !streq(name, request->old_name))
		return change_stop(change, REFUSAL_ALREADY_ENABLED, NULL);
	return 1;
}

/* Make the device. 1; 0: refused; < 0. */
static int
add_device(
    struct change *change, struct user_record *record, struct request *request)
{
	int r;

	request->wanted.device = request->name;
	request->wanted.replaces =
	    request->is_replacement ? request->old_name : NULL;
	if (request->transport &&
	    !throttle_admit_send(&record->throttle, request->wanted.now_unix_s))
		return change_stop(change, REFUSAL_SENDS_USED, NULL);

	r = enrolment_request(record, &request->wanted);
	if (r == -EEXIST)
		return change_stop(change, REFUSAL_ALREADY_ENABLED, NULL);
	if (r == -ENOSPC)
		return change_stop(change, REFUSAL_DEVICES_FULL, NULL);
	if (r < 0)
		return r;
	if (request->transport)
		user_record_find_pending(record, request->name)->last_sent =
		    request->step;
	return 1;
}

static int
request_step(struct change *change, struct user_record *record, void *context)
{
	struct request *request = context;
	bool is_changed = false;
	int r;

	if (!choose_names(change, record, request))
		return 0;
	change_set_device(change, request->name);

	if (request->is_replacement ||
	    (user_record_is_enrolled(record) && !change->by_root)) {
		r = change_try_code(change, record, &is_changed);
		if (r <= 0)
			return r < 0 ? r : is_changed;
	}
	r = add_device(change, record, request);
	/* A code that was right is spent, even when there is no place. */
	return r == 0 ? is_changed : r;
}

/* ---- answering ---- */

static int
reply(struct change *change, const struct request *request)
{
	struct device device = {
	    .type = request->wanted.type,
	    .algorithm = request->wanted.algorithm,
	    .digits = request->wanted.digits,
	    .period_s = request->wanted.period_s,
	    .key = request->key,
	};
	AUTO(secret)
	key = base32_encode(request->key->bytes, request->key->size);
	AUTO(secret) link = NULL;
	cJSON *object = call_reply(change->call);
	int r;

	name_copy(device.name, request->name);
	link = otpauth_print(&device,
	    change->auth_config->two_factor.issuer_name, change->user.name);
	if (!key || !link)
		return -ENOMEM;

	r = call_put_text(object, "uri", link->bytes);
	if (r == 0)
		r = call_put_text(object, "secret", key->bytes);
	if (r == 0)
		r = call_put_text(object, "transport", request->transport);
	if (r == 0)
		r = call_put_text(object, "device", request->name);
	return r;
}

static int
send_code(struct change *change, const struct request *request)
{
	struct webhook_person person = webhook_person_get(
	    change->config, change->user.name, request->transport);
	int r;

	r = webhooks_send_code(change->daemon->webhooks, change->config,
	    change->auth_config, &person, request->sent_code);
	if (r < 0)
		return change_refuse(change,
		    r == -ENOMEM ? REFUSAL_MEMORY : REFUSAL_OVERLOADED, NULL);
	return 1;
}

static int
make(struct change *change, struct request *request)
{
	const struct webhook *webhook =
	    &change->auth_config->two_factor.webhook;
	int r;

	if (request->transport && !webhook->endpoint)
		return change_refuse(change, REFUSAL_NO_WEBHOOK, NULL);
	r = prepare(change, request);
	if (r < 0)
		return change_refuse(change, refusal_of_errno(r), NULL);
	r = change_run(change, request_step, request);
	if (r > 0 && request->transport)
		r = send_code(change, request);
	if (r <= 0)
		return r;
	change_grant(change, "requested", NULL);
	return reply(change, request);
}

static int
run(struct varlink_call *call, bool is_replacement)
{
	struct request request = {.is_replacement = is_replacement};
	struct change change = {0};
	int r;

	r = read_fields(call, &request);
	if (r > 0)
		r = check_fields(call, &request);
	if (r <= 0)
		return r;

	r = change_start(&change, call,
	    &(struct change_options){
		.event = "requested",
		.user = request.user,
		.config = request.config,
		.code = request.code,
		.needs_config = true,
	    });
	if (r > 0)
		r = make(&change, &request);
	change_done(&change);
	request_done(&request);
	return r;
}

int
two_factor_request_device(struct varlink_call *call)
{
	return run(call, false);
}

int
two_factor_request_replacement(struct varlink_call *call)
{
	return run(call, true);
}
