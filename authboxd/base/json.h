/*
 * Strict JSON (RFC 8259 with the limits of RFC 7493) as a tree of cJSON's.
 *
 * cJSON's own parser lets through doubled keys, NUL in strings, trailing bytes,
 * deep nesting, bad UTF-8 and infinity, and its look-up is blind to case.
 * json_parse() refuses all of that, and json_find() compares exactly.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "base/secret.h"

#define JSON_DEPTH_MAX 16
#define JSON_KEYS_MAX  256 /* per object */

static inline void
json_cleanup(cJSON **p)
{
	cJSON_Delete(*p);
}
#define AUTO_JSON __attribute__((cleanup(json_cleanup))) cJSON *

/* Make cJSON wipe what it frees. Once, before any thread. */
void json_init(void);

/* Wipe every text in a tree, which stays valid: for processes whose cJSON is
 * not ours to set up (libauthbox). NULL is fine. */
void json_wipe(cJSON *tree);

/* Parse exactly `size` bytes. -EBADMSG: not strict JSON, and *ret_why (static,
 * may be NULL) says what was wrong; -ENOMEM. The tree is the caller's. */
int json_parse(
    const char *text, size_t size, cJSON **ret_tree, const char **ret_why);

/* A copy of a value and all that is in it, the caller's. cJSON_Duplicate() lets
 * copies share the keys of a tree that json_parse() made, which die with it.
 * NULL: no memory, or `tree` is NULL. */
cJSON *json_tree_copy(const cJSON *tree);

/* Print without blanks, as cJSON_PrintUnformatted() would. The text holds what
 * the tree holds: a secret. NULL: no memory, or `tree` is NULL. */
struct secret *json_print(const cJSON *tree);

/* Member of an object by exact name; NULL when there is none or `object` is
 * NULL or no object. Lent. */
const cJSON *json_find(const cJSON *object, const char *name);

/* Typed members: 1 found, 0 absent (*ret untouched), -EBADMSG wrong type.
 * Texts are lent from the tree. Integers must be exact: no fraction, within
 * +-2^53. */
int json_find_text(const cJSON *object, const char *name, const char **ret);
int json_find_int(const cJSON *object, const char *name, int64_t *ret);
int json_find_bool(const cJSON *object, const char *name, bool *ret);

/* Every member of `object` is named in `names` (ended by NULL). On false
 * *ret_unknown is the first other name, lent. */
bool json_has_only(
    const cJSON *object, const char *const names[], const char **ret_unknown);

#endif
