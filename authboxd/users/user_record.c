/* A user's record as an object; user_record_parse.c and user_record_print.c
 * make text of it. */
#include "users/user_record.h"

#include <string.h>

#include "store/store.h"

#define KEY_PREFIX "user/"

_Static_assert(
    sizeof(KEY_PREFIX) + USER_NAME_BYTES_MAX <= STORE_KEY_BYTES_MAX + 1,
    "every valid name has a key");

struct user_record *
user_record_new(const char *name, uid_t uid)
{
	struct user_record *record;

	if (strlen(name) > USER_NAME_BYTES_MAX)
		return NULL;
	record = calloc(1, sizeof(*record));
	if (!record)
		return NULL;

	(void)stpcpy(record->name, name); /* fits, see above */
	record->uid = uid;
	return record;
}

void
user_record_free(struct user_record *record)
{
	if (!record)
		return;
	for (size_t i = 0; i < RECORD_DEVICES_MAX; i++)
		secret_free(record->devices[i].key);
	secret_wipe(record, sizeof(*record));
	free(record);
}

void
user_record_key(const char *name, char *ret_key)
{
	(void)stpcpy(stpcpy(ret_key, KEY_PREFIX), name); /* asserted above */
}

bool
user_record_is_enrolled(const struct user_record *record)
{
	for (size_t i = 0; i < record->device_count; i++)
		if (record->devices[i].enabled)
			return true;
	return false;
}

static struct device *
find(struct user_record *record, const char *name, bool enabled)
{
	for (size_t i = 0; i < record->device_count; i++) {
		struct device *device = &record->devices[i];

		if (device->enabled == enabled && streq(device->name, name))
			return device;
	}
	return NULL;
}

struct device *
user_record_find_device(struct user_record *record, const char *name)
{
	struct device *device = find(record, name, true);

	return device ? device : find(record, name, false);
}

struct device *
user_record_find_pending(struct user_record *record, const char *name)
{
	return find(record, name, false);
}

struct address *
user_record_find_address(struct user_record *record, const char *text)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (streq(record->addresses[i].text, text))
			return &record->addresses[i];
	return NULL;
}

void
user_record_remove_device(struct user_record *record, struct device *device)
{
	size_t i = (size_t)(device - record->devices);

	secret_free(device->key);
	record->device_count--;
	memmove(
	    device, device + 1, (record->device_count - i) * sizeof(*device));
	/* What was the last place still names a key that has moved. */
	secret_wipe(&record->devices[record->device_count], sizeof(*device));
}
