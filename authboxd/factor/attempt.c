#include "factor/attempt.h"

#include <errno.h>
#include <string.h>

#include "factor/otp.h"
#include "factor/recovery.h"
#include "factor/throttle.h"

static void
conclude(struct attempt *attempt, enum attempt_result result, const char *why)
{
	attempt->result = result;
	attempt->why = why;
}

/* ---- who asks ---- */

bool
attempt_is_known(
    const struct user_record *record, const struct attempt *attempt)
{
	if (!attempt->address_is_trusted)
		return false;
	if (!attempt->address)
		return true;
	for (size_t i = 0; i < record->address_count; i++)
		if (streq(record->addresses[i].text, attempt->address))
			return record->addresses[i].success_unix_s +
				   THROTTLE_KNOWN_S >
			       attempt->now_unix_s;
	return false;
}

void
attempt_note_address(struct user_record *record, const struct attempt *attempt)
{
	struct address *address, *oldest = record->addresses;

	if (!attempt->address_is_trusted || !attempt->address ||
	    strlen(attempt->address) >= RECORD_ADDRESS_BYTES)
		return;

	address = user_record_find_address(record, attempt->address);
	if (!address && record->address_count < RECORD_ADDRESSES_MAX)
		address = &record->addresses[record->address_count++];
	for (size_t i = 0; !address && i < record->address_count; i++)
		if (record->addresses[i].success_unix_s <
		    oldest->success_unix_s)
			oldest = &record->addresses[i];
	if (!address)
		address = oldest;
	if (!streq(address->text, attempt->address)) {
		*address = (struct address){.text = ""};
		(void)stpcpy(address->text, attempt->address); /* fits */
	}
	address->success_unix_s = attempt->now_unix_s;
}

/* ---- the budget ---- */

static int64_t
retry_of_codes(const struct user_record *record, const struct attempt *attempt,
    const char **ret_why)
{
	return throttle_retry_unix_s(&record->throttle,
	    attempt_is_known(record, attempt), attempt->now_unix_s, ret_why);
}

static void
begin(struct user_record *record, struct attempt *attempt)
{
	conclude(attempt, ATTEMPT_WRONG, "wrong-code");
	attempt->record_changed = false;
	attempt->device[0] = '\0';
	attempt->retry_unix_s = 0;
	attempt->recovery_left = 0;
	if (!attempt->clock_is_behind)
		attempt->record_changed =
		    throttle_settle(&record->throttle, attempt->now_unix_s);
}

static bool
admit(const struct user_record *record, struct attempt *attempt)
{
	const char *why = NULL;
	int64_t retry = retry_of_codes(record, attempt, &why);

	if (retry == 0)
		return true;
	conclude(attempt, ATTEMPT_WAIT, why);
	attempt->retry_unix_s = retry;
	return false;
}

static void
count_wrong(struct user_record *record, struct attempt *attempt)
{
	throttle_count_failure(&record->throttle,
	    attempt_is_known(record, attempt), attempt->now_unix_s);
	attempt->record_changed = true;
}

static void
count_right(struct user_record *record, struct attempt *attempt)
{
	throttle_count_success(&record->throttle);
	attempt_note_address(record, attempt);
	attempt->record_changed = true;
}

bool
attempt_is_admitted(struct user_record *record, struct attempt *attempt)
{
	begin(record, attempt);
	if (!attempt->clock_is_behind)
		return admit(record, attempt);
	conclude(attempt, ATTEMPT_CLOCK, "clock-behind");
	return false;
}

void
attempt_count(
    struct user_record *record, struct attempt *attempt, bool is_right)
{
	if (is_right) {
		count_right(record, attempt);
		conclude(attempt, ATTEMPT_RIGHT, "code-accepted");
	} else {
		count_wrong(record, attempt);
		conclude(attempt, ATTEMPT_WRONG, "wrong-code");
	}
}

/* ---- matching ---- */

struct match {
	struct device *device; /* the first with a good code, NULL: none */
	struct device *used;   /* the first with a used one */
};

