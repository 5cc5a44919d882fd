/*
 * Files of other modules, of any bytes: what is taken over makes a record that
 * can be stored, what is refused changes nothing. Input that begins with "HOTP"
 * is a line of a usersfile.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "factor/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_record(const struct user_record *record)
{
	AUTO(secret) value = user_record_print(record);
	AUTO(user_record) again = NULL;

	demand(value && user_record_parse(value, "alice", 1000, &again) == 1);
	demand(user_record_is_enrolled(again));
}

static void
give_line(const char *line, struct user_record *record)
{
	char user[USER_NAME_BYTES_MAX + 1];
	const char *why = NULL;
	bool had_pin;
	int r;

	r = import_oath_line(line, user, record->devices, &had_pin, &why);
	demand(r == 0 || r == 1 || (r == -EBADMSG && why));
	if (r != 1)
		return;
	demand(user_name_is_valid(user));
	record->device_count = 1;
	check_record(record);
}

static void
give_file(const struct secret *text, struct user_record *record)
{
	AUTO(secret) key = secret_new(32);
	const char *why = NULL;
	unsigned line;
	int r;

	demand(key != NULL);
	r = import_google_authenticator(
	    record, key, text->bytes, text->size, 1767225600, &why, &line);
	demand(r == 0 || r == -ENOSPC || (r == -EBADMSG && why));
	if (r == 0)
		check_record(record);
	else
		demand(record->device_count == 0 && record->scratch_count == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(secret) text = secret_copy(data, size);
	AUTO(user_record) record = user_record_new("alice", 1000);

	demand(text && record);
	if (size >= 4 && secret_equal(data, "HOTP", 4))
		give_line(text->bytes, record);
	else
		give_file(text, record);
	return 0;
}
