/* The cache against a slow oracle that keeps every entry in a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cache.h"

#define NOW	  INT64_C(5000)
#define ENTRIES	  8
#define BYTES_MAX 16

static void
make_key(unsigned number, uint8_t ret_key[CACHE_KEY_BYTES])
{
	memset(ret_key, 0, CACHE_KEY_BYTES);
	memcpy(ret_key, &(unsigned){number % 3}, sizeof(number));
	memcpy(ret_key + 8, &number, sizeof(number));
}

static void
put(struct cache *cache, unsigned number, const char *text, int64_t expires_ms)
{
	AUTO(secret) value = secret_copy(text, strlen(text));
	uint8_t key[CACHE_KEY_BYTES];

	make_key(number, key);
	assert_int_equal(cache_put(cache, key, value, expires_ms), 0);
}

static bool
has(struct cache *cache, unsigned number, int64_t now_ms, const char *text)
{
	AUTO(secret) value = NULL;
	uint8_t key[CACHE_KEY_BYTES];
	int r;

	make_key(number, key);
	r = cache_find(cache, key, now_ms, &value);
	assert_true(r == 0 || r == 1);
	if (r > 0)
		assert_string_equal(value->bytes, text);
	return r > 0;
}

static void
a_value_is_good_until_it_expires(void **state)
{
	AUTO(cache) cache = cache_new(ENTRIES, BYTES_MAX);

	(void)state;
	put(cache, 1, "one", NOW + 10);
	assert_true(has(cache, 1, NOW + 9, "one"));
	assert_false(has(cache, 1, NOW + 10, "one"));
	assert_false(has(cache, 1, NOW, "one"));
}

static void
a_new_value_replaces_the_old_one(void **state)
{
	AUTO(cache) cache = cache_new(ENTRIES, BYTES_MAX);

	(void)state;
	put(cache, 1, "one", NOW + 10);
	put(cache, 1, "other", NOW + 20);
	assert_true(has(cache, 1, NOW + 15, "other"));
	put(cache, 1, "far too long to keep", NOW + 20);
	assert_false(has(cache, 1, NOW, NULL));
}

struct oracle_entry {
	unsigned number;
	int64_t expires_ms;
};

/* The newest stands last. */
struct oracle {
	struct oracle_entry entries[ENTRIES];
	size_t count;
};

static size_t
oracle_find(const struct oracle *oracle, unsigned number)
{
	size_t at = 0;

	while (at < oracle->count && oracle->entries[at].number != number)
		at++;
	return at;
}

static void
oracle_drop(struct oracle *oracle, size_t at)
{
	oracle->count--;
	for (; at < oracle->count; at++)
		oracle->entries[at] = oracle->entries[at + 1];
}

static void
oracle_put(struct oracle *oracle, unsigned number, int64_t expires_ms)
{
	size_t at = oracle_find(oracle, number);

	if (at < oracle->count)
		oracle_drop(oracle, at);
	else if (oracle->count == ENTRIES)
		oracle_drop(oracle, 0);
	oracle->entries[oracle->count++] =
	    (struct oracle_entry){number, expires_ms};
}

static bool
oracle_has(struct oracle *oracle, unsigned number, int64_t now_ms)
{
	size_t at = oracle_find(oracle, number);
	struct oracle_entry found;

	if (at == oracle->count)
		return false;
	found = oracle->entries[at];
	oracle_drop(oracle, at);
	if (found.expires_ms <= now_ms)
		return false;
	oracle->entries[oracle->count++] = found;
	return true;
}

static void
the_cache_agrees_with_the_oracle(void **state)
{
	AUTO(cache) cache = cache_new(ENTRIES, BYTES_MAX);
	struct oracle oracle = {.count = 0};
	unsigned seed = 7, hits = 0, misses = 0;
	int64_t now = NOW;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		unsigned number = (unsigned)rand_r(&seed) % 20;

		now += rand_r(&seed) % 3;
		if (rand_r(&seed) % 3 == 0) {
			int64_t expires_ms = now + 1 + rand_r(&seed) % 60;

			put(cache, number, "text", expires_ms);
			oracle_put(&oracle, number, expires_ms);
		} else {
			bool expected = oracle_has(&oracle, number, now);

			assert_int_equal(
			    has(cache, number, now, "text"), expected);
			hits += expected;
			misses += !expected;
		}
	}
	assert_true(hits > 1000 && misses > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_is_good_until_it_expires),
	    cmocka_unit_test(a_new_value_replaces_the_old_one),
	    cmocka_unit_test(the_cache_agrees_with_the_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
