#include "net/breaker.h"

#include <stddef.h>

/* The entry of `key`, made if need be over the one unused for longest. */
static struct breaker_entry *
breaker_get(struct breaker *breaker, uint64_t key, int64_t now_ms)
{
	struct breaker_entry *oldest = &breaker->entries[0];

	for (size_t i = 0; i < BREAKER_KEYS_MAX; i++) {
		struct breaker_entry *entry = &breaker->entries[i];

		if (entry->used_ms != 0 && entry->key == key) {
			entry->used_ms = now_ms;
			return entry;
		}
		if (entry->used_ms < oldest->used_ms)
			oldest = entry;
	}
	*oldest = (struct breaker_entry){.key = key, .used_ms = now_ms};
	return oldest;
}

bool
breaker_admit(struct breaker *breaker, uint64_t key, int64_t now_ms)
{
	struct breaker_entry *entry = breaker_get(breaker, key, now_ms);

	if (entry->failures < BREAKER_FAILURES)
		return true;
	if (now_ms < entry->open_until_ms)
		return false;
	/* This one tries; the others wait for what it finds. */
	entry->open_until_ms = now_ms + BREAKER_OPEN_MS;
	return true;
}

bool
breaker_count(struct breaker *breaker, uint64_t key, bool good, int64_t now_ms)
{
	struct breaker_entry *entry = breaker_get(breaker, key, now_ms);

	if (good) {
		entry->failures = 0;
		return false;
	}
	if (entry->failures < BREAKER_FAILURES)
		entry->failures++;
	else
		return false;
	if (entry->failures < BREAKER_FAILURES)
		return false;
	entry->open_until_ms = now_ms + BREAKER_OPEN_MS;
	return true;
}
