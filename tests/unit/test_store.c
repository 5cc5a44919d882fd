/*
 * The store's contract, on a folder of its own in the temporary folder.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/text.h"
#include "store/store.h"
#include "tests/harness/store_box.h"

#define THREADS		   64
#define UPDATES_PER_THREAD 20

static void
a_value_is_there_again_after_reopening(void **state)
{
	struct box *box = *state;

	box_assert_value(box->store, "user/anna", NULL);
	assert_int_equal(box_put(box->store, "user/anna", NULL, "one"), 0);
	box_assert_value(box->store, "user/anna", "one");
	box_reopen(box);
	box_assert_value(box->store, "user/anna", "one");
	assert_int_equal(box_put(box->store, "user/anna", "one", "two"), 0);
	assert_int_equal(box_put(box->store, "user/anna", "two", NULL), 0);
	box_assert_value(box->store, "user/anna", NULL);
	box_reopen(box);
	box_assert_value(box->store, "user/anna", NULL);
}

static void
values_of_every_size_come_back(void **state)
{
	static const size_t sizes[] = {0, 1, 900, 5000, STORE_VALUE_BYTES_MAX};
	struct box *box = *state;
	char *text = malloc(STORE_VALUE_BYTES_MAX + 2);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char key[16];

		memset(text, 'a' + (int)i, sizes[i]);
		text[sizes[i]] = 0;
		(void)snprintf(key, sizeof(key), "size/%zu", sizes[i]);
		assert_int_equal(box_put(box->store, key, NULL, text), 0);
		box_assert_value(box->store, key, text);
	}
	memset(text, 'x', STORE_VALUE_BYTES_MAX + 1);
	text[STORE_VALUE_BYTES_MAX + 1] = 0;
	assert_int_equal(box_put(box->store, "size/over", NULL, text), -E2BIG);
	box_assert_value(box->store, "size/over", NULL);
	free(text);
}

static void
an_update_of_several_keys_is_one_step(void **state)
{
	static const char *const keys[] = {"user/b", "meta/clock", "uid/7"};
	struct box *box = *state;
	struct box_script script = {.write = {STORE_PUT, STORE_KEEP, STORE_PUT},
	    .text = {"b", NULL, "user/b"}};

	assert_int_equal(
	    store_update(box->store, keys, 3, box_play, &script), 0);
	box_assert_value(box->store, "user/b", "b");
	box_assert_value(box->store, "meta/clock", NULL);
	box_assert_value(box->store, "uid/7", "user/b");
}

static void
an_aborted_update_changes_nothing_and_says_why(void **state)
{
	static const char *const keys[] = {"user/c", "user/d"};
	struct box *box = *state;
	struct box_script script = {.write = {STORE_PUT, STORE_PUT},
	    .text = {"c", "d"},
	    .result = -ENOTUNIQ};

	assert_int_equal(
	    store_update(box->store, keys, 2, box_play, &script), -ENOTUNIQ);
	box_assert_value(box->store, "user/c", NULL);
	box_assert_value(box->store, "user/d", NULL);
}

static void
nothing_is_flushed_when_all_is_kept(void **state)
{
	struct box *box = *state;
	struct store_stats before, after;

	assert_int_equal(box_put(box->store, "user/e", NULL, "e"), 0);
	store_stats(box->store, &before);
	for (int i = 0; i < 10; i++) {
		struct box_script script = {.expected = {"e"}};
		const char *key = "user/e";

		assert_int_equal(
		    store_update(box->store, &key, 1, box_play, &script), 0);
		assert_int_equal(script.calls, 1);
	}
	assert_int_equal(box_put(box->store, "user/nobody", NULL, NULL), 0);
	store_stats(box->store, &after);
	assert_int_equal(after.updates - before.updates, 11);
	assert_int_equal(after.flushes, before.flushes);
}

struct listing {
	char text[256];
	int stop_after;
	struct store *store;
};

static int
note_key(void *context, const char *key, const struct secret *value)
{
	struct listing *listing = context;
	size_t used = strlen(listing->text);

	(void)snprintf(listing->text + used, sizeof(listing->text) - used,
	    "%s=%s ", key, value->bytes);
	/* The store may be called from here. */
	box_assert_value(listing->store, key, value->bytes);
	return --listing->stop_after == 0 ? -ECANCELED : 0;
}

static void
a_list_has_the_keys_with_the_prefix_in_order(void **state)
{
	static const char *const keys[] = {"user/b", "user/a", "user/\xc3\xa9",
	    "users/x", "use", "uid/1", "user/a/b", "user/ab"};
	struct box *box = *state;
	struct listing listing = {.store = box->store};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_int_equal(box_put(box->store, keys[i], NULL, "v"), 0);
	assert_int_equal(
	    store_list(box->store, "user/", note_key, &listing), 0);
	assert_string_equal(listing.text,
	    "user/a=v user/a/b=v user/ab=v user/b=v user/\xc3\xa9=v ");

	listing = (struct listing){.store = box->store, .stop_after = 2};
	assert_int_equal(
	    store_list(box->store, "", note_key, &listing), -ECANCELED);
	assert_string_equal(listing.text, "uid/1=v use=v ");
}

