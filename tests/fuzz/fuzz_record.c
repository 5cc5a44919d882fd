/* A record that is read is written so that it is read as the same again. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "users/user_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(secret) value = secret_copy(data, size);
	AUTO(secret) first = NULL;
	AUTO(secret) second = NULL;
	AUTO(user_record) record = NULL;
	AUTO(user_record) again = NULL;
	int r;

	demand(value != NULL);
	r = user_record_parse(value, "alice", 1000, &record);
	demand(r == 1 || r == 0 || r == -EBADMSG);
	if (r != 1)
		return 0;

	first = user_record_print(record);
	demand(first && user_record_parse(first, "alice", 1000, &again) == 1);
	second = user_record_print(again);
	demand(second && first->size == second->size &&
	       secret_equal(first->bytes, second->bytes, first->size));
	return 0;
}
