#include "userdb/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define INTERFACE "io.systemd.UserDatabase."

static enum lookup_kind
kind_of(const cJSON *parameters, const char *by_name, const char *by_id,
    enum lookup_kind name_kind, enum lookup_kind id_kind, struct lookup *lookup)
{
	const char *name = NULL;
	int64_t id = -1;
	int has_name = json_find_text(parameters, by_name, &name);
	int has_id = json_find_int(parameters, by_id, &id);

	if (has_name < 0 || has_id < 0 || (has_name > 0 && has_id > 0))
		return LOOKUP_NOTHING; /* one is what we know by */
	if (has_name == 0 && has_id == 0)
		return LOOKUP_ALL;
	if (has_id > 0) {
		lookup->id = id >= 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
		return id_kind;
	}
	if (strlen(name) >= sizeof(lookup->name))
		return LOOKUP_NOTHING;
	memcpy(lookup->name, name, strlen(name) + 1);
	return name_kind;
}

int
lookup_parse(const char *text, size_t size, struct lookup *ret_lookup)
{
	struct lookup lookup = {.kind = LOOKUP_UNKNOWN};
	const char *method = "", *service = "";
	AUTO_JSON object = NULL;
	const cJSON *parameters;
	int r = json_parse(text, size, &object, NULL);

	if (r < 0)
		return r;
	parameters = json_find(object, "parameters");
	if (json_find_text(object, "method", &method) != 1)
		return -EBADMSG;
	method = text_after(method, INTERFACE);
	if (json_find_text(parameters, "service", &service) < 0 ||
	    !streq(service, LOOKUP_SERVICE))
		lookup.kind = LOOKUP_FOREIGN;
	else if (streq_null(method, "GetUserRecord"))
		lookup.kind = kind_of(parameters, "userName", "uid",
		    LOOKUP_USER_BY_NAME, LOOKUP_USER_BY_ID, &lookup);
	else if (streq_null(method, "GetGroupRecord"))
		lookup.kind = kind_of(parameters, "groupName", "gid",
		    LOOKUP_GROUP_BY_NAME, LOOKUP_GROUP_BY_ID, &lookup);
	else if (streq_null(method, "GetMemberships"))
		lookup.kind = LOOKUP_NOTHING;
	*ret_lookup = lookup;
	return 0;
}

size_t
lookup_print_nothing(enum lookup_kind kind, char ret_text[LOOKUP_BYTES_MAX])
{
	const char *error = INTERFACE "NoRecordFound";

	if (kind == LOOKUP_ALL)
		error = INTERFACE "EnumerationNotSupported";
	else if (kind == LOOKUP_FOREIGN)
		error = INTERFACE "BadService";
	else if (kind == LOOKUP_UNKNOWN)
		error = "org.varlink.service.MethodNotFound";
	return (size_t)snprintf(ret_text, LOOKUP_BYTES_MAX,
		   "{\"error\":\"%s\",\"parameters\":{}}", error) +
	       1;
}

static bool
put_user(cJSON *record, const struct provisioning *provisioning,
    const char *name, uint32_t uid)
{
	char home[CONFIG_HOME_BYTES_MAX + 1];

	config_provisioning_home(provisioning, name, home);
	return cJSON_AddStringToObject(record, "userName", name) &&
	       cJSON_AddNumberToObject(record, "uid", uid) &&
	       cJSON_AddNumberToObject(record, "gid", uid) &&
	       cJSON_AddStringToObject(record, "homeDirectory", home) &&
	       cJSON_AddStringToObject(record, "shell", provisioning->shell);
}

static bool
put_group(cJSON *record, const char *name, uint32_t uid)
{
	return cJSON_AddStringToObject(record, "groupName", name) &&
	       cJSON_AddNumberToObject(record, "gid", uid);
}

size_t
lookup_print_record(const struct lookup *lookup,
    const struct provisioning *provisioning, const char *name, uint32_t uid,
    char ret_text[LOOKUP_BYTES_MAX])
{
	bool is_group = lookup->kind == LOOKUP_GROUP_BY_NAME ||
			lookup->kind == LOOKUP_GROUP_BY_ID;
	AUTO_JSON answer = cJSON_CreateObject();
	cJSON *parameters = cJSON_AddObjectToObject(answer, "parameters");
	cJSON *record = cJSON_AddObjectToObject(parameters, "record");

	if (!(is_group ? put_group(record, name, uid)
		       : put_user(record, provisioning, name, uid)) ||
	    !cJSON_AddStringToObject(record, "disposition", "regular") ||
	    !cJSON_AddStringToObject(record, "service", LOOKUP_SERVICE) ||
	    !cJSON_AddFalseToObject(parameters, "incomplete") ||
	    !cJSON_PrintPreallocated(answer, ret_text, LOOKUP_BYTES_MAX, false))
		return 0;
	return strlen(ret_text) + 1;
}