/* The counters whose codes are worth computing: the good ones, and the used
 * ones that a person may still see. */
static void
device_window(const struct device *device, const struct attempt *attempt,
    uint64_t *ret_first, uint64_t *ret_last)
{
	uint64_t step;

	if (device->type == OTP_HOTP) {
		*ret_first = device->last_used;
		*ret_last = device->last_used + ATTEMPT_LOOK_AHEAD -
			    (device->used ? 0 : 1);
		return;
	}
	step = otp_step(attempt->now_unix_s, device->period_s);
	*ret_first =
	    step > attempt->past_codes ? step - attempt->past_codes : 0;
	*ret_last = step + attempt->future_codes;
}

static int
match_device(struct device *device, const struct attempt *attempt,
    const char *code, struct match *match)
{
	uint64_t first, last, counter;
	int r;

	if (strlen(code) != device->digits)
		return 0;
	device_window(device, attempt, &first, &last);
	r = otp_match(device->key, device->algorithm, device->digits, first,
	    last, code, &counter);
	if (r <= 0)
		return r;

	if (device->used && counter <= device->last_used) {
		match->used = match->used ? match->used : device;
		return 0;
	}
	device->used = true;
	device->last_used = counter;
	match->device = match->device ? match->device : device;
	return 0;
}

/* Nobody's device: what a record without devices is matched against. */
static int
match_nobody(const struct attempt *attempt, const char *code)
{
	AUTO(secret) key = secret_new(OTP_KEY_BYTES_NEW);
	uint64_t first = otp_step(attempt->now_unix_s, 30), counter;
	int r;

	if (!key)
		return -ENOMEM;
	r = otp_match(key, OTP_SHA1, (unsigned)strlen(code), first,
	    first + attempt->past_codes + attempt->future_codes, code,
	    &counter);
	return r < 0 ? r : 0;
}

/* `only` NULL: all enabled devices. */
static int
match_devices(struct user_record *record, struct device *only,
    const struct attempt *attempt, const char *code, struct match *match)
{
	int r = 0;

	if (only)
		return match_device(only, attempt, code, match);
	for (size_t i = 0; r == 0 && i < record->device_count; i++)
		if (record->devices[i].enabled)
			r = match_device(
			    &record->devices[i], attempt, code, match);
	if (r == 0 && !user_record_is_enrolled(record))
		r = match_nobody(attempt, code);
	return r;
}

/* When the first code after the used one comes. */
static int64_t
next_code_unix_s(const struct device *device, int64_t now_unix_s)
{
	int64_t next = now_unix_s;

	if (device->type == OTP_TOTP)
		next = (int64_t)(device->last_used + 1) * device->period_s;
	return next > now_unix_s ? next : now_unix_s;
}

/* ---- codes ---- */

static bool
digits_fit(const struct user_record *record, const struct device *only,
    const struct attempt *attempt, size_t digits)
{
	if (only)
		return only->digits == digits;
	for (size_t i = 0; i < record->device_count; i++)
		if (record->devices[i].enabled &&
		    record->devices[i].digits == digits)
			return true;
	if (user_record_is_enrolled(record))
		return false;
	return digits == (attempt->digits ? attempt->digits : OTP_DIGITS_MIN);
}

static void
accept_recovery(struct user_record *record, struct attempt *attempt)
{
	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];
		uint64_t first, last;

		if (device->type != OTP_TOTP)
			continue;
		device_window(device, attempt, &first, &last);
		if (!device->used || device->last_used < last)
			device->last_used = last;
		device->used = true;
	}
	count_right(record, attempt);
	attempt->recovery_left =
	    (unsigned)(record->recovery_count + record->scratch_count);
	conclude(attempt, ATTEMPT_RECOVERY, "recovery-accepted");
}

/* Judge what is admitted; `device_too`: the clock allows it. */
static int
judge_code(struct user_record *record, struct device *only,
    struct attempt *attempt, const char *code, bool device_too)
{
	struct match match = {NULL, NULL};
	int r = 0, scratch = 0;

