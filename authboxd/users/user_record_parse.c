/* Reading goes through a struct reader that remembers the first fault: each
 * field is then one line, with its range. */
#include "users/user_record.h"

#include <errno.h>
#include <string.h>

#include "base/base32.h"
#include "base/json.h"
#include "users/user_record_words.h"

struct reader {
	const cJSON *object;
	int fault; /* the first one; nothing is read after it */
};

static void
reader_fail(struct reader *reader, int fault)
{
	if (reader->fault == 0)
		reader->fault = fault;
}

/* An integer within the range; `otherwise` when it is left out. */
static int64_t
read_int(struct reader *reader, const char *name, int64_t min, int64_t max,
    int64_t otherwise)
{
	int64_t value = otherwise;
	int r = json_find_int(reader->object, name, &value);

	if (r < 0 || (r > 0 && (value < min || value > max))) {
		reader_fail(reader, -EBADMSG);
		return otherwise;
	}
	return value;
}

static bool
read_bool(struct reader *reader, const char *name)
{
	bool value = false;

	if (json_find_bool(reader->object, name, &value) < 0)
		reader_fail(reader, -EBADMSG);
	return value;
}

/* A text that `is_valid` accepts; "" when it is left out. */
static void
read_text(struct reader *reader, const char *name,
    bool (*is_valid)(const char *), char *ret_text)
{
	const char *text;
	int r = json_find_text(reader->object, name, &text);

	ret_text[0] = '\0';
	if (r < 0 || (r > 0 && !is_valid(text)))
		reader_fail(reader, -EBADMSG);
	else if (r > 0)
		(void)stpcpy(ret_text, text); /* validators bound it */
}

static unsigned
read_word(struct reader *reader, const char *name, const char *const words[],
    unsigned count)
{
	const char *text;

	if (json_find_text(reader->object, name, &text) == 1)
		for (unsigned i = 0; i < count; i++)
			if (streq(words[i], text))
				return i;
	reader_fail(reader, -EBADMSG);
	return 0;
}

static struct secret *
read_key(struct reader *reader)
{
	const char *text;
	AUTO(secret) key = NULL;
	int r = -EBADMSG;

	if (json_find_text(reader->object, "key", &text) == 1)
		r = base32_decode(text, &key);
	if (r == 0 &&
	    (key->size < OTP_KEY_BYTES_MIN || key->size > OTP_KEY_BYTES_MAX))
		r = -EBADMSG;
	if (r < 0) {
		reader_fail(reader, r);
		return NULL;
	}
	return TAKE(key);
}

/* Give each element of an array to `read`, which fills place `i`. Returns
 * their number, 0 when there is no such array. */
typedef void
read_item(struct reader *reader, const cJSON *item, void *places, size_t i);

static size_t
read_array(struct reader *reader, const char *name, size_t max, read_item *read,
    void *places)
{
	const cJSON *array = json_find(reader->object, name), *item;
	size_t count = 0;

	if (array && !cJSON_IsArray(array))
		reader_fail(reader, -EBADMSG);
	cJSON_ArrayForEach (item, array) {
		if (count == max)
			reader_fail(reader, -EBADMSG);
		if (reader->fault != 0)
			break;
		read(reader, item, places, count++);
	}
	return count;
}

static int64_t
item_time(struct reader *reader, const cJSON *item)
{
	double value = cJSON_IsNumber(item) ? item->valuedouble : -1;

	if (!(value >= 0 && value <= (double)RECORD_UNIX_S_MAX) ||
	    value != (double)(int64_t)value) {
		reader_fail(reader, -EBADMSG);
		return 0;
	}
	return (int64_t)value;
}

static void
read_time(struct reader *reader, const cJSON *item, void *places, size_t i)
{
	((int64_t *)places)[i] = item_time(reader, item);
}

/* [unix_s, known] */
static void
read_failure(struct reader *reader, const cJSON *item, void *places, size_t i)
{
	struct failure *failure = (struct failure *)places + i;

	if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2 ||
	    !cJSON_IsBool(item->child->next)) {
		reader_fail(reader, -EBADMSG);
		return;
	}
	failure->unix_s = item_time(reader, item->child);
	failure->known = cJSON_IsTrue(item->child->next);
}

static void
read_hash(struct reader *reader, const cJSON *item, void *places, size_t i)
{
	struct recovery_code *code = (struct recovery_code *)places + i;
	AUTO(secret) hash = NULL;
	int r = -EBADMSG;

	if (cJSON_IsString(item))
		r = base32_decode(item->valuestring, &hash);
	if (r == 0 && hash->size != sizeof(code->hash))
		r = -EBADMSG;
	if (r < 0)
		reader_fail(reader, r);
	else
		memcpy(code->hash, hash->bytes, sizeof(code->hash));
}

static bool
has_only(struct reader *reader, const char *const names[])
{
	const char *unknown;

	if (cJSON_IsObject(reader->object) &&
	    json_has_only(reader->object, names, &unknown))
		return true;
	reader_fail(reader, -EBADMSG);
	return false;
}

static bool
address_is_valid(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size < RECORD_ADDRESS_BYTES &&
	       text_is_printable(text, size);
}

