/* Kept as decimal numbers with a blank between them: the mark in Unix seconds,
 * and, where there is a burn, its time and its steps. */
#include "factor/clock_mark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "factor/attempt.h"
#include "factor/otp.h"
#include "users/user_record.h"

#define DIGITS_MAX 18 /* exact, and far beyond any clock */

struct times {
	int64_t mark_unix_s;
	struct clock_burn burn;
};

/* One number, and the blank behind it. */
static int
take_number(const struct secret *value, size_t *at, int64_t *ret_number)
{
	size_t begin = *at;
	int64_t number = 0;

	for (; *at < value->size && value->bytes[*at] != ' '; (*at)++) {
		char digit = value->bytes[*at];

		if (digit < '0' || digit > '9' || *at - begin == DIGITS_MAX)
			return -EBADMSG;
		number = number * 10 + (digit - '0');
	}
	if (*at == begin)
		return -EBADMSG;
	(*at)++;
	*ret_number = number;
	return 0;
}

static int
times_parse(const struct secret *value, struct times *ret)
{
	struct times times = {0};
	int64_t future = 0;
	size_t at = 0;
	int r;

	r = take_number(value, &at, &times.mark_unix_s);
	if (r == 0 && at <= value->size) {
		r = take_number(value, &at, &times.burn.unix_s);
		if (r == 0)
			r = take_number(value, &at, &future);
	}
	if (r == 0 && (at <= value->size || future > UINT16_MAX))
		r = -EBADMSG;
	if (r < 0)
		return r;
	times.burn.future_codes = (unsigned)future;
	*ret = times;
	return 0;
}

static int
times_put(struct store_item *item, const struct times *times)
{
	char text[80];
	int size;

	if (times->burn.unix_s > 0)
		size = snprintf(text, sizeof(text),
		    "%" PRId64 " %" PRId64 " %u", times->mark_unix_s,
		    times->burn.unix_s, times->burn.future_codes);
	else
		size = snprintf(
		    text, sizeof(text), "%" PRId64, times->mark_unix_s);
	item->new_value = secret_copy(text, (size_t)size);
	if (!item->new_value)
		return -ENOMEM;
	item->write = STORE_PUT;
	return 0;
}

int
clock_mark_check(struct store_item *item, int64_t now_unix_s,
    bool *ret_is_behind, struct clock_burn *ret_burn)
{
	struct times times = {.mark_unix_s = -CLOCK_MARK_EVERY_S};
	int64_t mark_unix_s;
	int r = item->value ? times_parse(item->value, &times) : 0;

	/* No time before 1970 is ever marked: the mark has no sign. */
	mark_unix_s = times.mark_unix_s;
	if (r == 0 && now_unix_s >= 0 &&
	    now_unix_s - CLOCK_MARK_EVERY_S >= mark_unix_s) {
		times.mark_unix_s = now_unix_s;
		r = times_put(item, &times);
	}
	if (r < 0)
		return r;

	*ret_is_behind = now_unix_s + CLOCK_MARK_SLACK_S < mark_unix_s;
	*ret_burn = times.burn;
	return 0;
}

int
clock_mark_is_behind(struct store *store, int64_t now_unix_s)
{
	AUTO(secret) value = NULL;
	struct times times;
	int r = store_get(store, CLOCK_MARK_KEY, &value);

	if (r <= 0)
		return r;
	r = times_parse(value, &times);
	return r < 0 ? r : now_unix_s + CLOCK_MARK_SLACK_S < times.mark_unix_s;
}

struct accept {
	int64_t now_unix_s, was_unix_s;
};

static int
accept_decide(void *context, struct store_item items[], size_t count)
{
	struct accept *accept = context;
	struct times times = {0};

	(void)count; /* one key was given */
	/* A damaged mark is what root may want to get rid of. */
	if (items[0].value)
		(void)times_parse(items[0].value, &times);
	accept->was_unix_s = times.mark_unix_s;
	times.mark_unix_s = accept->now_unix_s;
	if (times.burn.unix_s > accept->now_unix_s)
		times.burn.unix_s = accept->now_unix_s;
	return times_put(&items[0], &times);
}

int
clock_mark_accept(
    struct store *store, int64_t now_unix_s, int64_t *ret_was_unix_s)
{
	const char *const keys[] = {CLOCK_MARK_KEY};
	struct accept accept = {now_unix_s < 0 ? 0 : now_unix_s, 0};
	int r = store_update(store, keys, 1, accept_decide, &accept);

	if (r < 0)
		return r;
	*ret_was_unix_s = accept.was_unix_s;
	return 0;
}

static int
burn_decide(void *context, struct store_item items[], size_t count)
{
	const struct clock_burn *burn = context;
	struct times times = {0};
	int r = items[0].value ? times_parse(items[0].value, &times) : 0;

	(void)count; /* one key was given */
	if (r < 0)
		return r;
	if (times.mark_unix_s < burn->unix_s)
		times.mark_unix_s = burn->unix_s;
	times.burn = *burn;
	times.burn.unix_s = times.mark_unix_s;
	return times_put(&items[0], &times);
}

int
clock_mark_burn(struct store *store, int64_t now_unix_s, unsigned future_codes)
{
	const char *const keys[] = {CLOCK_MARK_KEY};
	struct clock_burn burn = {now_unix_s, future_codes};

	return store_update(store, keys, 1, burn_decide, &burn);
}

static void
burn_device(const struct clock_burn *burn, struct device *device)
{
	uint64_t last;

	if (device->type == OTP_HOTP)
		last = device->last_used + ATTEMPT_LOOK_AHEAD -
		       (device->used ? 0 : 1);
	else
		last = otp_step(burn->unix_s, device->period_s) +
		       burn->future_codes;
	if (!device->used || device->last_used < last)
		device->last_used = last;
	device->used = true;
}

void
clock_mark_burn_record(
    const struct clock_burn *burn, struct user_record *record)
{
	if (burn->unix_s <= record->burnt_unix_s)
		return;
	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (device->enabled && device->created_unix_s <= burn->unix_s)
			burn_device(burn, device);
	}
	record->burnt_unix_s = burn->unix_s;
}
