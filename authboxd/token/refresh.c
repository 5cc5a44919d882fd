#include "token/refresh.h"

static int64_t
age_ms(const struct refresh *refresh, int64_t now_ms)
{
	return now_ms - refresh->fetched_ms;
}

bool
refresh_is_usable(const struct refresh *refresh, int64_t now_ms)
{
	return refresh->is_fetched &&
	       age_ms(refresh, now_ms) < REFRESH_STALE_MAX_MS;
}

static bool
is_cooling(const struct refresh *refresh, int64_t now_ms)
{
	return refresh->is_tried &&
	       now_ms - refresh->tried_ms < REFRESH_COOLDOWN_MS;
}

bool
refresh_is_due(const struct refresh *refresh, int64_t now_ms)
{
	return !is_cooling(refresh, now_ms) &&
	       (!refresh->is_fetched ||
		   age_ms(refresh, now_ms) >= REFRESH_DUE_MS);
}

bool
refresh_admit(struct refresh *refresh, int64_t now_ms)
{
	if (is_cooling(refresh, now_ms))
		return false;
	refresh->is_tried = true;
	refresh->tried_ms = now_ms;
	return true;
}

void
refresh_note_set(struct refresh *refresh, int64_t age, int64_t now_ms)
{
	refresh->is_fetched = true;
	refresh->fetched_ms = now_ms - (age < 0 ? REFRESH_DUE_MS : age);
}

void
refresh_note_unknown(struct refresh *refresh, uint64_t kid, int64_t now_ms)
{
	unsigned at = refresh->unknown_next++ % REFRESH_UNKNOWN_MAX;

	refresh->unknown[at] = kid;
	refresh->unknown_until_ms[at] = now_ms + REFRESH_UNKNOWN_MS;
}

bool
refresh_is_unknown(const struct refresh *refresh, uint64_t kid, int64_t now_ms)
{
	for (unsigned i = 0; i < REFRESH_UNKNOWN_MAX; i++)
		if (refresh->unknown[i] == kid &&
		    refresh->unknown_until_ms[i] > now_ms)
			return true;
	return false;
}
