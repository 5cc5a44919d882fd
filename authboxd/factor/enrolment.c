#include "factor/enrolment.h"

#include <errno.h>
#include <string.h>

#include "factor/otp.h"
#include "factor/recovery.h"

/* ---- finding ---- */

/* A clock that stepped back voids as well, or a request could live for ever. */
static bool
is_void(const struct device *device, int64_t now_unix_s)
{
	int64_t age_s = now_unix_s - device->created_unix_s;

	return !device->enabled &&
	       (age_s > ENROLMENT_PENDING_S || age_s < -ENROLMENT_PENDING_S);
}

/* The device of that name, or the only one without a name, that is enabled or
 * pending as asked. */
static struct device *
find(struct user_record *record, const char *name, bool enabled,
    int64_t now_unix_s)
{
	struct device *found = NULL;

	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (device->enabled != enabled || is_void(device, now_unix_s))
			continue;
		if (name && *name) {
			if (streq(device->name, name))
				return device;
		} else if (found) {
			return NULL;
		} else {
			found = device;
		}
	}
	return found;
}

static struct device *
find_enabled(struct user_record *record, const char *name)
{
	return find(record, name, true, 0);
}

struct device *
enrolment_find_pending(
    struct user_record *record, const char *device, int64_t now_unix_s)
{
	return find(record, device, false, now_unix_s);
}

/* ---- request ---- */