static void
a_key_that_is_no_name_is_refused(void **state)
{
	struct box *box = *state;
	AUTO(secret) value = NULL;
	char key[STORE_KEY_BYTES_MAX + 2];

	memset(key, 'k', sizeof(key) - 1);
	key[STORE_KEY_BYTES_MAX + 1] = 0;
	assert_int_equal(box_put(box->store, key, NULL, "x"), -EINVAL);
	assert_int_equal(box_put(box->store, "", NULL, "x"), -EINVAL);
	assert_int_equal(box_put(box->store, "user/\n", NULL, "x"), -EINVAL);
	assert_int_equal(store_get(box->store, "user/\x01", &value), -EINVAL);
	key[STORE_KEY_BYTES_MAX] = 0;
	assert_int_equal(box_put(box->store, key, NULL, "x"), 0);
	box_assert_value(box->store, key, "x");
}

struct counting {
	struct store *store;
	pthread_t thread;
	unsigned number;
	bool seen[THREADS * UPDATES_PER_THREAD];
};

struct increment {
	unsigned before; /* of the first item */
	bool abort;
};

static int
add_one(void *context, struct store_item items[], size_t count)
{
	struct increment *increment = context;

	for (size_t i = count; i-- > 0;) {
		const struct secret *value = items[i].value;
		char text[16];

		increment->before =
		    value ? (unsigned)strtoul(value->bytes, NULL, 10) : 0;
		(void)snprintf(text, sizeof(text), "%u", increment->before + 1);
		items[i].write = STORE_PUT;
		items[i].new_value = secret_copy(text, strlen(text));
	}
	return increment->abort ? -ECANCELED : 0;
}

/* Each thread counts up one common key and one of its own. Every fifth try is
 * given up half way. */
static void *
count_up(void *context)
{
	struct counting *counting = context;
	char own[16];
	const char *keys[] = {"count/all", own};

	(void)snprintf(own, sizeof(own), "count/%u", counting->number);
	for (unsigned done = 0, i = 0; done < UPDATES_PER_THREAD; i++) {
		struct increment increment = {.abort = i % 5 == 0};
		int r =
		    store_update(counting->store, keys, 2, add_one, &increment);

		assert_int_equal(r, increment.abort ? -ECANCELED : 0);
		if (r == 0) {
			assert_false(counting->seen[increment.before]);
			counting->seen[increment.before] = true;
			done++;
		}
	}
	return NULL;
}

static void
each_update_of_many_threads_is_seen_exactly_once(void **state)
{
	struct box *box = *state;
	struct counting *countings = calloc(THREADS, sizeof(*countings));
	struct store_stats stats;

	for (unsigned i = 0; i < THREADS; i++) {
		countings[i].store = box->store;
		countings[i].number = i;
		assert_int_equal(pthread_create(&countings[i].thread, NULL,
				     count_up, &countings[i]),
		    0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(countings[i].thread, NULL), 0);

	for (unsigned n = 0; n < THREADS * UPDATES_PER_THREAD; n++) {
		unsigned seen = 0;

		for (unsigned i = 0; i < THREADS; i++)
			seen += countings[i].seen[n];
		assert_int_equal(seen, 1);
	}
	free(countings);
	box_assert_value(box->store, "count/all", "1280");
	box_assert_value(box->store, "count/0", "20");
	box_assert_value(box->store, "count/63", "20");

	store_stats(box->store, &stats);
	assert_int_equal(stats.updates, THREADS * UPDATES_PER_THREAD / 4 * 5);
	assert_true(stats.flushes < stats.updates / 2);
	assert_true(stats.batch_max > 1);
	assert_int_equal(stats.failures, 0);
}

static void
a_second_process_is_kept_out(void **state)
{
	struct box *box = *state;
	struct store *second = NULL;

	assert_int_equal(store_open(&box->paths, &second), -EBUSY);
	assert_null(second);
}

static void
nobody_else_may_read_the_files(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} cases[] = {
	    {"state", S_IFDIR | 0700},
	    {"state/authbox.db", S_IFREG | 0600},
	    {"state/authbox.db-wal", S_IFREG | 0600},
	    {"state/authbox.lock", S_IFREG | 0600},
	    {"keys", S_IFDIR | 0700},
	    {"keys/store.key", S_IFREG | 0400},
	};
	struct box *box = *state;
	mode_t before;

	box_close(box);
	assert_int_equal(chmod(box->state, 0755), 0);
	before = umask(0);
	box_open(box);
	(void)umask(before);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[128];
		struct stat st;

		(void)snprintf(
		    path, sizeof(path), "%s/%s", box->root, cases[i].name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode, cases[i].mode);
	}
}

static void
a_derived_key_stays_the_same_and_differs_by_purpose(void **state)
{
	struct box *box = *state;
	AUTO(secret) first = NULL;
	AUTO(secret) other = NULL;
	AUTO(secret) again = NULL;

	assert_int_equal(store_derive_key(box->store, "recovery", &first), 0);
	assert_int_equal(store_derive_key(box->store, "names", &other), 0);
	box_reopen(box);
	assert_int_equal(store_derive_key(box->store, "recovery", &again), 0);
	assert_int_equal(first->size, 32);
	assert_memory_equal(first->bytes, again->bytes, 32);
	assert_memory_not_equal(first->bytes, other->bytes, 32);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_value_is_there_again_after_reopening),
	    TEST(values_of_every_size_come_back),
	    TEST(an_update_of_several_keys_is_one_step),
	    TEST(an_aborted_update_changes_nothing_and_says_why),
	    TEST(nothing_is_flushed_when_all_is_kept),
	    TEST(a_list_has_the_keys_with_the_prefix_in_order),
	    TEST(a_key_that_is_no_name_is_refused),
	    TEST(each_update_of_many_threads_is_seen_exactly_once),
	    TEST(a_second_process_is_kept_out),
	    TEST(nobody_else_may_read_the_files),
	    TEST(a_derived_key_stays_the_same_and_differs_by_purpose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
