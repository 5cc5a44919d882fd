#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"
#include "users/user_record.h"

#define ROUNDS 300

/* ---- random records ---- */

static uint64_t
random_below(unsigned *seed, uint64_t limit)
{
	uint64_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 16 ^ (uint64_t)rand_r(seed);
	return value % limit;
}

/* Small, ordinary and largest values, each often enough. */
static uint64_t
random_number(unsigned *seed, uint64_t max)
{
	switch (random_below(seed, 4)) {
	case 0:
		return 0;
	case 1:
		return max;
	default:
		return random_below(seed, max);
	}
}

static int64_t
random_time(unsigned *seed)
{
	return (int64_t)random_number(seed, UINT64_C(253402300799));
}

static void
random_id(unsigned *seed, size_t number, char *ret_id)
{
	size_t size = 2 + random_number(seed, ID_BYTES_MAX - 2);

	memset(ret_id, 'a' + (int)random_below(seed, 26), size);
	ret_id[0] = (char)('0' + number); /* all different */
	ret_id[size] = '\0';
}

static void
random_bytes(unsigned *seed, void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)bytes)[i] = (uint8_t)rand_r(seed);
}

static void
random_device(unsigned *seed, struct user_record *record)
{
	size_t number = record->device_count++;
	struct device *device = &record->devices[number];

	random_id(seed, number, device->name);
	device->type = (enum otp_type)random_below(seed, 2);
	device->algorithm = (enum otp_algorithm)random_below(seed, 3);
	device->digits = 6 + (unsigned)random_below(seed, 3);
	device->period_s = 10 + (unsigned)random_below(seed, 291);
	device->enabled = random_below(seed, 2);
	device->used = random_below(seed, 2);
	device->last_used =
	    device->used ? random_number(seed, RECORD_COUNTER_MAX) : 0;
	device->last_sent = random_number(seed, RECORD_COUNTER_MAX);
	device->created_unix_s = random_time(seed);
	if (random_below(seed, 2))
		random_id(seed, 0, device->transport);
	if (random_below(seed, 2))
		random_id(seed, 1, device->replaces);
	device->key = secret_new(10 + random_below(seed, 119));
	random_bytes(seed, device->key->bytes, device->key->size);
}

static void
random_throttle(unsigned *seed, struct throttle *throttle, bool full)
{
	throttle->failure_count =
	    full ? 100 : random_number(seed, RECORD_FAILURES_MAX);
	for (size_t i = 0; i < throttle->failure_count; i++)
		throttle->failures[i] =
		    (struct failure){random_time(seed), random_below(seed, 2)};
	for (int i = 0; i < 2; i++) {
		throttle->in_a_row[i] =
		    (unsigned)random_number(seed, RECORD_IN_A_ROW_MAX);
		throttle->wait_until_unix_s[i] = random_time(seed);
	}
	throttle->recovery_count = full ? 10 : random_number(seed, 10);
	for (size_t i = 0; i < throttle->recovery_count; i++)
		throttle->recovery_unix_s[i] = random_time(seed);
	throttle->sent_count = full ? 8 : random_number(seed, 8);
	for (size_t i = 0; i < throttle->sent_count; i++)
		throttle->sent_unix_s[i] = random_time(seed);
}

static struct user_record *
random_record(unsigned *seed, bool full)
{
	struct user_record *record = user_record_new("alice", 1000);
	size_t devices = full ? RECORD_DEVICES_MAX : random_below(seed, 9);

	assert_non_null(record);
	for (size_t i = 0; i < devices; i++)
		random_device(seed, record);
	record->recovery_count = full ? 10 : random_below(seed, 11);
	random_bytes(seed, record->recovery,
	    record->recovery_count * sizeof(record->recovery[0]));
	record->scratch_count = full ? 10 : random_below(seed, 11);
	random_bytes(seed, record->scratch,
	    record->scratch_count * sizeof(record->scratch[0]));
	record->address_count = full ? 16 : random_below(seed, 17);
	for (size_t i = 0; i < record->address_count; i++) {
		struct address *address = &record->addresses[i];

		(void)snprintf(address->text, sizeof(address->text),
		    "2001:db8:ffff:ffff:ffff:ffff:255.255.255.1%c%c",
		    (char)('0' + i / 10), (char)('0' + i % 10));
		address->success_unix_s = random_time(seed);
		address->remember_unix_s = random_time(seed);
	}
	random_throttle(seed, &record->throttle, full);
	return record;
}

/* ---- tests ---- */

static void
assert_same(const struct user_record *a, const struct user_record *b)
{
	struct user_record *x = malloc(sizeof(*x)), *y = malloc(sizeof(*y));

	assert_true(x && y);
	*x = *a;
	*y = *b;
	for (size_t i = 0; i < RECORD_DEVICES_MAX; i++) {
		const struct secret *p = x->devices[i].key;
		const struct secret *q = y->devices[i].key;

		assert_int_equal(!p, !q);
		if (p) {
			assert_int_equal(p->size, q->size);
			assert_memory_equal(p->bytes, q->bytes, p->size);
		}
		x->devices[i].key = y->devices[i].key = NULL;
		/* Texts end at their NUL; what follows has no meaning. */
		assert_string_equal(x->devices[i].name, y->devices[i].name);
	}
	assert_memory_equal(x, y, sizeof(*x));
	free(x);
	free(y);
}

