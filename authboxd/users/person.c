#include "users/person.h"

#include <errno.h>
#include <string.h>

#include "store/store.h"
#include "users/subject.h"

#define VERSION 1

_Static_assert(
    PERSON_KEY_BYTES <= STORE_KEY_BYTES_MAX + 1, "every valid name has a key");

struct person *
person_new(const char *name, uid_t uid, const char *issuer, const char *subject)
{
	AUTO(person) person = NULL;

	if (!user_name_is_valid(name) || !issuer != !subject)
		return NULL;
	person = calloc(1, sizeof(*person));
	if (!person)
		return NULL;
	(void)stpcpy(person->name, name); /* valid names fit */
	person->uid = uid;
	if (issuer) {
		person->issuer = strdup(issuer);
		person->subject = strdup(subject);
		if (!person->issuer || !person->subject)
			return NULL;
	}
	return TAKE(person);
}

void
person_free(struct person *person)
{
	if (!person)
		return;
	for (size_t i = 0; person->groups[i]; i++)
		free(person->groups[i]);
	cJSON_Delete(person->profile);
	free(person->issuer);
	free(person->subject);
	free(person);
}

struct person *
person_copy(const struct person *person)
{
	AUTO(person)
	copy = person_new(
	    person->name, person->uid, person->issuer, person->subject);

	if (!copy)
		return NULL;
	copy->inactive = person->inactive;
	copy->created_unix_s = person->created_unix_s;
	copy->refreshed_unix_s = person->refreshed_unix_s;
	for (size_t i = 0; person->groups[i]; i++)
		if (person_add_group(copy, person->groups[i]) < 0)
			return NULL;
	if (person->profile) {
		copy->profile = json_tree_copy(person->profile);
		if (!copy->profile)
			return NULL;
	}
	return TAKE(copy);
}

bool
person_has_group(const struct person *person, const char *group)
{
	for (size_t i = 0; person->groups[i]; i++)
		if (streq(person->groups[i], group))
			return true;
	return false;
}

int
person_add_group(struct person *person, const char *group)
{
	size_t count = 0;

	if (person_has_group(person, group))
		return 0;
	while (person->groups[count])
		count++;
	if (count == PERSON_GROUPS_MAX)
		return -ENOSPC;
	person->groups[count] = strdup(group);
	return person->groups[count] ? 0 : -ENOMEM;
}

bool
person_has_same_groups(const struct person *a, const struct person *b)
{
	for (size_t i = 0; a->groups[i]; i++)
		if (!person_has_group(b, a->groups[i]))
			return false;
	for (size_t i = 0; b->groups[i]; i++)
		if (!person_has_group(a, b->groups[i]))
			return false;
	return true;
}

void
person_swap_news(struct person *person, struct person *other)
{
	char *groups[PERSON_GROUPS_MAX + 1];
	cJSON *profile = person->profile;

	memcpy(groups, person->groups, sizeof(groups));
	memcpy(person->groups, other->groups, sizeof(groups));
	memcpy(other->groups, groups, sizeof(groups));
	person->profile = other->profile;
	other->profile = profile;
}

bool
person_is_of(
    const struct person *person, const char *issuer, const char *subject)
{
	return streq_null(person->issuer, issuer) &&
	       streq_null(person->subject, subject);
}

void
person_key(const char *name, char *ret_key)
{
	(void)stpcpy(stpcpy(ret_key, PERSON_PREFIX), name); /* asserted above */
}

/* ---- as text ---- */

static bool
print_groups(cJSON *tree, const struct person *person)
{
	cJSON *array = cJSON_AddArrayToObject(tree, "groups");

	for (size_t i = 0; array && person->groups[i]; i++) {
		cJSON *name = cJSON_CreateString(person->groups[i]);

		if (name && cJSON_AddItemToArray(array, name))
			continue;
		cJSON_Delete(name);
		return false;
	}
	return array != NULL;
}

static bool
print_profile(cJSON *tree, const struct person *person)
{
	cJSON *copy;

	if (!person->profile)
		return true;
	copy = json_tree_copy(person->profile);
	if (copy && cJSON_AddItemToObject(tree, "profile", copy))
		return true;
	cJSON_Delete(copy);
	return false;
}

