/*
 * Reading the parameters of a Varlink call through a table, and answering it.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "wire/varlink.h"

#define CALL_INVALID_PARAMETER "org.varlink.service.InvalidParameter"

/* Exactly one of text, number, flag is set: where the value goes, if it is
 * there; null counts as left out. Texts are lent from the call. */
struct call_field {
	const char *name;
	bool required;
	const char **text;
	int64_t *number;
	bool *flag;
};

/* `fields` end with a NULL name. 1: all read; 0: the call is answered with
 * InvalidParameter. */
int call_read(struct varlink_call *call, const struct call_field fields[]);

/* Answer with an error. `message` may be NULL; `retry_unix_s` 0: none. Always
 * 0, so that a method can end with it. */
int call_refuse(struct varlink_call *call, const char *error,
    const char *reason, const char *message, int64_t retry_unix_s);

/* Answer with InvalidParameter for one parameter; `message` says what it may
 * be. Always 0. */
int call_refuse_parameter(
    struct varlink_call *call, const char *name, const char *message);

/* The reply's parameters, an empty object made now. NULL: no memory. */
cJSON *call_reply(struct varlink_call *call);

/* Members of an object: 0 or -ENOMEM. A NULL text is left out. */
int call_put_text(cJSON *object, const char *name, const char *text);
int call_put_number(cJSON *object, const char *name, int64_t number);
int call_put_flag(cJSON *object, const char *name, bool flag);

/* Append to an array: 0 or -ENOMEM. */
int call_append_text(cJSON *array, const char *text);

#endif
