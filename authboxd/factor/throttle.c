/*
 * Failures are kept one by one with their time, so that the two sums slide.
 * They are written in time order: a failure is never stamped before the newest
 * one, so a clock that steps back refunds nothing. What lies further ahead
 * than the slack of the clock mark comes from a clock that was wrong and that
 * root has set right since; throttle_settle() brings it back to now, from where
 * it runs out as the rule says instead of years later.
 */
#include "factor/throttle.h"

#include <string.h>

#define DAY_S	    (24 * 3600)
#define MONTH_S	    (30 * DAY_S)
#define SEND_S	    600
/* The mark may be a minute old when the clock steps back by its slack. */
#define AHEAD_MAX_S 120

static const struct limit {
	int64_t window_s;
	size_t max;
	const char *why;
} limits[] = {
    {DAY_S, THROTTLE_DAY_MAX, "budget-day"},
    {MONTH_S, THROTTLE_MONTH_MAX, "budget-month"},
};

/* The second from which fewer than `max` failures lie inside the window; 0:
 * that is so now. */
static int64_t
sum_retry_unix_s(const struct throttle *throttle, bool of_strangers,
    int64_t window_s, size_t max, int64_t now_unix_s)
{
	size_t inside = 0;

	for (size_t i = throttle->failure_count; i-- > 0;) {
		const struct failure *failure = &throttle->failures[i];

		if (failure->unix_s + window_s <= now_unix_s ||
		    (of_strangers && failure->known))
			continue;
		if (++inside == max)
			return failure->unix_s + window_s;
	}
	return 0;
}

static void
raise_retry(int64_t retry_unix_s, const char *why, int64_t *ret_unix_s,
    const char **ret_why)
{
	if (retry_unix_s <= *ret_unix_s)
		return;
	*ret_unix_s = retry_unix_s;
	if (ret_why)
		*ret_why = why;
}

int64_t
throttle_retry_unix_s(const struct throttle *throttle, bool known,
    int64_t now_unix_s, const char **ret_why)
{
	int64_t retry = 0;

	if (throttle->wait_until_unix_s[known] > now_unix_s)
		raise_retry(throttle->wait_until_unix_s[known], "wait", &retry,
		    ret_why);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *limit = &limits[i];

		raise_retry(sum_retry_unix_s(throttle, false, limit->window_s,
				limit->max, now_unix_s),
		    limit->why, &retry, ret_why);
		if (!known)
			raise_retry(
			    sum_retry_unix_s(throttle, true, limit->window_s,
				limit->max / 2, now_unix_s),
			    limit->why, &retry, ret_why);
	}
	return retry;
}

static void
drop_oldest_failures(struct throttle *throttle, size_t count)
{
	throttle->failure_count -= count;
	memmove(throttle->failures, throttle->failures + count,
	    throttle->failure_count * sizeof(throttle->failures[0]));
}

void
throttle_count_failure(
    struct throttle *throttle, bool known, int64_t now_unix_s)
{
	struct failure failure = {now_unix_s, known};
	unsigned *in_a_row = &throttle->in_a_row[known];
	int64_t wait_s = 60;
	size_t old = 0;

	while (old < throttle->failure_count &&
	       throttle->failures[old].unix_s + MONTH_S <= now_unix_s)
		old++;
	/* Nobody is admitted with a full list; if it were full, the newest
	 * failures are those that count. */
	if (old == 0 && throttle->failure_count == RECORD_FAILURES_MAX)
		old = 1;
	drop_oldest_failures(throttle, old);

	if (throttle->failure_count > 0 &&
	    throttle->failures[throttle->failure_count - 1].unix_s > now_unix_s)
		failure.unix_s =
		    throttle->failures[throttle->failure_count - 1].unix_s;
	throttle->failures[throttle->failure_count++] = failure;