struct secret *
person_print(const struct person *person)
{
	AUTO_JSON tree = cJSON_CreateObject();

	if (!cJSON_AddNumberToObject(tree, "v", VERSION) ||
	    !cJSON_AddStringToObject(tree, "name", person->name) ||
	    !cJSON_AddNumberToObject(tree, "uid", person->uid) ||
	    !cJSON_AddBoolToObject(tree, "inactive", person->inactive) ||
	    !cJSON_AddNumberToObject(
		tree, "created", (double)person->created_unix_s) ||
	    !cJSON_AddNumberToObject(
		tree, "refreshed", (double)person->refreshed_unix_s) ||
	    !print_groups(tree, person) || !print_profile(tree, person))
		return NULL;
	if (person->issuer &&
	    (!cJSON_AddStringToObject(tree, "iss", person->issuer) ||
		!cJSON_AddStringToObject(tree, "sub", person->subject)))
		return NULL;
	return json_print(tree);
}

static bool
time_is_valid(int64_t unix_s)
{
	return unix_s >= 0 && unix_s <= PERSON_UNIX_S_MAX;
}

/* 0; -EBADMSG; -ENOMEM. */
static int
read_groups(const cJSON *tree, struct person *person)
{
	const cJSON *array = json_find(tree, "groups"), *group;
	int r = cJSON_IsArray(array) ? 0 : -EBADMSG;

	if (r == 0)
		cJSON_ArrayForEach (group, array) {
			if (!cJSON_IsString(group) ||
			    !user_name_is_valid(group->valuestring))
				return -EBADMSG;
			r = person_add_group(person, group->valuestring);
			if (r < 0)
				return r == -ENOSPC ? -EBADMSG : r;
		}
	return r;
}

static int
read_person(cJSON *tree, struct person *person)
{
	cJSON *profile =
	    cJSON_DetachItemFromObjectCaseSensitive(tree, "profile");

	person->profile = profile;
	if ((profile && !cJSON_IsObject(profile)) ||
	    json_find_bool(tree, "inactive", &person->inactive) <= 0 ||
	    json_find_int(tree, "created", &person->created_unix_s) <= 0 ||
	    json_find_int(tree, "refreshed", &person->refreshed_unix_s) <= 0 ||
	    !time_is_valid(person->created_unix_s) ||
	    !time_is_valid(person->refreshed_unix_s))
		return -EBADMSG;
	return read_groups(tree, person);
}

/* The pair, where there is one. */
static bool
read_origin(const cJSON *tree, const char **ret_issuer, const char **ret_sub)
{
	int issuer = json_find_text(tree, "iss", ret_issuer);
	int sub = json_find_text(tree, "sub", ret_sub);

	if (issuer < 0 || issuer != sub)
		return false;
	return issuer == 0 ||
	       (subject_is_valid(*ret_issuer) && subject_is_valid(*ret_sub));
}

int
person_parse(
    const struct secret *value, const char *name, struct person **ret_person)
{
	static const char *const names[] = {"v", "name", "uid", "inactive",
	    "created", "refreshed", "groups", "profile", "iss", "sub", NULL};
	const char *unknown, *is, *issuer = NULL, *sub = NULL;
	int64_t version = 0, uid = -1;
	AUTO(person) person = NULL;
	AUTO_JSON tree = NULL;
	int r;

	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	if (!cJSON_IsObject(tree) || !json_has_only(tree, names, &unknown) ||
	    json_find_int(tree, "v", &version) <= 0 || version != VERSION ||
	    json_find_text(tree, "name", &is) <= 0 || !user_name_is_valid(is) ||
	    (name && !streq(name, is)) ||
	    json_find_int(tree, "uid", &uid) <= 0 || uid < 0 ||
	    uid > UINT32_MAX || !read_origin(tree, &issuer, &sub))
		return -EBADMSG;
	person = person_new(is, (uid_t)uid, issuer, sub);
	if (!person)
		return -ENOMEM;
	r = read_person(tree, person);
	if (r == 0)
		*ret_person = TAKE(person);
	return r;
}

/* ---- in the store ---- */

int
person_find(struct store *store, const char *name, struct person **ret_person)
{
	char key[PERSON_KEY_BYTES];
	AUTO(secret) value = NULL;
	int r;

	if (!user_name_is_valid(name))
		return 0;
	person_key(name, key);
	r = store_get(store, key, &value);
	if (r <= 0)
		return r;
	r = person_parse(value, name, ret_person);
	return r < 0 ? r : 1;
}

struct walk {
	int (*each)(void *context, const struct person *person);
	void *context;
};

static int
walk_one(void *context, const char *key, const struct secret *value)
{
	const struct walk *walk = context;
	AUTO(person) person = NULL;
	int r = person_parse(value, NULL, &person);

	(void)key;
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	return walk->each(walk->context, person);
}

int
person_list(struct store *store,
    int (*each)(void *context, const struct person *person), void *context)
{
	struct walk walk = {each, context};

	return store_list(store, PERSON_PREFIX, walk_one, &walk);
}
