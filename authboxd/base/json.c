/*
 * What is around the tree: json_parse.c makes it, json_print.c prints it. cJSON
 * gives the struct, its constructors and its destructor.
 */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>

#include "base/text.h"

static void *
wiping_malloc(size_t size)
{
	return malloc(size);
}

static void
wiping_free(void *p)
{
	if (p)
		secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void
json_init(void)
{
	/* With hooks of its own cJSON never calls realloc(), which would
	 * leave copies behind. */
	cJSON_Hooks hooks = {wiping_malloc, wiping_free};

	cJSON_InitHooks(&hooks);
}

void
json_wipe(cJSON *tree)
{
	cJSON *item;

	if (cJSON_IsString(tree) && tree->valuestring)
		secret_wipe(tree->valuestring, strlen(tree->valuestring));
	cJSON_ArrayForEach (item, tree)
		json_wipe(item);
}

/* Give a copy keys of its own. False: no memory, and it can be deleted. */
static bool
own_keys(cJSON *item)
{
	cJSON *child;

	if (item->type & cJSON_StringIsConst) {
		size_t size = strlen(item->string) + 1;
		char *key = cJSON_malloc(size);

		if (!key)
			return false;
		memcpy(key, item->string, size);
		item->string = key;
		item->type &= ~cJSON_StringIsConst;
	}
	cJSON_ArrayForEach (child, item)
		if (!own_keys(child))
			return false;
	return true;
}

cJSON *
json_tree_copy(const cJSON *tree)
{
	AUTO_JSON copy = cJSON_Duplicate(tree, true);

	return copy && own_keys(copy) ? TAKE(copy) : NULL;
}

const cJSON *
json_find(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

	while (member && !streq(member->string, name))
		member = member->next;
	return member;
}

int
json_find_text(const cJSON *object, const char *name, const char **ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsString(item))
		return -EBADMSG;
	*ret = item->valuestring;
	return 1;
}

int
json_find_int(const cJSON *object, const char *name, int64_t *ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) ||
	    fabs(item->valuedouble) > 9007199254740992.0 ||
	    (double)(int64_t)item->valuedouble != item->valuedouble)
		return -EBADMSG;
	*ret = (int64_t)item->valuedouble;
	return 1;
}

int
json_find_bool(const cJSON *object, const char *name, bool *ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsBool(item))
		return -EBADMSG;
	*ret = cJSON_IsTrue(item);
	return 1;
}

bool
json_has_only(
    const cJSON *object, const char *const names[], const char **ret_unknown)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, object) {
		size_t i = 0;

		while (names[i] && !streq(names[i], item->string))
			i++;
		if (!names[i]) {
			*ret_unknown = item->string;
			return false;
		}
	}
	return true;
}
