/* Lack of memory is remembered by a struct writer and asked for once. */
#include "users/user_record.h"

#include "base/base32.h"
#include "base/json.h"
#include "users/user_record_words.h"

struct writer {
	cJSON *object;
	bool failed; /* no memory */
};

/* A new item for an object that took it, or did not. */
static void
wrote(struct writer *writer, const cJSON *item)
{
	writer->failed |= !item;
}

static void
write_int(struct writer *writer, const char *name, uint64_t value)
{
	if (value != 0)
		wrote(writer, cJSON_AddNumberToObject(
				  writer->object, name, (double)value));
}

static void
write_text(struct writer *writer, const char *name, const char *text)
{
	if (*text)
		wrote(writer,
		    cJSON_AddStringToObject(writer->object, name, text));
}

/* Append to an array; takes `item`, which may be NULL for lack of memory. */
static void
write_item(struct writer *writer, cJSON *array, cJSON *item)
{
	if (item && cJSON_AddItemToArray(array, item))
		return;
	cJSON_Delete(item);
	writer->failed = true;
}

/* An array member, NULL when it would be empty. */
static cJSON *
write_array(struct writer *writer, const char *name, size_t count)
{
	cJSON *array = NULL;

	if (count > 0) {
		array = cJSON_AddArrayToObject(writer->object, name);
		wrote(writer, array);
	}
	return array;
}

static void
write_hashes(struct writer *writer, const char *name,
    const struct recovery_code codes[], size_t count)
{
	cJSON *array = write_array(writer, name, count);

	for (size_t i = 0; array && i < count; i++) {
		AUTO(secret)
		text = base32_encode(codes[i].hash, sizeof(codes[i].hash));

		write_item(writer, array,
		    text ? cJSON_CreateString(text->bytes) : NULL);
	}
}

static void
write_times(struct writer *writer, const char *name, const int64_t times[],
    size_t count)
{
	cJSON *array = write_array(writer, name, count);

	for (size_t i = 0; array && i < count; i++)
		write_item(writer, array, cJSON_CreateNumber((double)times[i]));
}

static void
write_throttle(struct writer *writer, const struct throttle *throttle)
{
	cJSON *array = write_array(writer, "failures", throttle->failure_count);

	for (size_t i = 0; array && i < throttle->failure_count; i++) {
		const struct failure *failure = &throttle->failures[i];
		struct writer pair = {cJSON_CreateArray(), false};

		write_item(&pair, pair.object,
		    cJSON_CreateNumber((double)failure->unix_s));
		write_item(
		    &pair, pair.object, cJSON_CreateBool(failure->known));
		writer->failed |= pair.failed;
		write_item(writer, array, pair.object);
	}
	for (int i = 0; i < 2; i++) {
		write_int(writer, record_row_names[i], throttle->in_a_row[i]);
		write_int(writer, record_wait_names[i],
		    (uint64_t)throttle->wait_until_unix_s[i]);
	}
	write_times(writer, "recovery_tries", throttle->recovery_unix_s,
	    throttle->recovery_count);
	write_times(
	    writer, "sent", throttle->sent_unix_s, throttle->sent_count);
}

static void
write_addresses(struct writer *writer, const struct user_record *record)
{
	cJSON *array = write_array(writer, "addresses", record->address_count);

	for (size_t i = 0; array && i < record->address_count; i++) {
		const struct address *address = &record->addresses[i];
		struct writer inner = {cJSON_CreateObject(), false};

		write_text(&inner, "text", address->text);
		write_int(&inner, "success", (uint64_t)address->success_unix_s);
		write_int(
		    &inner, "remember", (uint64_t)address->remember_unix_s);
		writer->failed |= inner.failed;
		write_item(writer, array, inner.object);
	}
}

static void
write_devices(struct writer *writer, const struct user_record *record)
{
	cJSON *array = write_array(writer, "devices", record->device_count);

	for (size_t i = 0; array && i < record->device_count; i++) {
		const struct device *device = &record->devices[i];
		struct writer in = {cJSON_CreateObject(), false};
		AUTO(secret)
		key = base32_encode(device->key->bytes, device->key->size);

		write_text(&in, "name", device->name);
		write_text(&in, "type", record_type_names[device->type]);
		write_text(&in, "algorithm",
		    record_algorithm_names[device->algorithm]);
		write_int(&in, "digits", device->digits);
		write_int(&in, "period", device->period_s);
		if (device->enabled)
			wrote(&in, cJSON_AddTrueToObject(in.object, "enabled"));
		if (device->used) /* 0 is a counter like any other */
			wrote(&in, cJSON_AddNumberToObject(in.object,
				       "last_used", (double)device->last_used));
		write_int(&in, "last_sent", device->last_sent);
		write_int(&in, "created", (uint64_t)device->created_unix_s);
		write_text(&in, "transport", device->transport);
		write_text(&in, "replaces", device->replaces);
		write_text(&in, "key", key ? key->bytes : "");
		writer->failed |= in.failed || !key;
		write_item(writer, array, in.object);
	}
}

struct secret *
user_record_print(const struct user_record *record)
{
	AUTO_JSON tree = cJSON_CreateObject();
	struct writer writer = {tree, false};

	write_int(&writer, "v", RECORD_VERSION);
	wrote(&writer, cJSON_AddStringToObject(tree, "name", record->name));
	wrote(&writer, cJSON_AddNumberToObject(tree, "uid", record->uid));
	write_devices(&writer, record);
	write_hashes(
	    &writer, "recovery", record->recovery, record->recovery_count);
	write_hashes(
	    &writer, "scratch", record->scratch, record->scratch_count);
	write_addresses(&writer, record);
	write_throttle(&writer, &record->throttle);
	write_int(&writer, "burnt", (uint64_t)record->burnt_unix_s);
	return writer.failed ? NULL : json_print(tree);
}