	if (*in_a_row < RECORD_IN_A_ROW_MAX)
		(*in_a_row)++;
	if (*in_a_row <= THROTTLE_FREE_TRIES)
		return;
	for (unsigned i = THROTTLE_FREE_TRIES + 1;
	     i < *in_a_row && wait_s < THROTTLE_WAIT_MAX_S; i++)
		wait_s *= 2;
	if (wait_s > THROTTLE_WAIT_MAX_S)
		wait_s = THROTTLE_WAIT_MAX_S;
	throttle->wait_until_unix_s[known] = failure.unix_s + wait_s;
}

void
throttle_count_success(struct throttle *throttle)
{
	for (int known = 0; known < 2; known++) {
		throttle->in_a_row[known] = 0;
		throttle->wait_until_unix_s[known] = 0;
	}
}

static bool
bring_back(int64_t *unix_s, int64_t max_unix_s, int64_t to_unix_s)
{
	if (*unix_s <= max_unix_s)
		return false;
	*unix_s = to_unix_s;
	return true;
}

bool
throttle_settle(struct throttle *throttle, int64_t now_unix_s)
{
	int64_t max_unix_s = now_unix_s + AHEAD_MAX_S;
	bool changed = false;

	for (size_t i = 0; i < throttle->failure_count; i++)
		changed |= bring_back(
		    &throttle->failures[i].unix_s, max_unix_s, now_unix_s);
	for (size_t i = 0; i < throttle->recovery_count; i++)
		changed |= bring_back(
		    &throttle->recovery_unix_s[i], max_unix_s, now_unix_s);
	for (size_t i = 0; i < throttle->sent_count; i++)
		changed |= bring_back(
		    &throttle->sent_unix_s[i], max_unix_s, now_unix_s);
	for (int known = 0; known < 2; known++)
		changed |= bring_back(&throttle->wait_until_unix_s[known],
		    max_unix_s + THROTTLE_WAIT_MAX_S,
		    now_unix_s + THROTTLE_WAIT_MAX_S);
	return changed;
}

bool
throttle_is_settled(const struct throttle *throttle, int64_t now_unix_s)
{
	struct throttle copy = *throttle;

	return !throttle_settle(&copy, now_unix_s);
}

/* Drop what left the window, and tell how many of at most `max` are inside. */
static size_t
times_inside(
    int64_t times[], size_t *count, int64_t window_s, int64_t now_unix_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (times[i] + window_s > now_unix_s)
			times[kept++] = times[i];
	*count = kept;
	return kept;
}

_Static_assert(THROTTLE_RECOVERY_MAX <= RECORD_RECOVERY_CODES_MAX,
    "the record has a place for each try");

static size_t
recovery_max(bool known)
{
	return known ? THROTTLE_RECOVERY_MAX : THROTTLE_RECOVERY_MAX / 2;
}

int64_t
throttle_recovery_retry_unix_s(
    const struct throttle *throttle, bool known, int64_t now_unix_s)
{
	size_t inside = 0;

	for (size_t i = throttle->recovery_count; i-- > 0;) {
		int64_t end_unix_s = throttle->recovery_unix_s[i] + DAY_S;

		if (end_unix_s > now_unix_s && ++inside == recovery_max(known))
			return end_unix_s;
	}
	return 0;
}

bool
throttle_admit_recovery(
    struct throttle *throttle, bool known, int64_t now_unix_s)
{
	if (times_inside(throttle->recovery_unix_s, &throttle->recovery_count,
		DAY_S, now_unix_s) >= recovery_max(known))
		return false;
	throttle->recovery_unix_s[throttle->recovery_count++] = now_unix_s;
	return true;
}

bool
throttle_admit_send(struct throttle *throttle, int64_t now_unix_s)
{
	if (times_inside(throttle->sent_unix_s, &throttle->sent_count, SEND_S,
		now_unix_s) >= THROTTLE_SENDS_MAX)
		return false;
	throttle->sent_unix_s[throttle->sent_count++] = now_unix_s;
	return true;
}