static void
a_record_comes_back_as_it_was_written(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		AUTO(user_record) record = random_record(&seed, i == 0);
		AUTO(user_record) back = NULL;
		AUTO(secret) value = user_record_print(record);

		assert_non_null(value);
		assert_int_equal(
		    user_record_parse(value, "alice", 1000, &back), 1);
		assert_same(record, back);
	}
}

static void
the_fullest_record_fits_into_the_store(void **state)
{
	unsigned seed = 2;
	AUTO(user_record) record = random_record(&seed, true);
	AUTO(secret) value = NULL;

	(void)state;
	for (size_t i = 0; i < RECORD_DEVICES_MAX; i++) {
		struct device *device = &record->devices[i];

		secret_free(device->key);
		device->key = secret_new(OTP_KEY_BYTES_MAX);
	}
	value = user_record_print(record);
	assert_non_null(value);
	assert_true(value->size < STORE_VALUE_BYTES_MAX / 4);
}

static void
a_usual_record_is_small(void **state)
{
	AUTO(user_record) record = user_record_new("alice", 1000);
	struct device *device = &record->devices[record->device_count++];
	AUTO(secret) value = NULL;

	(void)state;
	*device = (struct device){.name = "default",
	    .digits = 6,
	    .period_s = 30,
	    .enabled = true,
	    .used = true,
	    .last_used = 58907520,
	    .created_unix_s = 1767225600,
	    .key = secret_new(20)};
	record->recovery_count = 10;
	value = user_record_print(record);
	assert_true(value->size < 1024);
}

static void
a_record_belongs_to_name_and_uid(void **state)
{
	AUTO(user_record) record = user_record_new("alice", 1000);
	AUTO(user_record) back = NULL;
	AUTO(secret) value = user_record_print(record);

	(void)state;
	assert_int_equal(user_record_parse(value, "alice", 1001, &back), 0);
	assert_int_equal(
	    user_record_parse(value, "bob", 1000, &back), -EBADMSG);
	assert_null(back);
}

static void
a_bucket_for_unknown_names_is_a_record_too(void **state)
{
	AUTO(user_record) record = user_record_new("", (uid_t)-1);
	AUTO(user_record) back = NULL;
	AUTO(secret) value = user_record_print(record);

	(void)state;
	assert_int_equal(user_record_parse(value, "", (uid_t)-1, &back), 1);
	assert_false(user_record_is_enrolled(back));
}

#define WITH(members) "{\"v\":1,\"name\":\"alice\",\"uid\":1000," members "}"
#define DEVICE_HEAD   "\"type\":\"totp\",\"algorithm\":\"SHA1\",\"digits\":6,"
#define KEY	      "\"key\":\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\""
#define DEVICE	      "{\"name\":\"a\"," DEVICE_HEAD KEY "}"

static const struct {
	const char *text;
	int expected;
} texts[] = {
    {WITH("\"devices\":[]"), 1},
    {WITH("\"devices\":[" DEVICE "]"), 1},
    {"", -EBADMSG},
    {"{}", -EBADMSG},
    {"[]", -EBADMSG},
    {"{\"v\":1,\"name\":\"alice\"}", -EBADMSG},
    {"{\"v\":2,\"name\":\"alice\",\"uid\":1000}", -EBADMSG},
    {"{\"name\":\"alice\",\"uid\":1000}", -EBADMSG},
    {"{\"v\":1,\"name\":\"alice\",\"uid\":-1}", -EBADMSG},
    {"{\"v\":1,\"name\":\"alice\",\"uid\":1000.5}", -EBADMSG},
    {"{\"v\":1,\"name\":\"alice\",\"uid\":4294968296}", -EBADMSG},
    {"{\"v\":1,\"name\":\"alice\",\"uid\":1000}x", -EBADMSG},
    {WITH("\"more\":1"), -EBADMSG},
    {WITH("\"devices\":1"), -EBADMSG},
    {WITH("\"devices\":[1]"), -EBADMSG},
    {WITH("\"devices\":[{}]"), -EBADMSG},
    {WITH("\"devices\":[" DEVICE "," DEVICE "]"), -EBADMSG},
    {WITH("\"devices\":[{" DEVICE_HEAD KEY "}]"), -EBADMSG},
    {WITH("\"devices\":[{\"name\":\"a\"," DEVICE_HEAD "\"key\":\"MY\"}]"),
	-EBADMSG},
    {WITH("\"devices\":[{\"name\":\"a\"," DEVICE_HEAD "\"more\":1," KEY "}]"),
	-EBADMSG},
    {WITH("\"devices\":[{\"name\":\"a/b\"," DEVICE_HEAD KEY "}]"), -EBADMSG},
    {WITH("\"devices\":[{\"name\":\"a\"," DEVICE_HEAD "\"period\":0," KEY "}]"),
	-EBADMSG},
    {WITH("\"devices\":[{\"name\":\"a\"," DEVICE_HEAD
	  "\"last_used\":1000000000000000," KEY "}]"),
	-EBADMSG},
    {WITH("\"failures\":[[1,true]]"), 1},
    {WITH("\"failures\":[[1,true,1]]"), -EBADMSG},
    {WITH("\"failures\":[[1,1]]"), -EBADMSG},
    {WITH("\"failures\":[[-1,true]]"), -EBADMSG},
    {WITH("\"failures\":[[1e300,true]]"), -EBADMSG},
    {WITH("\"failures\":[1]"), -EBADMSG},
    {WITH("\"recovery\":[\"GEZDGNBV\"]"), -EBADMSG},
    {WITH("\"recovery\":[1]"), -EBADMSG},
    {WITH("\"sent\":[1,2,3,4,5,6,7,8]"), 1},
    {WITH("\"sent\":[1,2,3,4,5,6,7,8,9]"), -EBADMSG},
    {WITH("\"row_known\":1001"), -EBADMSG},
    {WITH("\"addresses\":[{\"text\":\"192.0.2.7\"}]"), 1},
    {WITH("\"addresses\":[{\"success\":1}]"), -EBADMSG},
    {WITH("\"addresses\":[{\"text\":\"192.0.2.7\\n\"}]"), -EBADMSG},
    {WITH("\"addresses\":[{\"text\":\"1234567890123456789012345678901234567890"
	  "123456\"}]"),
	-EBADMSG},
};

