#include "users/uid_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "store/store.h"

#define VERSION 1

void
uid_owner_key(uid_t uid, char ret_key[UID_OWNER_KEY_BYTES])
{
	(void)snprintf(ret_key, UID_OWNER_KEY_BYTES, UID_OWNER_PREFIX "%u",
	    (unsigned)uid); /* ten digits at most */
}

struct secret *
uid_owner_print(const struct person *person, int64_t now_unix_s)
{
	AUTO_JSON tree = cJSON_CreateObject();

	if (!cJSON_AddNumberToObject(tree, "v", VERSION) ||
	    !cJSON_AddStringToObject(tree, "name", person->name) ||
	    !cJSON_AddNumberToObject(tree, "taken", (double)now_unix_s))
		return NULL;
	if (person->issuer &&
	    (!cJSON_AddStringToObject(tree, "iss", person->issuer) ||
		!cJSON_AddStringToObject(tree, "sub", person->subject)))
		return NULL;
	return json_print(tree);
}

struct owner {
	const char *name, *issuer,
	    *subject; /* lent; the last two may be NULL */
	int64_t taken_unix_s;
};

static bool
read_owner(const cJSON *tree, struct owner *owner)
{
	static const char *const names[] = {
	    "v", "name", "taken", "iss", "sub", NULL};
	const char *unknown;
	int64_t version = 0;

	*owner = (struct owner){0};
	return cJSON_IsObject(tree) && json_has_only(tree, names, &unknown) &&
	       json_find_int(tree, "v", &version) > 0 && version == VERSION &&
	       json_find_text(tree, "name", &owner->name) > 0 &&
	       user_name_is_valid(owner->name) &&
	       json_find_int(tree, "taken", &owner->taken_unix_s) > 0 &&
	       json_find_text(tree, "iss", &owner->issuer) >= 0 &&
	       json_find_text(tree, "sub", &owner->subject) >= 0 &&
	       !owner->issuer == !owner->subject;
}

int
uid_owner_match(const struct secret *value, const struct person *person)
{
	AUTO_JSON tree = NULL;
	struct owner owner;
	int r;

	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	if (!read_owner(tree, &owner))
		return -EBADMSG;
	if (!streq(owner.name, person->name) ||
	    !owner.issuer != !person->issuer)
		return 0;
	return !owner.issuer ||
	       person_is_of(person, owner.issuer, owner.subject);
}

int
uid_owner_find(struct store *store, uid_t uid,
    char ret_name[USER_NAME_BYTES_MAX + 1], int64_t *ret_unix_s)
{
	char key[UID_OWNER_KEY_BYTES];
	AUTO(secret) value = NULL;
	AUTO_JSON tree = NULL;
	struct owner owner;
	int r;

	uid_owner_key(uid, key);
	r = store_get(store, key, &value);
	if (r <= 0)
		return r;
	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	if (!read_owner(tree, &owner))
		return -EBADMSG;
	(void)stpcpy(ret_name, owner.name); /* valid names fit */
	*ret_unix_s = owner.taken_unix_s;
	return 1;
}
