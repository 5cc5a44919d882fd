#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/clock_mark.h"

#define NOW INT64_C(1767225600)

/* A store of one item. */
struct store {
	struct secret *value;
	int fault;
};

int
store_update(struct store *store, const char *const keys[], size_t count,
    store_decide *decide, void *context)
{
	struct store_item item = {keys[0], store->value, STORE_KEEP, NULL};
	int r;

	assert_int_equal(count, 1);
	assert_string_equal(keys[0], CLOCK_MARK_KEY);
	r = decide(context, &item, 1);
	if (r < 0 || store->fault < 0) {
		secret_free(item.new_value);
		return r < 0 ? r : store->fault;
	}
	assert_int_equal(item.write, STORE_PUT);
	secret_free(store->value);
	store->value = item.new_value;
	return 0;
}

int
store_get(struct store *store, const char *key, struct secret **ret_value)
{
	assert_string_equal(key, CLOCK_MARK_KEY);
	if (store->fault < 0 || !store->value)
		return store->fault;
	*ret_value = secret_copy(store->value->bytes, store->value->size);
	return 1;
}

/* One check on the mark, which is written as the check asks. */
static int
check(struct secret **mark, int64_t now_unix_s, bool *ret_is_behind)
{
	struct store_item item = {CLOCK_MARK_KEY, *mark, STORE_KEEP, NULL};
	int r = clock_mark_check(&item, now_unix_s, ret_is_behind);

	assert_int_equal(item.write == STORE_PUT, item.new_value != NULL);
	if (item.new_value) {
		secret_free(*mark);
		*mark = item.new_value;
	}
	return r;
}

static void
the_mark_follows_the_clock_once_a_minute(void **state)
{
	static const struct {
		int64_t after_s;
		const char *mark;
	} steps[] = {
	    {0, "1767225600"},
	    {59, "1767225600"},
	    {60, "1767225660"},
	    {61, "1767225660"},
	    {-30, "1767225660"},
	    {86400, "1767312000"},
	};
	AUTO(secret) mark = NULL;
	bool is_behind = true;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(
		    check(&mark, NOW + steps[i].after_s, &is_behind), 0);
		assert_string_equal(mark->bytes, steps[i].mark);
	}
}

static void
a_clock_more_than_a_minute_behind_the_mark_is_behind(void **state)
{
	static const struct {
		int64_t jump_s;
		bool is_behind;
	} jumps[] = {
	    {-31, false}, {-60, false}, {-61, true}, {-90, true}, {-3600, true},
	    {-365 * 86400, true}, {-NOW, true}, /* 1970 */
	    {-NOW - 10, true},			/* before it */
	    {31, false}, {3600, false}, {INT64_C(10) * 365 * 86400, false},
	    {INT64_C(2147483648) - NOW, false}, /* 2038 */
	    {INT64_C(4294967296) - NOW, false}, /* 2106 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		AUTO(secret) mark = NULL;
		bool is_behind;

		assert_int_equal(check(&mark, NOW, &is_behind), 0);
		assert_false(is_behind);
		assert_int_equal(
		    check(&mark, NOW + jumps[i].jump_s, &is_behind), 0);
		assert_int_equal(is_behind, jumps[i].is_behind);
		assert_int_equal(check(&mark, NOW, &is_behind), 0);
		assert_int_equal(is_behind, jumps[i].jump_s > 60);
	}
}

static void
a_damaged_mark_is_an_error_and_not_no_mark(void **state)
{
	static const char *const marks[] = {
	    "", " ", "x", "-1", "1.5", "1767225600 ", "1234567890123456789"};

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		AUTO(secret) mark = secret_copy(marks[i], strlen(marks[i]));
		bool is_behind;

		assert_int_equal(check(&mark, NOW, &is_behind), -EBADMSG);
	}
}

static void
root_accepts_a_clock_whatever_the_mark_was(void **state)
{
	struct store store = {NULL, 0};
	bool is_behind;
	int64_t was;

	(void)state;
	assert_int_equal(clock_mark_accept(&store, NOW, &was), 0);
	assert_int_equal(was, 0);
	assert_int_equal(clock_mark_accept(&store, NOW - 86400, &was), 0);
	assert_int_equal(was, NOW);
	assert_int_equal(check(&store.value, NOW - 86400, &is_behind), 0);
	assert_false(is_behind);

	store.value->bytes[0] = 'x';
	assert_int_equal(clock_mark_accept(&store, NOW, &was), 0);
	assert_int_equal(was, 0);
	store.fault = -EIO;
	assert_int_equal(clock_mark_accept(&store, NOW, &was), -EIO);
	secret_free(store.value);
}

static void
the_same_is_told_without_an_update(void **state)
{
	struct store store = {NULL, 0};

	(void)state;
	assert_int_equal(clock_mark_is_behind(&store, 0), 0);
	store.value = secret_copy("1767225600", 10);
	assert_int_equal(clock_mark_is_behind(&store, NOW), 0);
	assert_int_equal(clock_mark_is_behind(&store, NOW - 60), 0);
	assert_int_equal(clock_mark_is_behind(&store, NOW - 61), 1);
	assert_int_equal(clock_mark_is_behind(&store, 0), 1);

	store.value->bytes[0] = 'x';
	assert_int_equal(clock_mark_is_behind(&store, NOW), -EBADMSG);
	store.fault = -EIO;
	assert_int_equal(clock_mark_is_behind(&store, NOW), -EIO);
	secret_free(store.value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_mark_follows_the_clock_once_a_minute),
	    cmocka_unit_test(
		a_clock_more_than_a_minute_behind_the_mark_is_behind),
	    cmocka_unit_test(a_damaged_mark_is_an_error_and_not_no_mark),
	    cmocka_unit_test(root_accepts_a_clock_whatever_the_mark_was),
	    cmocka_unit_test(the_same_is_told_without_an_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
