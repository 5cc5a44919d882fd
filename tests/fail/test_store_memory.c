/*
 * Each allocation of a store's life fails in turn, in our code and in the
 * libraries: no crash, no leak of a wrong answer, nothing acknowledged lost.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

#define ALLOCATIONS_MAX 100000
#define STRIDE		3

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

/* Allocations until the one that fails; < 0: none does. */
static _Atomic long memory_left = -1;
static _Atomic long memory_used;

static _Atomic long memory_held; /* blocks */

static bool
memory_fails(void)
{
	memory_used++;
	if (memory_left >= 0 && memory_left-- == 0)
		return true;
	memory_held++;
	return false;
}

void *
malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	if (memory_fails())
		return NULL;
	memory_held -= p != NULL;
	return __libc_realloc(p, size);
}

void
free(void *p)
{
	memory_held -= p != NULL;
	__libc_free(p);
}

struct fact {
	const char *key, *text;
	int result;
};

static int
write_text(void *context, struct store_item items[], size_t count)
{
	const struct fact *fact = context;

	(void)count;
	items[0].write = STORE_PUT;
	items[0].new_value = secret_copy(fact->text, strlen(fact->text));
	return items[0].new_value ? 0 : -ENOMEM;
}

static int
count_one(void *context, const char *key, const struct secret *value)
{
	(void)key;
	(void)value;
	(*(int *)context)++;
	return 0;
}

/* Whatever is answered must be the truth, or an error. */
static void
ask(struct store *store, const struct fact facts[])
{
	AUTO(secret) value = NULL;
	AUTO(secret) derived = NULL;
	AUTO(secret) text = NULL;
	AUTO_TEXT report = NULL;
	int count = 0, expected = 0, r;

	r = store_get(store, facts[0].key, &value);
	if (r >= 0)
		assert_int_equal(r, facts[0].result == 0);
	for (int i = 0; i < 3; i++)
		expected += facts[i].result == 0;
	if (store_list(store, "user/", count_one, &count) == 0)
		assert_int_equal(count, expected);
	(void)store_derive_key(store, "recovery", &derived);
	(void)store_export_key(store, &text);
	r = store_check(store, &report);
	assert_true(r == 0 || r == -ENOMEM || r == -EIO);
}

static void
live(struct box *box, struct fact facts[])
{
	uint64_t count;
	int r = store_open(&box->paths, &box->store);

	if (r < 0) {
		assert_int_equal(r, -ENOMEM);
		return;
	}
	for (int i = 0; i < 3; i++)
		facts[i].result = store_update(
		    box->store, &facts[i].key, 1, write_text, &facts[i]);
	ask(box->store, facts);
	(void)store_rekey(box->store, &count);
	ask(box->store, facts);
	box_close(box);
}

static void
verify(struct box *box, const struct fact facts[], long allocations)
{
	AUTO_TEXT report = NULL;

	box_open(box);
	if (store_fault(box->store))
		fail_msg("after %ld allocations: %s", allocations,
		    store_fault(box->store));
	for (int i = 0; i < 3; i++)
		box_assert_value(box->store, facts[i].key,
		    facts[i].result == 0 ? facts[i].text : NULL);
	assert_int_equal(store_check(box->store, &report), 0);
}

/* Returns how many allocations there were. */
static long
live_with(long allocations)
{
	struct fact facts[] = {{"user/a", "a", -1},
	    {"user/b", "a longer text, which is still a short one", -1},
	    {"user/c", "", -1}};
	struct box *box =
	    box_new(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	void *state = box;
	long used;

	memory_used = 0;
	memory_left = allocations;
	live(box, facts);
	memory_left = -1;
	used = memory_used;
	verify(box, facts, allocations);
	(void)box_teardown(&state);
	return used;
}

static void
no_allocation_is_taken_for_granted(void **state)
{
	long allocations = 0, used, held;

	(void)state;
	/* Once without, for what is made once and kept. */
	assert_in_range(live_with(-1), 500, ALLOCATIONS_MAX);
	do {
		held = memory_held;
		used = live_with(allocations);
		assert_true(memory_held <= held);
		allocations += STRIDE;
	} while (used > allocations - STRIDE);
	print_message(
	    "# each %d. of %ld allocations failed\n", STRIDE, allocations);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_allocation_is_taken_for_granted),
	};

#ifdef __SANITIZE_ADDRESS__
	printf("1..1\nok 1 - memory # SKIP the sanitizer has a malloc of its "
	       "own\n");
	return 0;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