	if (device_too)
		r = match_devices(record, only, attempt, code, &match);
	if (r == 0 && !only && !match.device)
		scratch = r =
		    recovery_spend_scratch(record, attempt->recovery_key, code);
	if (r < 0)
		return r;

	if (match.device) {
		(void)stpcpy(attempt->device, match.device->name);
		attempt_count(record, attempt, true);
	} else if (scratch) {
		accept_recovery(record, attempt);
	} else if (match.used) {
		(void)stpcpy(attempt->device, match.used->name);
		attempt->retry_unix_s =
		    next_code_unix_s(match.used, attempt->now_unix_s);
		conclude(attempt, ATTEMPT_USED, "used-code");
	} else {
		attempt_count(record, attempt, false);
	}
	return 0;
}

static int
check_code(struct user_record *record, struct device *only,
    struct attempt *attempt, const char *code)
{
	bool fits = digits_fit(record, only, attempt, strlen(code));
	bool scratch = !only && record->scratch_count > 0 &&
		       strlen(code) == OTP_DIGITS_MAX;
	int r;

	if (!fits && !scratch) {
		conclude(attempt, ATTEMPT_MALFORMED, "malformed");
		return 0;
	}
	if (attempt->clock_is_behind && !scratch) {
		conclude(attempt, ATTEMPT_CLOCK, "clock-behind");
		return 0;
	}
	if (!admit(record, attempt))
		return 0;

	r = judge_code(record, only, attempt, code, !attempt->clock_is_behind);
	/* The guess at a scratch code is counted; but a person who typed the
	 * code of a device should know why it was not looked at. */
	if (r == 0 && fits && attempt->clock_is_behind &&
	    attempt->result == ATTEMPT_WRONG)
		conclude(attempt, ATTEMPT_CLOCK, "clock-behind");
	return r;
}

static int
check_recovery(struct user_record *record, struct attempt *attempt)
{
	bool known = attempt_is_known(record, attempt);
	int r;

	if (!throttle_admit_recovery(
		&record->throttle, known, attempt->now_unix_s)) {
		conclude(attempt, ATTEMPT_WAIT, "recovery-budget");
		attempt->retry_unix_s = throttle_recovery_retry_unix_s(
		    &record->throttle, known, attempt->now_unix_s);
		return 0;
	}
	attempt->record_changed = true;
	r = recovery_spend(record, attempt->recovery_key, attempt->answer);
	if (r > 0)
		accept_recovery(record, attempt);
	else
		conclude(attempt, ATTEMPT_WRONG, "recovery-wrong");
	return r < 0 ? r : 0;
}

/* ---- what others call ---- */

int
attempt_check_device(
    struct user_record *record, struct device *device, struct attempt *attempt)
{
	char code[OTP_DIGITS_MAX + 1];
	int r = 0;

	begin(record, attempt);
	if (otp_canonical(attempt->answer, code))
		r = check_code(record, device, attempt, code);
	else if (!device && recovery_is_shaped(attempt->answer))
		r = check_recovery(record, attempt);
	else
		conclude(attempt, ATTEMPT_MALFORMED, "malformed");
	secret_wipe(code, sizeof(code));
	return r;
}

int
attempt_check(struct user_record *record, struct attempt *attempt)
{
	return attempt_check_device(record, NULL, attempt);
}

int64_t
attempt_code_retry_unix_s(
    const struct user_record *record, const struct attempt *attempt)
{
	/* Times to be settled are settled, and written, by the next answer. */
	if (attempt->clock_is_behind ||
	    !throttle_is_settled(&record->throttle, attempt->now_unix_s))
		return 0;
	return retry_of_codes(record, attempt, NULL);
}

int64_t
attempt_retry_unix_s(
    const struct user_record *record, const struct attempt *attempt)
{
	int64_t code = attempt_code_retry_unix_s(record, attempt);
	int64_t recovery = throttle_recovery_retry_unix_s(&record->throttle,
	    attempt_is_known(record, attempt), attempt->now_unix_s);

	return code < recovery ? code : recovery;
}
