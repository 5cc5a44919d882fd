/* Entries are one array; a bucket is a chain of them and the order of use is a
 * doubly linked list, both by index. */
#include "base/cache.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define NONE UINT32_MAX

struct entry {
	uint8_t key[CACHE_KEY_BYTES];
	struct secret *value; /* NULL: free */
	int64_t expires_ms;
	uint32_t next_in_bucket;
	uint32_t newer, older;
};

struct cache {
	size_t value_bytes_max;
	uint32_t entries_max;
	pthread_mutex_t lock; /* of all below */
	struct entry *entries;
	uint32_t *buckets; /* entries_max of them */
	uint32_t newest, oldest;
	uint32_t used; /* entries from here on were never in use */
};

/* ---- order of use ---- */

static void
unlink_use(struct cache *cache, uint32_t at)
{
	struct entry *entry = &cache->entries[at];

	if (entry->newer == NONE)
		cache->newest = entry->older;
	else
		cache->entries[entry->newer].older = entry->older;
	if (entry->older == NONE)
		cache->oldest = entry->newer;
	else
		cache->entries[entry->older].newer = entry->newer;
}

static void
link_newest(struct cache *cache, uint32_t at)
{
	struct entry *entry = &cache->entries[at];

	entry->newer = NONE;
	entry->older = cache->newest;
	if (cache->newest == NONE)
		cache->oldest = at;
	else
		cache->entries[cache->newest].newer = at;
	cache->newest = at;
}

static void
link_oldest(struct cache *cache, uint32_t at)
{
	struct entry *entry = &cache->entries[at];

	entry->older = NONE;
	entry->newer = cache->oldest;
	if (cache->oldest == NONE)
		cache->newest = at;
	else
		cache->entries[cache->oldest].older = at;
	cache->oldest = at;
}

/* ---- buckets ---- */

static uint32_t *
bucket_of(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES])
{
	uint32_t number;

	memcpy(&number, key, sizeof(number));
	return &cache->buckets[number % cache->entries_max];
}

static uint32_t
find(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES])
{
	uint32_t at = *bucket_of(cache, key);

	while (at != NONE &&
	       !secret_equal(cache->entries[at].key, key, CACHE_KEY_BYTES))
		at = cache->entries[at].next_in_bucket;
	return at;
}

static void
unlink_bucket(struct cache *cache, uint32_t at)
{
	uint32_t *link = bucket_of(cache, cache->entries[at].key);

	while (*link != at)
		link = &cache->entries[*link].next_in_bucket;
	*link = cache->entries[at].next_in_bucket;
}

/* A free entry is the oldest, so that it is the next to be taken. */
static void
drop(struct cache *cache, uint32_t at)
{
	unlink_bucket(cache, at);
	secret_free(TAKE(cache->entries[at].value));
	unlink_use(cache, at);
	link_oldest(cache, at);
}

/* An entry in nobody's bucket and not in the order of use. */
static uint32_t
take_entry(struct cache *cache)
{
	uint32_t at;

	if (cache->used < cache->entries_max &&
	    (cache->oldest == NONE || cache->entries[cache->oldest].value))
		return cache->used++;
	at = cache->oldest;
	if (cache->entries[at].value)
		drop(cache, at);
	unlink_use(cache, at);
	return at;
}

/* ---- the whole ---- */

struct cache *
cache_new(size_t entries_max, size_t value_bytes_max)
{
	AUTO(cache) cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	(void)pthread_mutex_init(&cache->lock, NULL); /* cannot fail */
	cache->entries_max = (uint32_t)entries_max;
	cache->value_bytes_max = value_bytes_max;
	cache->newest = cache->oldest = NONE;
	cache->entries = calloc(entries_max, sizeof(*cache->entries));
	cache->buckets = calloc(entries_max, sizeof(*cache->buckets));
	if (!cache->entries || !cache->buckets)
		return NULL;
	for (size_t i = 0; i < entries_max; i++)
		cache->buckets[i] = NONE;
	return TAKE(cache);
}

void
cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (uint32_t i = 0; i < cache->used; i++)
		secret_free(cache->entries[i].value);
	free(cache->entries);
	free(cache->buckets);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

int
cache_find(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES],
    int64_t now_ms, struct secret **ret_value)
{
	uint32_t at;
	int r = 0;

	(void)pthread_mutex_lock(&cache->lock);
	at = find(cache, key);
	if (at != NONE && cache->entries[at].expires_ms <= now_ms) {
		drop(cache, at);
	} else if (at != NONE) {
		const struct secret *value = cache->entries[at].value;

		*ret_value = secret_copy(value->bytes, value->size);
		r = *ret_value ? 1 : -ENOMEM;
		unlink_use(cache, at);
		link_newest(cache, at);
	}
	(void)pthread_mutex_unlock(&cache->lock);
	return r;
}

int
cache_put(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES],
    const struct secret *value, int64_t expires_ms)
{
	bool fits = value->size <= cache->value_bytes_max;
	AUTO(secret)
	copy = fits ? secret_copy(value->bytes, value->size) : NULL;
	uint32_t at, *bucket;

	(void)pthread_mutex_lock(&cache->lock);
	at = find(cache, key);
	if (at != NONE)
		drop(cache, at);
	if (copy) {
		struct entry *entry;

		at = take_entry(cache);
		entry = &cache->entries[at];
		memcpy(entry->key, key, CACHE_KEY_BYTES);
		entry->value = TAKE(copy);
		entry->expires_ms = expires_ms;
		bucket = bucket_of(cache, key);
		entry->next_in_bucket = *bucket;
		*bucket = at;
		link_newest(cache, at);
		fits = false;
	}
	(void)pthread_mutex_unlock(&cache->lock);
	return fits ? -ENOMEM : 0;
}
