#include "token/kept_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store.h"

#define KIND_BYTES_MAX 16
#define KEY_BYTES_MAX  (sizeof("meta//") + KIND_BYTES_MAX + ID_BYTES_MAX)

static void
print_key(const struct kept_place *place, char ret_key[KEY_BYTES_MAX])
{
	(void)snprintf(ret_key, KEY_BYTES_MAX, "meta/%s/%s", place->kind,
	    place->id); /* valid ids fit */
}

static struct secret *
print_record(const struct kept_place *place, const struct secret *text,
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
kept_text_put(struct store *store, const struct kept_place *place,
    const struct secret *text, int64_t now_unix_s)
{
	AUTO(secret) record = print_record(place, text, now_unix_s);
	char key[KEY_BYTES_MAX];
	const char *keys[] = {key};
	int r = -ENOMEM;

	print_key(place, key);
	if (record && record->size > STORE_VALUE_BYTES_MAX)
		return;
	if (record)
		r = store_update(store, keys, 1, put_item, record);
	if (r < 0)
		log_warning("%s: what %s published was not kept for the next "
			    "start: %s",
		    place->id, place->issuer, strerror(-r));
}

static bool
has_text(const cJSON *tree, const char *name, const char *expected)
{
	const char *text;

	return json_find_text(tree, name, &text) > 0 && streq(text, expected);
}

int
kept_text_find(struct store *store, const struct kept_place *place,
    struct secret **ret_text, int64_t *ret_fetched_unix_s)
{
	char key[KEY_BYTES_MAX];
	AUTO(secret) record = NULL;
	AUTO_JSON tree = NULL;
	const char *text;
	int64_t fetched_unix_s;
	int r;

	print_key(place, key);
	r = store_get(store, key, &record);
	if (r <= 0)
		return r;
	r = json_parse(record->bytes, record->size, &tree, NULL);
	if (r < 0)
		return r;
	/* Another issuer's word must never serve this one. */
	if (!has_text(tree, "issuer", place->issuer) ||
	    !has_text(tree, "address", place->address) ||
	    json_find_int(tree, "fetched", &fetched_unix_s) <= 0 ||
	    json_find_text(tree, "set", &text) <= 0)
		return 0;
	*ret_text = secret_copy(text, strlen(text));
	if (!*ret_text)
		return -ENOMEM;
	*ret_fetched_unix_s = fetched_unix_s;
	return 1;
}
