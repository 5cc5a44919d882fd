#include "token/session_record.h"

#include <errno.h>
#include <string.h>

#define VERSION 1

static bool
put_claims(cJSON *tree, const cJSON *claims)
{
	cJSON *copy;

	if (!claims)
		return true;
	copy = json_tree_copy(claims);
	if (copy && cJSON_AddItemToObject(tree, "claims", copy))
		return true;
	cJSON_Delete(copy);
	return false;
}

int
session_record_print(const struct session *session, struct secret **ret_record)
{
	AUTO_JSON tree = cJSON_CreateObject();

	if (!cJSON_AddNumberToObject(tree, "version", VERSION) ||
	    !cJSON_AddStringToObject(tree, "id", session->id) ||
	    !cJSON_AddStringToObject(tree, "user", session->user) ||
	    !cJSON_AddNumberToObject(tree, "uid", session->uid) ||
	    !cJSON_AddNumberToObject(
		tree, "created", (double)session->created_unix_s) ||
	    !cJSON_AddNumberToObject(
		tree, "expires", (double)session->expires_unix_s) ||
	    !cJSON_AddStringToObject(
		tree, "introspector", session->introspector) ||
	    !cJSON_AddBoolToObject(
		tree, "opaque", session->type == INTROSPECTOR_OPAQUE) ||
	    !put_claims(tree, session->claims))
		return -ENOMEM;
	*ret_record = json_print(tree);
	return *ret_record ? 0 : -ENOMEM;
}

/* A text that fits into `size` bytes with its NUL. */
static bool
read_text(const cJSON *tree, const char *name, char *ret_text, size_t size)
{
	const char *text;

	if (json_find_text(tree, name, &text) <= 0 || strlen(text) >= size)
		return false;
	(void)stpcpy(ret_text, text); /* measured above */
	return true;
}

static bool
read_fields(const cJSON *tree, struct session *session)
{
	int64_t version, uid;
	bool opaque;

	if (json_find_int(tree, "version", &version) <= 0 ||
	    version != VERSION || json_find_int(tree, "uid", &uid) <= 0 ||
	    uid < 0 || uid > UINT32_MAX ||
	    json_find_bool(tree, "opaque", &opaque) <= 0)
		return false;
	session->uid = (uid_t)uid;
	session->type = opaque ? INTROSPECTOR_OPAQUE : INTROSPECTOR_JWT;
	return json_find_int(tree, "created", &session->created_unix_s) > 0 &&
	       json_find_int(tree, "expires", &session->expires_unix_s) > 0 &&
	       read_text(tree, "id", session->id, sizeof(session->id)) &&
	       read_text(tree, "user", session->user, sizeof(session->user)) &&
	       user_name_is_valid(session->user) &&
	       read_text(tree, "introspector", session->introspector,
		   sizeof(session->introspector));
}

int
session_record_parse(const struct secret *record, struct session *ret_session)
{
	struct session session = {0};
	AUTO_JSON tree = NULL;
	int r = json_parse(record->bytes, record->size, &tree, NULL);

	if (r < 0)
		return r;
	if (!read_fields(tree, &session))
		return -EBADMSG;
	session.claims =
	    cJSON_DetachItemFromObjectCaseSensitive(tree, "claims");
	if (session.claims && !cJSON_IsObject(session.claims)) {
		session_done(&session);
		return -EBADMSG;
	}
	*ret_session = session;
	return 0;
}
