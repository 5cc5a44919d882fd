/*
 * A pattern, a line end, and a request. What compiles matches or does not, the
 * same each time and within its steps; fewer steps never change an answer; a
 * pattern and its negation never both match; what is refused says why.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "matcho/matcho.h"

#define STEPS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

/* NULL: no pattern. */
static struct matcho *
compile(const cJSON *pattern)
{
	struct matcho_error error = {"", ""};
	struct matcho *matcho = NULL;
	int r = matcho_compile(pattern, &matcho, &error);

	demand(r == 0 || r == -EINVAL);
	demand((r == 0) == (matcho != NULL));
	demand(r == 0 || strlen(error.why) > 0);
	return matcho;
}

static int
match(const struct matcho *matcho, const cJSON *request, size_t *steps)
{
	char path[MATCHO_PATH_BYTES_MAX] = "?";
	size_t given = *steps;
	int r = matcho_match(matcho, request, steps, path);

	demand(r == 1 || r == 0 || r == -E2BIG);
	demand(*steps <= given);
	demand(memchr(path, '\0', sizeof(path)) != NULL);
	return r;
}

/* {"$not": pattern}, or NULL where that is too deep. */
static struct matcho *
compile_negated(const cJSON *pattern)
{
	AUTO_JSON negated = cJSON_CreateObject();

	demand(negated &&
	       cJSON_AddItemToObject(negated, "$not", json_tree_copy(pattern)));
	return compile(negated);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line_end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t first = line_end ? (size_t)(line_end - text) : size;
	AUTO(matcho) matcho = NULL;
	AUTO(matcho) negated = NULL;
	AUTO_JSON pattern = NULL;
	AUTO_JSON request = NULL;
	size_t left = STEPS, again = STEPS, fewer = STEPS / 50;
	int r, s;

	if (json_parse(text, first, &pattern, NULL) < 0)
		return 0;
	matcho = compile(pattern);
	if (!matcho || !line_end ||
	    json_parse(line_end + 1, size - first - 1, &request, NULL) < 0)
		return 0;

	r = match(matcho, request, &left);
	demand(match(matcho, request, &again) == r && again == left);
	s = match(matcho, request, &fewer);
	demand(s == r || s == -E2BIG);

	negated = compile_negated(pattern);
	again = STEPS;
	if (negated && r == 1)
		demand(match(negated, request, &again) != 1);
	return 0;
}