static void
only_what_this_program_writes_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		AUTO(secret)
		value = secret_copy(texts[i].text, strlen(texts[i].text));
		AUTO(user_record) back = NULL;
		int r = user_record_parse(value, "alice", 1000, &back);

		if (r != texts[i].expected)
			fail_msg("%d for %s", r, texts[i].text);
	}
}

static void
removing_a_device_moves_the_others_and_keeps_their_keys(void **state)
{
	unsigned seed = 3;
	AUTO(user_record) record = random_record(&seed, true);
	char names[RECORD_DEVICES_MAX][ID_BYTES_MAX + 1];
	const struct secret *keys[RECORD_DEVICES_MAX];

	(void)state;
	for (size_t i = 0; i < RECORD_DEVICES_MAX; i++) {
		strcpy(names[i], record->devices[i].name);
		keys[i] = record->devices[i].key;
	}
	user_record_remove_device(record, &record->devices[3]);
	assert_int_equal(record->device_count, RECORD_DEVICES_MAX - 1);
	for (size_t i = 0; i < RECORD_DEVICES_MAX - 1; i++) {
		assert_string_equal(
		    record->devices[i].name, names[i < 3 ? i : i + 1]);
		assert_ptr_equal(
		    record->devices[i].key, keys[i < 3 ? i : i + 1]);
	}
	assert_null(record->devices[RECORD_DEVICES_MAX - 1].key);
}

static void
an_enabled_device_is_found_before_a_pending_one_of_its_name(void **state)
{
	AUTO(user_record) record = user_record_new("alice", 1000);

	(void)state;
	record->device_count = 2;
	strcpy(record->devices[0].name, "phone");
	strcpy(record->devices[1].name, "phone");
	record->devices[1].enabled = true;
	assert_ptr_equal(
	    user_record_find_device(record, "phone"), &record->devices[1]);
	assert_ptr_equal(
	    user_record_find_pending(record, "phone"), &record->devices[0]);
	assert_null(user_record_find_device(record, "tablet"));
	assert_true(user_record_is_enrolled(record));
}

static void
every_valid_name_has_a_key(void **state)
{
	char name[USER_NAME_BYTES_MAX + 2], key[STORE_KEY_BYTES_MAX + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[USER_NAME_BYTES_MAX] = '\0';
	user_record_key(name, key);
	assert_int_equal(strlen(key), USER_NAME_BYTES_MAX + strlen("user/"));
	user_record_key("alice", key);
	assert_string_equal(key, "user/alice");

	name[USER_NAME_BYTES_MAX] = 'x';
	name[USER_NAME_BYTES_MAX + 1] = '\0';
	assert_null(user_record_new(name, 1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_comes_back_as_it_was_written),
	    cmocka_unit_test(the_fullest_record_fits_into_the_store),
	    cmocka_unit_test(a_usual_record_is_small),
	    cmocka_unit_test(a_record_belongs_to_name_and_uid),
	    cmocka_unit_test(a_bucket_for_unknown_names_is_a_record_too),
	    cmocka_unit_test(only_what_this_program_writes_is_read),
	    cmocka_unit_test(
		removing_a_device_moves_the_others_and_keeps_their_keys),
	    cmocka_unit_test(
		an_enabled_device_is_found_before_a_pending_one_of_its_name),
	    cmocka_unit_test(every_valid_name_has_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
