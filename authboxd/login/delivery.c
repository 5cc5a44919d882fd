#include "login/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon.h"
#include "factor/otp.h"
#include "factor/throttle.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "users/user_record.h"
#include "users/user_record_update.h"

struct sending {
	const char *user_transport; /* User.twoFactor.transport; may be NULL */
	int64_t now_unix_s;
	/* out */
	bool is_due;
	char code[OTP_DIGITS_MAX + 1];
	char transport[ID_BYTES_MAX + 1];
};

/* The first enabled device with a transport of its own, or any when the user
 * has one. HOTP codes are not delivered: to send one would use up a counter
 * that the person may never see. */
static struct device *
find_device(struct user_record *record, const struct sending *sending)
{
	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (device->enabled && device->type == OTP_TOTP &&
		    (device->transport[0] || sending->user_transport))
			return device;
	}
	return NULL;
}

static int
sending_decide(void *context, struct user_record *record, bool clock_is_behind)
{
	struct sending *sending = context;
	struct device *device = find_device(record, sending);
	uint64_t step;
	int r;

	sending->is_due = false;
	if (!device || clock_is_behind)
		return 0;
	step = otp_step(sending->now_unix_s, device->period_s);
	if (step <= device->last_sent ||
	    (device->used && step <= device->last_used) ||
	    !throttle_admit_send(&record->throttle, sending->now_unix_s))
		return 0;

	r = otp_code(device->key, device->algorithm, device->digits, step,
	    sending->code);
	if (r < 0)
		return r;
	device->last_sent = step;
	(void)snprintf(sending->transport, sizeof(sending->transport), "%s",
	    device->transport[0] ? device->transport : sending->user_transport);
	sending->is_due = true;
	return 1;
}

static const char *
user_transport(const struct config *config, const char *user)
{
	const struct declared_user *declared = config_find_user(config, user);

	return declared ? declared->two_factor_transport : NULL;
}

static int
sending_queue(const struct delivery *delivery, const struct sending *sending)
{
	struct webhook_person person = webhook_person_get(
	    delivery->config, delivery->user, sending->transport);

	return webhooks_send_code(delivery->daemon->webhooks, delivery->config,
	    delivery->auth_config, &person, sending->code);
}

static void
log_failure(const struct delivery *delivery, int error)
{
	log_warning("code for a user of AuthConfig %s was not delivered: %s",
	    delivery->auth_config->id,
	    error == -ENOENT  ? "twoFactor.webhook is missing"
	    : error == -EBUSY ? "the queue is full"
			      : strerror(-error));
}

bool
delivery_is_wanted(const struct config *config, const char *user,
    const struct user_record *record)
{
	bool any = user_transport(config, user);

	for (size_t i = 0; i < record->device_count; i++)
		if (record->devices[i].type == OTP_TOTP &&
		    record->devices[i].enabled &&
		    (any || record->devices[i].transport[0]))
			return true;
	return false;
}

/* What a thread of the webhooks' needs of a delivery. */
struct errand {
	struct daemon *daemon;
	struct config *config; /* a reference */
	const struct auth_config *auth_config;
	char user[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
};

static void
errand_drop(void *context)
{
	struct errand *errand = context;

	config_unref(errand->config);
	free(errand);
}

static void
errand_run(void *context)
{
	struct errand *errand = context;
	struct delivery delivery = {errand->daemon, errand->config,
	    errand->auth_config, errand->user, errand->uid};
	struct sending sending = {
	    .user_transport = user_transport(errand->config, errand->user),
	    .now_unix_s = clock_unix_s(),
	};
	char key[STORE_KEY_BYTES_MAX + 1];
	int r;

	user_record_key(errand->user, key);
	r = user_record_update(errand->daemon->store, key, errand->user,
	    errand->uid, sending.now_unix_s, sending_decide, &sending);
	if (r == 0 && sending.is_due)
		r = sending_queue(&delivery, &sending);
	if (r < 0)
		log_failure(&delivery, r);
	secret_wipe(&sending, sizeof(sending));
	errand_drop(errand);
}

void
delivery_start(const struct delivery *delivery)
{
	struct errand *errand = calloc(1, sizeof(*errand));
	int r = -ENOMEM;

	if (errand) {
		errand->daemon = delivery->daemon;
		errand->config = config_ref(delivery->config);
		errand->auth_config = delivery->auth_config;
		(void)stpcpy(errand->user, delivery->user); /* NSS's, fits */
		errand->uid = delivery->uid;
		r = webhooks_run(delivery->daemon->webhooks, errand_run,
		    errand_drop, errand);
	}
	if (r == 0)
		return;
	if (errand)
		errand_drop(errand);
	log_failure(delivery, r);
}
