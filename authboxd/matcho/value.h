/* Looking at values of a request, each look for a step. For this folder only.
 */
#ifndef MATCHO_VALUE_H
#define MATCHO_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#define VALUE_TYPE_BYTES_MAX 64
#define VALUE_ID_BYTES_MAX   256

struct value_look {
	const cJSON *request;
	size_t *steps;
	int failure; /* 0, or why there will be no answer */
};

/* false: there are not so many steps left, or there was a failure; from then
 * on what any function says is worth nothing. */
bool value_spend(struct value_look *look, size_t count);

/* Absent (NULL) or null. */
bool value_is_nil(const cJSON *value);

/* The member of that name, or the element at that decimal position. NULL:
 * none. Lent. */
const cJSON *
value_find(struct value_look *look, const cJSON *value, const char *key);

/* What is in the request at the end of a path. NULL: nothing, or null. Lent. */
const cJSON *
value_follow(struct value_look *look, char *const *keys, size_t count);

/* Equal in kind and content, order of members aside. */
bool value_is_equal(struct value_look *look, const cJSON *a, const cJSON *b);

/* The two parts of "TYPE/ID"; false: it has others. */
bool
value_split_reference(const char *text, char ret_type[VALUE_TYPE_BYTES_MAX + 1],
    char ret_id[VALUE_ID_BYTES_MAX + 1]);

#endif