static void
read_address(struct reader *reader, const cJSON *item, void *places, size_t i)
{
	static const char *const names[] = {
	    "text", "success", "remember", NULL};
	struct address *address = (struct address *)places + i;
	struct reader inner = {item, 0};

	if (has_only(&inner, names)) {
		read_text(&inner, "text", address_is_valid, address->text);
		address->success_unix_s =
		    read_int(&inner, "success", 0, RECORD_UNIX_S_MAX, 0);
		address->remember_unix_s =
		    read_int(&inner, "remember", 0, RECORD_UNIX_S_MAX, 0);
		if (address->text[0] == '\0')
			reader_fail(&inner, -EBADMSG);
	}
	reader_fail(reader, inner.fault);
}

static void
read_device(struct reader *reader, const cJSON *item, void *places, size_t i)
{
	static const char *const names[] = {"name", "type", "algorithm",
	    "digits", "period", "enabled", "last_used", "last_sent", "created",
	    "transport", "replaces", "key", NULL};
	struct device *device = (struct device *)places + i;
	struct reader in = {item, 0};

	if (has_only(&in, names)) {
		read_text(&in, "name", id_is_valid, device->name);
		device->type = read_word(&in, "type", record_type_names, 2);
		device->algorithm =
		    read_word(&in, "algorithm", record_algorithm_names, 3);
		device->digits = (unsigned)read_int(&in, "digits",
		    OTP_DIGITS_MIN, OTP_DIGITS_MAX, OTP_DIGITS_MIN);
		device->period_s = (unsigned)read_int(&in, "period",
		    RECORD_PERIOD_MIN_S, RECORD_PERIOD_MAX_S, 30);
		device->enabled = read_bool(&in, "enabled");
		device->used = json_find(item, "last_used") != NULL;
		device->last_used = (uint64_t)read_int(
		    &in, "last_used", 0, RECORD_COUNTER_MAX, 0);
		device->last_sent = (uint64_t)read_int(
		    &in, "last_sent", 0, RECORD_COUNTER_MAX, 0);
		device->created_unix_s =
		    read_int(&in, "created", 0, RECORD_UNIX_S_MAX, 0);
		read_text(&in, "transport", id_is_valid, device->transport);
		read_text(&in, "replaces", id_is_valid, device->replaces);
		device->key = read_key(&in);
		if (device->name[0] == '\0')
			reader_fail(&in, -EBADMSG);
	}
	reader_fail(reader, in.fault);
}

/* Is every device the one that its name finds? Two devices of one name, both
 * enabled or both pending, cannot be told apart.
 */
static bool
devices_are_distinct(struct user_record *record)
{
	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (device != (device->enabled ? user_record_find_device
					       : user_record_find_pending)(
				  record, device->name))
			return false;
	}
	return true;
}

static void
read_throttle(struct reader *reader, struct throttle *throttle)
{
	throttle->failure_count = read_array(reader, "failures",
	    RECORD_FAILURES_MAX, read_failure, throttle->failures);
	throttle->recovery_count = read_array(reader, "recovery_tries",
	    RECORD_RECOVERY_CODES_MAX, read_time, throttle->recovery_unix_s);
	throttle->sent_count = read_array(
	    reader, "sent", RECORD_SENDS_MAX, read_time, throttle->sent_unix_s);
	for (int i = 0; i < 2; i++) {
		throttle->in_a_row[i] = (unsigned)read_int(
		    reader, record_row_names[i], 0, RECORD_IN_A_ROW_MAX, 0);
		throttle->wait_until_unix_s[i] = read_int(
		    reader, record_wait_names[i], 0, RECORD_UNIX_S_MAX, 0);
	}
}

static int
read_record(const cJSON *tree, struct user_record *record)
{
	static const char *const names[] = {"v", "name", "uid", "devices",
	    "recovery", "scratch", "addresses", "failures", "row_strangers",
	    "row_known", "wait_strangers", "wait_known", "recovery_tries",
	    "sent", "burnt", NULL};
	struct reader reader = {tree, 0};

	if (!has_only(&reader, names))
		return reader.fault;
	record->device_count = read_array(&reader, "devices",
	    RECORD_DEVICES_MAX, read_device, record->devices);
	record->recovery_count = read_array(&reader, "recovery",
	    RECORD_RECOVERY_CODES_MAX, read_hash, record->recovery);
	record->scratch_count = read_array(&reader, "scratch",
	    RECORD_SCRATCH_CODES_MAX, read_hash, record->scratch);
	record->address_count = read_array(&reader, "addresses",
	    RECORD_ADDRESSES_MAX, read_address, record->addresses);
	read_throttle(&reader, &record->throttle);
	record->burnt_unix_s =
	    read_int(&reader, "burnt", 0, RECORD_UNIX_S_MAX, 0);
	if (!devices_are_distinct(record))
		reader_fail(&reader, -EBADMSG);
	return reader.fault;
}

int
user_record_parse(const struct secret *value, const char *name, uid_t uid,
    struct user_record **ret_record)
{
	AUTO(user_record) record = NULL;
	AUTO_JSON tree = NULL;
	struct reader reader = {NULL, 0};
	const char *text;
	int64_t bound_to;
	int r;

	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	reader.object = tree;
	if (read_int(&reader, "v", RECORD_VERSION, RECORD_VERSION, 0) !=
		RECORD_VERSION ||
	    json_find_text(tree, "name", &text) != 1 || !streq(text, name))
		return -EBADMSG;
	bound_to = read_int(&reader, "uid", 0, UINT32_MAX, -1);
	if (bound_to < 0)
		return -EBADMSG;
	if (bound_to != (int64_t)uid)
		return 0;

	record = user_record_new(name, uid);
	if (!record)
		return -ENOMEM;
	r = read_record(tree, record);
	if (r < 0)
		return r;
	*ret_record = TAKE(record);
	return 1;
}
