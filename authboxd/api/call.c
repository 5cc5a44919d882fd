#include "api/call.h"

#include <errno.h>

static int
field_read(const cJSON *parameters, const struct call_field *field)
{
	if (cJSON_IsNull(json_find(parameters, field->name)))
		return 0;
	if (field->text)
		return json_find_text(parameters, field->name, field->text);
	if (field->number)
		return json_find_int(parameters, field->name, field->number);
	return json_find_bool(parameters, field->name, field->flag);
}

int
call_read(struct varlink_call *call, const struct call_field fields[])
{
	for (const struct call_field *f = fields; f->name; f++) {
		int r = field_read(call->parameters, f);

		if (r < 0)
			return call_refuse_parameter(
			    call, f->name, "It has the wrong type.");
		if (r == 0 && f->required)
			return call_refuse_parameter(
			    call, f->name, "It must be given.");
	}
	return 1;
}

/* An error without its texts is still that error: memory is not looked at. */
int
call_refuse(struct varlink_call *call, const char *error, const char *reason,
    const char *message, int64_t retry_unix_s)
{
	cJSON *parameters = cJSON_CreateObject();

	(void)call_put_text(parameters, "reason", reason);
	(void)call_put_text(parameters, "message", message);
	if (retry_unix_s > 0)
		(void)call_put_number(parameters, "retryAt", retry_unix_s);

	cJSON_Delete(call->error_parameters);
	call->error = error;
	call->error_parameters = parameters;
	return 0;
}

int
call_refuse_parameter(
    struct varlink_call *call, const char *name, const char *message)
{
	(void)call_refuse(call, CALL_INVALID_PARAMETER, NULL, message, 0);
	(void)call_put_text(call->error_parameters, "parameter", name);
	return 0;
}

cJSON *
call_reply(struct varlink_call *call)
{
	cJSON_Delete(call->reply);
	call->reply = cJSON_CreateObject();
	return call->reply;
}

int
call_put_text(cJSON *object, const char *name, const char *text)
{
	if (!text)
		return 0;
	return cJSON_AddStringToObject(object, name, text) ? 0 : -ENOMEM;
}

int
call_put_number(cJSON *object, const char *name, int64_t number)
{
	return cJSON_AddNumberToObject(object, name, (double)number) ? 0
								     : -ENOMEM;
}

int
call_put_flag(cJSON *object, const char *name, bool flag)
{
	return cJSON_AddBoolToObject(object, name, flag) ? 0 : -ENOMEM;
}

int
call_append_text(cJSON *array, const char *text)
{
	cJSON *item = cJSON_CreateString(text);

	if (!item || !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return 0;
}
