#include "login/account_login.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "login/asker.h"
#include "login/creation.h"
#include "login/device_origin.h"
#include "login/exemption.h"
#include "login/fresh_login.h"
#include "login/login.h"
#include "login/pending.h"
#include "login/policy_check.h"
#include "login/token_admission.h"
#include "store/store.h"
#include "users/user_record_update.h"

/* What one login makes real, as a step on the user's record. */
struct making {
	const struct login *login;
	const struct pending_login *pending;
	int64_t now_unix_s;
	bool clock_is_behind; /* out */
};

static int
copy_enrolment(struct user_record *record, const struct user_record *enrolment)
{
	/* Somebody enrolled him meanwhile: his device stays what it is. */
	if (user_record_is_enrolled(record))
		return -EEXIST;
	while (record->device_count > 0)
		user_record_remove_device(record, &record->devices[0]);

	for (size_t i = 0; i < enrolment->device_count; i++) {
		struct device device = enrolment->devices[i];

		device.key = secret_copy(device.key->bytes, device.key->size);
		if (!device.key)
			return -ENOMEM;
		record->devices[record->device_count++] = device;
	}
	memcpy(record->recovery, enrolment->recovery, sizeof(record->recovery));
	record->recovery_count = enrolment->recovery_count;
	return 0;
}

static int
making_decide(void *context, struct user_record *record, bool clock_is_behind)
{
	struct making *making = context;
	const struct pending_login *pending = making->pending;
	struct address *address;
	int r = 0;

	if (busy_work_is_late(making->login->work))
		return -ETIME;
	making->clock_is_behind = clock_is_behind;
	if (clock_is_behind)
		return 0;
	if (pending->enrolment)
		r = copy_enrolment(record, pending->enrolment);
	if (r < 0)
		return r;
	address = pending->remember[0]
		      ? user_record_find_address(record, pending->remember)
		      : NULL;
	if (address)
		address->remember_unix_s =
		    making->now_unix_s + pending->remember_s;
	return pending->enrolment || address;
}

static int
make_real(struct login *login, const struct pending_login *pending)
{
	struct making making = {login, pending, clock_unix_s(), false};
	char key[LOGIN_KEY_BYTES];
	int r;

	if (!pending->enrolment && !pending->remember[0])
		return 0;
	user_record_key(login->user.name, key);
	r = user_record_update(login->daemon->store, key, login->user.name,
	    login->user.uid, making.now_unix_s, making_decide, &making);
	if (r == -EEXIST) {
		login_decide(login, VERDICT_FORBIDDEN, "already-enabled");
		return 0;
	}
	if (r < 0 || !pending->enrolment)
		return r; /* an address that is not remembered is no matter */
	if (making.clock_is_behind) {
		login_decide(login, VERDICT_UNAVAILABLE, "clock-behind");
	} else {
		login_send_notice(login, "enrolled");
		login_decide(login, VERDICT_ALLOW, "enrolled");
	}
	return 0;
}

static int
ask_policies(struct login *login, const struct pending_login *pending)
{
	struct policy_claims claims =
	    token_admission_claims_of_pending(pending);

	return policy_check(login,
	    pending->is_by_token ? POLICY_TOKEN_ACCOUNT : POLICY_OTHER_ACCOUNT,
	    &claims);
}

/* Of a person who is in a session of this host now: only root's programs open
 * those, and not for a Client. A session does not come from a session, or it
 * would never end. Without memory there is just nothing to exchange. */
