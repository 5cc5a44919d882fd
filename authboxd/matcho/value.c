/* Lists are walked from their start: cJSON has no other way. Each element or
 * member that is passed costs a step, so that a list of any length is paid
 * for. */
#include "matcho/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matcho/matcho.h"

#define BYTES_PER_STEP 256
#define POSITION_MAX   9 /* digits */

bool
value_spend(struct value_look *look, size_t count)
{
	if (!look->failure && *look->steps < count)
		look->failure = -E2BIG;
	if (look->failure)
		return false;
	*look->steps -= count;
	return true;
}

bool
value_is_nil(const cJSON *value)
{
	return !value || cJSON_IsNull(value);
}

static const cJSON *
find_element(struct value_look *look, const cJSON *array, const char *position)
{
	size_t digits = strspn(position, "0123456789");
	const cJSON *element = array->child;

	if (digits == 0 || digits > POSITION_MAX || position[digits] != '\0')
		return NULL;
	for (unsigned long left = strtoul(position, NULL, 10);
	     left > 0 && element; left--, element = element->next)
		if (!value_spend(look, 1))
			return NULL;
	return element;
}

const cJSON *
value_find(struct value_look *look, const cJSON *value, const char *key)
{
	const cJSON *member;

	if (cJSON_IsArray(value))
		return find_element(look, value, key);
	if (!cJSON_IsObject(value))
		return NULL;
	cJSON_ArrayForEach (member, value) {
		if (!value_spend(look, 1))
			return NULL;
		if (streq(member->string, key))
			return member;
	}
	return NULL;
}

const cJSON *
value_follow(struct value_look *look, char *const *keys, size_t count)
{
	const cJSON *value = look->request;

	for (size_t i = 0; i < count && value; i++)
		value = value_find(look, value, keys[i]);
	return value_is_nil(value) ? NULL : value;
}

static bool is_equal(
    struct value_look *look, const cJSON *a, const cJSON *b, unsigned depth);

/* Two arrays in order, or two objects by name: as many in both, and each of
 * the one in the other. */
static bool
is_equal_inside(
    struct value_look *look, const cJSON *a, const cJSON *b, unsigned depth)
{
	const cJSON *mine = a->child, *theirs = b->child;

	for (; mine && theirs; mine = mine->next, theirs = theirs->next) {
		const cJSON *other = cJSON_IsObject(a)
					 ? value_find(look, b, mine->string)
					 : theirs;

		if (!other || !is_equal(look, mine, other, depth + 1))
			return false;
	}
	return !mine && !theirs;
}

static bool
is_equal(
    struct value_look *look, const cJSON *a, const cJSON *b, unsigned depth)
{
	if (depth > MATCHO_DEPTH_MAX && !look->failure)
		look->failure = -E2BIG;
	if (!value_spend(look, 1))
		return false;
	if (cJSON_IsString(a) && cJSON_IsString(b))
		return value_spend(
			   look, strlen(a->valuestring) / BYTES_PER_STEP) &&
		       streq(a->valuestring, b->valuestring);
	if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
		return a->valuedouble == b->valuedouble;
	if (cJSON_IsBool(a) && cJSON_IsBool(b))
		return cJSON_IsTrue(a) == cJSON_IsTrue(b);
	if ((cJSON_IsArray(a) && cJSON_IsArray(b)) ||
	    (cJSON_IsObject(a) && cJSON_IsObject(b)))
		return is_equal_inside(look, a, b, depth);
	return cJSON_IsNull(a) && cJSON_IsNull(b);
}

bool
value_is_equal(struct value_look *look, const cJSON *a, const cJSON *b)
{
	return is_equal(look, a, b, 0);
}

bool
value_split_reference(const char *text, char ret_type[VALUE_TYPE_BYTES_MAX + 1],
    char ret_id[VALUE_ID_BYTES_MAX + 1])
{
	const char *slash = strchr(text, '/');
	size_t type_size = slash ? (size_t)(slash - text) : 0;
	size_t id_size = slash ? strlen(slash + 1) : 0;

	if (type_size == 0 || type_size > VALUE_TYPE_BYTES_MAX ||
	    id_size == 0 || id_size > VALUE_ID_BYTES_MAX ||
	    strchr(slash + 1, '/'))
		return false;
	(void)snprintf(
	    ret_type, VALUE_TYPE_BYTES_MAX + 1, "%.*s", (int)type_size, text);
	(void)snprintf(ret_id, VALUE_ID_BYTES_MAX + 1, "%s", slash + 1);
	return true;
}
