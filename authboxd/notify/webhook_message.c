#include "notify/webhook_message.h"

static bool
put_text(cJSON *object, const char *name, const char *text)
{
	return !text || cJSON_AddStringToObject(object, name, text);
}

cJSON *
webhook_message_new(const struct webhook_person *person)
{
	AUTO_JSON message = cJSON_CreateObject();
	cJSON *user = cJSON_AddObjectToObject(message, "user");

	if (!put_text(user, "id", person->id) ||
	    !put_text(user, "email", person->email) ||
	    !put_text(user, "phoneNumber", person->phone_number) ||
	    !put_text(user, "displayName", person->display_name))
		return NULL;
	if (person->transport &&
	    !cJSON_AddStringToObject(cJSON_AddObjectToObject(user, "twoFactor"),
		"transport", person->transport))
		return NULL;
	return TAKE(message);
}
