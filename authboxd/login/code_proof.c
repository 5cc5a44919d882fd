#include "login/code_proof.h"

#include "login/login.h"
#include "store/store.h"
#include "users/user_record.h"

int
code_proof_stands(
    struct store *store, const char *user, uid_t uid, int64_t since_unix_s)
{
	AUTO(user_record) record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];
	int r;

	user_record_key(user, key);
	r = store_get(store, key, &value);
	if (r > 0)
		r = user_record_parse(value, user, uid, &record);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < record->device_count; i++)
		if (record->devices[i].enabled &&
		    record->devices[i].created_unix_s <= since_unix_s)
			return 1;
	return 0;
}
