#include "users/profile.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define PATH_DEPTH_MAX 4
/* Of the claims: the record around them is read back by a strict reader, which
 * takes JSON_DEPTH_MAX. */
#define INFO_DEPTH_MAX 11

/* Claims that become an attribute without being told to. */
static const struct {
	const char *claim, *attribute;
} usual[] = {
    {"email", "email"},
    {"phone_number", "phoneNumber"},
    {"name", "displayName"},
};

/* What no claim may become, whatever toScim says: the check of the
 * configuration refuses such a path with a better message. */
static const char *const reserved[] = {"id", "identifier", "uid",
    "resourceType", "inactive", "active", "password", "twoFactor",
    "allowSystem", "roles", "entitlements"};

bool
profile_is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (streq(reserved[i], name))
			return true;
	return false;
}

/* Takes `value`, even when it fails; replaces what is there. */
static int
put(cJSON *object, const char *name, cJSON *value)
{
	if (!value)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(object, name);
	if (cJSON_AddItemToObject(object, name, value))
		return 0;
	cJSON_Delete(value);
	return -ENOMEM;
}

static bool
is_fit(const cJSON *value)
{
	size_t size;

	if (!cJSON_IsString(value))
		return cJSON_IsBool(value) || cJSON_IsNumber(value);
	size = strlen(value->valuestring);
	return size > 0 && size <= PROFILE_TEXT_BYTES_MAX &&
	       text_is_printable(value->valuestring, size);
}

static int
put_usual(cJSON *profile, const cJSON *info)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && r == 0;
	     i++) {
		const cJSON *value = json_find(info, usual[i].claim);

		if (cJSON_IsString(value) && is_fit(value))
			r = put(
			    profile, usual[i].attribute, json_tree_copy(value));
	}
	return r;
}

/* ---- toScim ---- */

/* The object that the path's last name is a member of; what is on the way is
 * made. NULL: something on the way is no object, or there is no memory. */
static cJSON *
reach(cJSON *object, const cJSON *name)
{
	for (unsigned depth = 0; name->next; name = name->next) {
		cJSON *inner;

		if (++depth >= PATH_DEPTH_MAX)
			return NULL;
		inner =
		    cJSON_GetObjectItemCaseSensitive(object, name->valuestring);
		if (!inner)
			inner =
			    cJSON_AddObjectToObject(object, name->valuestring);
		if (!cJSON_IsObject(inner))
			return NULL;
		object = inner;
	}
	return object;
}

static bool
path_is_fit(const cJSON *path)
{
	const cJSON *name;
	int depth = cJSON_IsArray(path) ? cJSON_GetArraySize(path) : 0;

	if (depth < 1 || depth > PATH_DEPTH_MAX)
		return false;
	cJSON_ArrayForEach (name, path)
		if (!cJSON_IsString(name))
			return false;
	return !profile_is_reserved(path->child->valuestring);
}

static int
put_mapped(cJSON *profile, const cJSON *to_scim, const cJSON *info)
{
	const cJSON *rule, *value, *last;
	cJSON *object;
	int r = 0;

	cJSON_ArrayForEach (rule, to_scim) {
		value = json_find(info, rule->string);
		if (!value || !is_fit(value) || !path_is_fit(rule))
			continue;
		object = reach(profile, rule->child);
		for (last = rule->child; last->next;)
			last = last->next;
		if (object)
			r = put(
			    object, last->valuestring, json_tree_copy(value));
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- all of it ---- */

static int
put_identifier(cJSON *profile, const char *system, const char *subject)
{
	cJSON *array = cJSON_AddArrayToObject(profile, "identifier");
	cJSON *one = cJSON_CreateObject();

	if (!array || !one || !cJSON_AddItemToArray(array, one)) {
		cJSON_Delete(one);
		return -ENOMEM;
	}
	if (!cJSON_AddStringToObject(one, "system", system) ||
	    !cJSON_AddStringToObject(one, "value", subject))
		return -ENOMEM;
	return 0;
}

/* Bounded, as what is read is. */
static bool
is_flat(const cJSON *value, unsigned levels)
{
	const cJSON *inner;

	if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
		return true;
	if (levels == 0)
		return false;
	cJSON_ArrayForEach (inner, value)
		if (!is_flat(inner, levels - 1))
			return false;
	return true;
}

int
profile_build(const cJSON *to_scim, const cJSON *info, const char *system,
    const char *subject, cJSON **ret_profile)
{
	AUTO_JSON profile = cJSON_CreateObject();
	AUTO(secret) text = NULL;
	int r;

	if (!profile)
		return -ENOMEM;
	if (!cJSON_IsObject(info))
		return -EBADMSG;
	if (!is_flat(info, INFO_DEPTH_MAX))
		return -E2BIG;
	r = put(profile, "data", json_tree_copy(info));
	if (r == 0)
		r = put_usual(profile, info);
	if (r == 0)
		r = put_mapped(profile, to_scim, info);
	if (r == 0)
		r = put_identifier(profile, system, subject);
	if (r < 0)
		return r;

	text = json_print(profile);
	if (!text)
		return -ENOMEM;
	if (text->size > PROFILE_BYTES_MAX)
		return -E2BIG;
	*ret_profile = TAKE(profile);
	return 0;
}

const char *
profile_get_real_name(const cJSON *profile)
{
	const char *name;

	if (json_find_text(profile, "displayName", &name) <= 0 || !*name ||
	    strlen(name) > PROFILE_REAL_NAME_BYTES_MAX || strpbrk(name, ":,") ||
	    !text_is_printable(name, strlen(name)))
		return NULL;
	return name;
}