static void
keep_fresh(const struct login *login, struct pending_login *pending)
{
	AUTO(fresh_login) fresh = NULL;
	bool by_token = pending->is_by_token && !pending->is_by_session;

	if (login->peer_uid != 0 || login->client || !login->user_is_known ||
	    (!by_token && !pending->is_by_code))
		return;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return;
	*fresh = (struct fresh_login){
	    .uid = login->user.uid,
	    .at_ms = clock_monotonic_ms(),
	    .at_unix_s = clock_unix_s(),
	    .type = pending->claims_are_jwt ? INTROSPECTOR_JWT
					    : INTROSPECTOR_OPAQUE,
	    .expires_unix_s = by_token ? pending->expires_unix_s : INT64_MAX,
	};
	(void)stpcpy(fresh->user, login->user.name); /* all of the same size */
	(void)stpcpy(fresh->service, login->request->service);
	(void)stpcpy(fresh->introspector, pending->introspector);
	fresh->claims = TAKE(pending->claims);
	fresh_put(login->daemon->fresh, TAKE(fresh));
}

/* Only a token, and only for what a Client serves, or one whose account is
 * about to be seen. */
static bool
may_have_no_account(
    const struct login *login, const struct pending_login *pending)
{
	if (pending->person && pending->person->uid != PERSON_NO_UID)
		return true;
	return pending->is_by_token &&
	       config_client_serves_without_account(
		   login->client, login->request->service);
}

/* A login whose auth stage went through this daemon. */
static int
account_of_auth(struct login *login)
{
	AUTO(pending_login) pending = NULL;
	int r;

	r = pending_take(
	    login->daemon->pending, login->request->reference, &pending);
	if (r < 0)
		return r;
	if (r == 0) {
		(void)snprintf(login->result.text, sizeof(login->result.text),
		    "This login took too long; log in again.");
		login_decide(login, VERDICT_FORBIDDEN, "reference-unknown");
		return 0;
	}
	if (!streq(pending->user, login->request->user) ||
	    !streq(pending->service, login->request->service) ||
	    pending->peer_uid != login->peer_uid) {
		login_decide(login, VERDICT_FORBIDDEN, "other-user");
		return 0;
	}
	asker_resume(login, pending->client);
	login->user_is_proven = pending->is_by_token;
	if (!login->user_is_known && !may_have_no_account(login, pending)) {
		login_decide(login, VERDICT_FORBIDDEN, "unknown-user");
		return 0;
	}
	if (pending->arrival > ARRIVAL_STALE) {
		person_free(login->person);
		login->person = TAKE(pending->person);
	}
	login->arrival = pending->arrival;
	r = ask_policies(login, pending);
	if (r <= 0)
		return r;
	login_decide(login, VERDICT_ALLOW, "account-allowed");
	r = login->arrival != ARRIVAL_NONE ? creation_make_real(login)
					   : make_real(login, pending);
	if (r == 0 && login->result.verdict == VERDICT_ALLOW) {
		device_origin_keep(login, pending);
		keep_fresh(login, pending);
	}
	return r;
}

/* 1: he has a device. */
static int
is_enrolled(struct login *login)
{
	AUTO(user_record) record = NULL;
	char key[LOGIN_KEY_BYTES];

	return login_load_record(login, key, &record);
}

/* A key login, or a stack in which auth let this user pass. */
static int
account_alone(struct login *login)
{
	static const struct policy_claims nothing;
	int r;

	r = policy_check(login, POLICY_OTHER_ACCOUNT, &nothing);
	if (r <= 0)
		return r;
	r = exemption_check(login);
	if (r != 0)
		return r < 0 ? r : 0;
	if (login->request->flags & PAM_BEGIN_UNMANAGED_IGNORE) {
		r = is_enrolled(login);
		if (r < 0)
			return r;
		if (r == 0) {
			login_decide(login, VERDICT_UNMANAGED, "not-managed");
			return 0;
		}
	}
	login_decide(login, VERDICT_ALLOW, "account-allowed");
	return 0;
}

int
account_login(struct login *login)
{
	bool has_reference = login->request->reference[0];

	if (login->user_is_inactive) {
		login_decide(login, VERDICT_FORBIDDEN, "inactive");
		return 0;
	}
	if (!login->user_is_known && !has_reference) {
		login_decide(login, VERDICT_FORBIDDEN, "unknown-user");
		return 0;
	}
	return has_reference ? account_of_auth(login) : account_alone(login);
}
