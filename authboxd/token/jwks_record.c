#include "token/jwks_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store.h"

#define KEY_PREFIX "meta/jwks/"

static void
print_key(const struct jwks_place *place,
    char ret_key[sizeof(KEY_PREFIX) + ID_BYTES_MAX])
{
	(void)snprintf(ret_key, sizeof(KEY_PREFIX) + ID_BYTES_MAX, "%s%s",
	    KEY_PREFIX, place->introspector); /* valid ids fit */
}

static struct secret *
print_record(const struct jwks_place *place, const struct secret *text,
    int64_t now_unix_s)
{
	AUTO_JSON tree = cJSON_CreateObject();

	if (!cJSON_AddNumberToObject(tree, "fetched", (double)now_unix_s) ||
	    !cJSON_AddStringToObject(tree, "issuer", place->issuer) ||
	    !cJSON_AddStringToObject(tree, "address", place->address) ||
	    !cJSON_AddStringToObject(tree, "set", text->bytes))
		return NULL;
	return json_print(tree);
}

static int
put_item(void *context, struct store_item items[], size_t count)
{
	const struct secret *record = context;

	(void)count; /* one */
	items[0].new_value = secret_copy(record->bytes, record->size);
	items[0].write = STORE_PUT;
	return items[0].new_value ? 0 : -ENOMEM;
}

void
jwks_record_keep(struct store *store, const struct jwks_place *place,
    const struct secret *text, int64_t now_unix_s)
{
	AUTO(secret) record = print_record(place, text, now_unix_s);
	char key[sizeof(KEY_PREFIX) + ID_BYTES_MAX];
	const char *keys[] = {key};
	int r = -ENOMEM;

	print_key(place, key);
	if (record && record->size > STORE_VALUE_BYTES_MAX)
		return;
	if (record)
		r = store_update(store, keys, 1, put_item, record);
	if (r < 0)
		log_warning("TokenIntrospector/%s: its key set was not kept "
			    "for the next start: %s",
		    place->introspector, strerror(-r));
}

static bool
has_text(const cJSON *tree, const char *name, const char *expected)
{
	const char *text;

	return json_find_text(tree, name, &text) > 0 && streq(text, expected);
}

int
jwks_record_find(struct store *store, const struct jwks_place *place,
    struct jwks **ret_set, int64_t *ret_fetched_unix_s)
{
	char key[sizeof(KEY_PREFIX) + ID_BYTES_MAX];
	AUTO(secret) record = NULL;
	AUTO_JSON tree = NULL;
	const char *text, *why;
	int64_t fetched_unix_s;
	int r;

	print_key(place, key);
	r = store_get(store, key, &record);
	if (r <= 0)
		return r;
	r = json_parse(record->bytes, record->size, &tree, NULL);
	if (r < 0)
		return r;
	/* Another issuer's keys must never serve this one. */
	if (!has_text(tree, "issuer", place->issuer) ||
	    !has_text(tree, "address", place->address) ||
	    json_find_int(tree, "fetched", &fetched_unix_s) <= 0 ||
	    json_find_text(tree, "set", &text) <= 0)
		return 0;
	r = jwks_parse(text, strlen(text), ret_set, &why);
	if (r < 0)
		return r;
	*ret_fetched_unix_s = fetched_unix_s;
	return 1;
}
