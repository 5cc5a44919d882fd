#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/clock_mark.h"
#include "users/user_record.h"

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
	struct clock_burn burn;
	int r = clock_mark_check(&item, now_unix_s, ret_is_behind, &burn);

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
	static const char *const marks[] = {"", " ", "x", "-1", "1.5",
	    "1767225600 ", "1234567890123456789", "1767225600 1",
	    "1767225600 1 ", "1767225600 1 x", "1767225600  1",
	    "1767225600 1 70000", "1767225600 1 1 1"};

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

/* ---- the burn ---- */

static struct clock_burn
burn_of(const struct store *store)
{
	struct store_item item = {
	    CLOCK_MARK_KEY, store->value, STORE_KEEP, NULL};
	struct clock_burn burn;
	bool is_behind;

	assert_int_equal(clock_mark_check(&item, NOW, &is_behind, &burn), 0);
	secret_free(item.new_value);
	return burn;
}

static void
a_burn_is_kept_beside_the_mark(void **state)
{
	struct store store = {NULL, 0};
	bool is_behind;
	int64_t was;

	(void)state;
	assert_int_equal(clock_mark_burn(&store, NOW, 2), 0);
	assert_string_equal(store.value->bytes, "1767225600 1767225600 2");
	assert_int_equal(check(&store.value, NOW + 90, &is_behind), 0);
	assert_false(is_behind);
	assert_string_equal(store.value->bytes, "1767225690 1767225600 2");
	assert_int_equal(clock_mark_is_behind(&store, NOW), 1);
	assert_int_equal(burn_of(&store).unix_s, NOW);
	assert_int_equal(burn_of(&store).future_codes, 2);

	/* The clock is behind: what was used before the mark is burnt. */
	assert_int_equal(clock_mark_burn(&store, NOW - 86400, 1), 0);
	assert_string_equal(store.value->bytes, "1767225690 1767225690 1");
	/* It was once far ahead: nobody shall wait until then. */
	assert_int_equal(clock_mark_accept(&store, NOW, &was), 0);
	assert_string_equal(store.value->bytes, "1767225600 1767225600 1");
	assert_int_equal(clock_mark_accept(&store, NOW + 5, &was), 0);
	assert_string_equal(store.value->bytes, "1767225605 1767225600 1");
	secret_free(store.value);
}

static struct device *
add_device(struct user_record *record, enum otp_type type, bool enabled)
{
	struct device *device = &record->devices[record->device_count++];

	*device = (struct device){.type = type,
	    .period_s = 30,
	    .enabled = enabled,
	    .used = enabled,
	    .last_used = 5,
	    .created_unix_s = NOW - 1};
	return device;
}

static void
a_burn_uses_up_the_window_of_each_device(void **state)
{
	const struct clock_burn burn = {NOW, 1};
	AUTO(user_record) record = user_record_new("anna", 1000);
	struct device *totp = add_device(record, OTP_TOTP, true);
	struct device *ahead = add_device(record, OTP_TOTP, true);
	struct device *hotp = add_device(record, OTP_HOTP, true);
	struct device *unused = add_device(record, OTP_HOTP, true);
	struct device *newer = add_device(record, OTP_HOTP, true);
	struct device *pending = add_device(record, OTP_HOTP, false);

	(void)state;
	ahead->last_used = NOW / 30 + 5;
	unused->used = false;
	unused->last_used = 0;
	newer->created_unix_s = NOW + 1;
	/* The second time it is burnt already. */
	for (int i = 0; i < 2; i++) {
		clock_mark_burn_record(&burn, record);
		assert_int_equal(totp->last_used, NOW / 30 + 1);
		assert_int_equal(ahead->last_used, NOW / 30 + 5);
		assert_int_equal(hotp->last_used, 15);
		assert_true(unused->used);
		assert_int_equal(unused->last_used, 9);
		assert_int_equal(newer->last_used, 5);
		assert_false(pending->used);
	}
}

static void
without_a_burn_nothing_is_used_up(void **state)
{
	const struct clock_burn none = {0, 0};
	AUTO(user_record) record = user_record_new("anna", 1000);
	struct device *totp = add_device(record, OTP_TOTP, true);

	(void)state;
	clock_mark_burn_record(&none, record);
	assert_int_equal(totp->last_used, 5);
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
	    cmocka_unit_test(a_burn_is_kept_beside_the_mark),
	    cmocka_unit_test(a_burn_uses_up_the_window_of_each_device),
	    cmocka_unit_test(without_a_burn_nothing_is_used_up),
	    cmocka_unit_test(the_same_is_told_without_an_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