static const char *
or_default(const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

static bool
request_is_valid(const struct enrolment_request *request)
{
	const char *transport = or_default(request->transport, NULL);

	return id_is_valid(or_default(request->device, ENROLMENT_DEVICE)) &&
	       (!transport || id_is_valid(transport)) &&
	       request->digits >= OTP_DIGITS_MIN &&
	       request->digits <= OTP_DIGITS_MAX &&
	       request->period_s >= RECORD_PERIOD_MIN_S &&
	       request->period_s <= RECORD_PERIOD_MAX_S &&
	       request->key->size >= OTP_KEY_BYTES_MIN &&
	       request->key->size <= OTP_KEY_BYTES_MAX;
}

static void
drop_void(struct user_record *record, int64_t now_unix_s)
{
	for (size_t i = record->device_count; i-- > 0;)
		if (is_void(&record->devices[i], now_unix_s))
			user_record_remove_device(record, &record->devices[i]);
}

int
enrolment_request(
    struct user_record *record, const struct enrolment_request *request)
{
	const char *name = or_default(request->device, ENROLMENT_DEVICE);
	const char *replaces = or_default(request->replaces, NULL);
	struct device *device;

	if (!request_is_valid(request))
		return -EINVAL;
	if (replaces && !find_enabled(record, replaces))
		return -ENOENT;
	if (find_enabled(record, name) && !streq_null(name, replaces))
		return -EEXIST;

	drop_void(record, request->now_unix_s);
	device = user_record_find_pending(record, name);
	if (device)
		user_record_remove_device(record, device);
	if (record->device_count == RECORD_DEVICES_MAX)
		return -ENOSPC;

	device = &record->devices[record->device_count];
	*device = (struct device){
	    .type = request->type,
	    .algorithm = request->algorithm,
	    .digits = request->digits,
	    .period_s = request->period_s,
	    .created_unix_s = request->now_unix_s,
	    .key = secret_copy(request->key->bytes, request->key->size),
	};
	if (!device->key)
		return -ENOMEM;
	(void)stpcpy(device->name, name); /* valid ids fit */
	(void)stpcpy(device->transport, or_default(request->transport, ""));
	(void)stpcpy(device->replaces, replaces ? replaces : "");
	record->device_count++;
	return 0;
}

/* ---- confirm ---- */

int
enrolment_confirm(struct user_record *record, const char *device_name,
    struct attempt *attempt)
{
	struct device *device =
	    enrolment_find_pending(record, device_name, attempt->now_unix_s);
	char replaces[ID_BYTES_MAX + 1];
	int r;

	if (!device)
		return -ENOENT;
	r = attempt_check_device(record, device, attempt);
	if (r < 0 || attempt->result != ATTEMPT_RIGHT)
		return r;

	device->enabled = true;
	(void)stpcpy(replaces, device->replaces);
	device->replaces[0] = '\0';
	/* From the end: what moves then has been looked at. */
	for (size_t i = record->device_count; i-- > 0;) {
		struct device *other = &record->devices[i];

		if (other == device ||
		    (other->enabled && !streq(other->name, replaces)))
			continue;
		user_record_remove_device(record, other);
	}
	return 0;
}

/* ---- disable ---- */

static void
forget_all(struct user_record *record)
{
	while (record->device_count > 0)
		user_record_remove_device(
		    record, &record->devices[record->device_count - 1]);
	recovery_forget(record);
	/* An address that needed no code must not need none after the next
	 * enrolment. */
	for (size_t i = 0; i < record->address_count; i++)
		record->addresses[i].remember_unix_s = 0;
}

int
enrolment_disable(struct user_record *record, const char *device_name,
    struct attempt *attempt)
{
	bool all = !device_name || !*device_name;
	int r;

	if (all ? !user_record_is_enrolled(record)
		: !find_enabled(record, device_name))
		return -ENOENT;
	r = attempt_check(record, attempt);
	if (r < 0 || (attempt->result != ATTEMPT_RIGHT &&
			 attempt->result != ATTEMPT_RECOVERY))
		return r;

	if (!all)
		user_record_remove_device(
		    record, find_enabled(record, device_name));
	if (all || !user_record_is_enrolled(record))
		forget_all(record);
	return 0;
}

/* ---- resync ---- */

/* 1: the two codes belong to *ret_counter - 1 and *ret_counter. Every pair is
 * computed: how long it takes tells nothing about the first code alone. */
static int
match_pair(const struct device *device, const char *first_code,
    const char *second_code, uint64_t *ret_counter)
{
	uint64_t from = device->used ? device->last_used + 1 : 0, counter;
	bool found = false;

	for (uint64_t i = from; i + 1 < from + ENROLMENT_RESYNC_MAX; i++) {
		int first = otp_match(device->key, device->algorithm,
		    device->digits, i, i, first_code, &counter);
		int second = otp_match(device->key, device->algorithm,
		    device->digits, i + 1, i + 1, second_code, &counter);

		if (first < 0 || second < 0)
			return first < 0 ? first : second;
		if (first & second) {
			found = true;
			*ret_counter = i + 1;
		}
	}
	return found;
}

/* 1: the code is in the window, whose end is *ret_step. `code` "": whatever
 * the code. */
static int
match_window(const struct device *device, const struct attempt *attempt,
    const char *code, uint64_t *ret_step)
{
	uint64_t step = otp_step(attempt->now_unix_s, device->period_s);
	uint64_t first =
	    step > attempt->past_codes ? step - attempt->past_codes : 0;
	uint64_t last = step + attempt->future_codes, matched;
	int r = 1;

	if (*code)
		r = otp_match(device->key, device->algorithm, device->digits,
		    first, last, code, &matched);
	if (r > 0)
		*ret_step = last;
	return r;
}

static bool
read_code(const struct device *device, const char *typed,
    char ret_code[OTP_DIGITS_MAX + 1])
{
	return typed && otp_canonical(typed, ret_code) &&
	       strlen(ret_code) == device->digits;
}

static bool
needs_no_code(const struct device *device, const char *code)
{
	return !code && device->type == OTP_TOTP && device->transport[0];
}

int
enrolment_resync(struct user_record *record, const char *device_name,
    const char *first_code, const char *second_code, struct attempt *attempt)
{
	struct device *device = find_enabled(record, device_name);
	char first[OTP_DIGITS_MAX + 1] = "", second[OTP_DIGITS_MAX + 1] = "";
	uint64_t counter = 0;
	int r = 0;

	if (!device)
		return -ENOENT;
	if (!attempt_is_admitted(record, attempt))
		return 0;

	if ((!needs_no_code(device, first_code) &&
		!read_code(device, first_code, first)) ||
	    (device->type == OTP_HOTP &&
		!read_code(device, second_code, second))) {
		attempt->result = ATTEMPT_MALFORMED;
		attempt->why = "malformed";
	} else {
		r = device->type == OTP_HOTP
			? match_pair(device, first, second, &counter)
			: match_window(device, attempt, first, &counter);
		if (r >= 0)
			attempt_count(record, attempt, r > 0);
	}
	if (r > 0) {
		device->used = true;
		device->last_used = counter;
		if (device->last_sent > counter)
			device->last_sent = counter;
		(void)stpcpy(attempt->device, device->name);
	}
	secret_wipe(first, sizeof(first));
	secret_wipe(second, sizeof(second));
	return r < 0 ? r : 0;
}
