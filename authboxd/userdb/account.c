#include "userdb/account.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

void
account_free(struct account *account)
{
	if (!account)
		return;
	for (char **group = account->groups; group && *group; group++)
		free(*group);
	free(account->groups);
	free(account->name);
	free(account->real_name);
	free(account->home);
	free(account->shell);
	free(account);
}

/* ---- reading ---- */

/* Copy a text; it is NULL where the member is missing and may be. */
static int
take_text(
    const cJSON *object, const char *member, bool required, char **ret_text)
{
	const char *text = NULL;
	int r = json_find_text(object, member, &text);

	if (r < 0 || (r == 0 && required) ||
	    (text && strlen(text) > ACCOUNT_TEXT_BYTES_MAX))
		return -EINVAL;
	*ret_text = text ? strdup(text) : NULL;
	return text && !*ret_text ? -ENOMEM : 0;
}

bool
account_has_group(const struct account *account, const char *group)
{
	for (char *const *g = account->groups; g && *g; g++)
		if (streq(*g, group))
			return true;
	return false;
}

static int
take_groups(const cJSON *list, struct account *account)
{
	int count = list ? cJSON_GetArraySize(list) : 0, i = 0;
	const cJSON *item;

	if ((list && !cJSON_IsArray(list)) || count > ACCOUNT_GROUPS_MAX)
		return -EINVAL;
	account->groups = calloc((size_t)count + 1, sizeof(char *));
	if (!account->groups)
		return -ENOMEM;
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) ||
		    account_has_group(account, item->valuestring))
			return -EINVAL;
		account->groups[i] = strdup(item->valuestring);
		if (!account->groups[i++])
			return -ENOMEM;
	}
	return 0;
}

static int
take_uid(const cJSON *object, uint32_t *ret_uid)
{
	int64_t uid;

	if (json_find_int(object, "uid", &uid) != 1 || uid < 0 ||
	    uid > UINT32_MAX)
		return -EINVAL;
	*ret_uid = (uint32_t)uid;
	return 0;
}

/* What requests and the own copy have in common. */
static int
take_members(const cJSON *object, bool all, struct account *account,
    const char **ret_wrong)
{
	int r;

	*ret_wrong = "name";
	r = take_text(object, "name", true, &account->name);
	if (r == 0) {
		*ret_wrong = "uid";
		r = take_uid(object, &account->uid);
	}
	if (r == 0) {
		*ret_wrong = "realName";
		r = take_text(object, "realName", all, &account->real_name);
	}
	if (r == 0 && !account->real_name && !(account->real_name = strdup("")))
		r = -ENOMEM;
	if (r == 0) {
		*ret_wrong = "home";
		r = take_text(object, "home", all, &account->home);
	}
	if (r == 0) {
		*ret_wrong = "shell";
		r = take_text(object, "shell", all, &account->shell);
	}
	if (r == 0) {
		*ret_wrong = "groups";
		r = take_groups(json_find(object, "groups"), account);
	}
	return r;
}

int
account_parse(
    const cJSON *object, struct account **ret_account, const char **ret_wrong)
{
	static const char *const members[] = {
	    "name", "uid", "realName", "home", "shell", "groups", NULL};
	AUTO(account) account = calloc(1, sizeof(*account));
	int r;

	if (!account)
		return -ENOMEM;
	if (!cJSON_IsObject(object)) {
		*ret_wrong = "user";
		return -EINVAL;
	}
	if (!json_has_only(object, members, ret_wrong))
		return -EINVAL;
	r = take_members(object, false, account, ret_wrong);
	if (r == 0)
		*ret_account = TAKE(account);
	return r;
}

int
account_parse_kept(
    const cJSON *object, struct account **ret_account, const char **ret_wrong)
{
	static const char *const members[] = {"name", "uid", "realName", "home",
	    "shell", "groups", "taken", "withdrawn", NULL};
	AUTO(account) account = calloc(1, sizeof(*account));
	int r;

	if (!account)
		return -ENOMEM;
	*ret_wrong = "all of it";
	if (!cJSON_IsObject(object) ||
	    !json_has_only(object, members, ret_wrong))
		return -EINVAL;
	r = take_members(object, true, account, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "taken";
	if (json_find_int(object, "taken", &account->taken_unix_s) != 1)
		return -EINVAL;
	*ret_wrong = "withdrawn";
	if (json_find_bool(object, "withdrawn", &account->withdrawn) != 1)
		return -EINVAL;
	*ret_account = TAKE(account);
	return 0;
}

/* ---- printing ---- */

static bool
put_text(cJSON *object, const char *member, const char *text)
{
	return !text || cJSON_AddStringToObject(object, member, text);
}

cJSON *
account_print(const struct account *account)
{
	AUTO_JSON object = cJSON_CreateObject();
	cJSON *groups;

	if (!put_text(object, "name", account->name) ||
	    !cJSON_AddNumberToObject(object, "uid", account->uid) ||
	    !put_text(object, "realName", account->real_name) ||
	    !put_text(object, "home", account->home) ||
	    !put_text(object, "shell", account->shell))
		return NULL;
	groups = cJSON_AddArrayToObject(object, "groups");
	for (char *const *group = account->groups; *group; group++) {
		cJSON *item = cJSON_CreateString(*group);

		if (!cJSON_AddItemToArray(groups, item)) {
			cJSON_Delete(item);
			return NULL;
		}
	}
	return groups ? TAKE(object) : NULL;
}

cJSON *
account_print_kept(const struct account *account)
{
	AUTO_JSON object = account_print(account);

	if (!cJSON_AddNumberToObject(
		object, "taken", (double)account->taken_unix_s) ||
	    !cJSON_AddBoolToObject(object, "withdrawn", account->withdrawn))
		return NULL;
	return TAKE(object);
}

struct account *
account_new_reservation(const char *name, uint32_t uid)
{
	AUTO(account) account = calloc(1, sizeof(*account));

	if (!account)
		return NULL;
	*account = (struct account){
	    .name = strdup(name),
	    .uid = uid,
	    .real_name = strdup(""),
	    .home = strdup(""),
	    .shell = strdup(""),
	    .groups = calloc(1, sizeof(char *)),
	    .withdrawn = true,
	};
	if (!account->name || !account->real_name || !account->home ||
	    !account->shell || !account->groups)
		return NULL;
	return TAKE(account);
}

int
account_copy(const struct account *account, struct account **ret_account)
{
	AUTO_JSON object = account_print_kept(account);
	const char *wrong;

	if (!object)
		return -ENOMEM;
	return account_parse_kept(object, ret_account, &wrong);
}
