/*
 * What strict JSON lets pass, cJSON reads whole and in the same way, it prints
 * again as what it was, and it is within the limits.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

/* Depth, keys, texts and numbers as the header says. */
static void
check_tree(const cJSON *tree, unsigned depth)
{
	const cJSON *item, *other;

	demand(depth <= JSON_DEPTH_MAX + 1);
	demand(!cJSON_IsNumber(tree) || isfinite(tree->valuedouble));
	if (cJSON_IsString(tree))
		demand(
		    text_is_utf8(tree->valuestring, strlen(tree->valuestring)));
	cJSON_ArrayForEach (item, tree) {
		check_tree(item, depth + 1);
		if (!cJSON_IsObject(tree))
			continue;
		for (other = item->next; other; other = other->next)
			demand(!streq(item->string, other->string));
	}
	if (cJSON_IsObject(tree))
		demand(cJSON_GetArraySize(tree) <= JSON_KEYS_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *why = NULL, *end = NULL;
	AUTO_TEXT copy = malloc(size + 1);
	AUTO(secret) printed = NULL;
	AUTO_JSON again = NULL;
	AUTO_JSON oracle = NULL;
	AUTO_JSON tree = NULL;
	int r;

	demand(copy);
	r = json_parse(text, size, &tree, &why);
	demand(r == 0 ? tree != NULL : r == -EBADMSG && why && !tree);
	if (r < 0)
		return 0;

	memcpy(copy, text, size);
	copy[size] = '\0';
	oracle = cJSON_ParseWithLengthOpts(copy, size + 1, &end, true);
	demand(oracle && cJSON_Compare(tree, oracle, true));
	check_tree(tree, 1);
	printed = json_print(tree);
	demand(printed);
	demand(json_parse(printed->bytes, printed->size, &again, NULL) == 0);
	demand(cJSON_Compare(tree, again, true));
	return 0;
}
