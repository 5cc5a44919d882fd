/*
 * A bounded cache of texts under 32-byte keys, for what others made us ask:
 * the entry unused for longest gives way. Any number of threads.
 *
 * Keys are digests, so that nobody can choose where they fall. Times are those
 * of the monotonic clock and are passed in.
 */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"

#define CACHE_KEY_BYTES 32

struct cache;

/* For `entries_max` (1 to 65536) values of at most `value_bytes_max` bytes
 * each. NULL: no memory. */
struct cache *cache_new(size_t entries_max, size_t value_bytes_max);

/* NULL is fine. */
void cache_free(struct cache *cache);
CLEANUP_DEFINE(cache)

/* 1: *ret_value is a copy, the caller's; 0: there is none, or none that is
 * still good; -ENOMEM. */
int cache_find(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES],
    int64_t now_ms, struct secret **ret_value);

/* Keep a copy until `expires_ms`; what was there under the key is gone. 0, also
 * when the value is too long to be kept; -ENOMEM. */
int cache_put(struct cache *cache, const uint8_t key[CACHE_KEY_BYTES],
    const struct secret *value, int64_t expires_ms);

#endif
