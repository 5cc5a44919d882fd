#include "config/pattern_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/json_value.h"

/* The member of a map or list that a path begins with; *ret_rest is what
 * follows. NULL: none. */
static const struct tree *
find_first(const struct tree *tree, const char *path, const char **ret_rest)
{
	char index[32];
	size_t i = 0;

	for (const struct tree *t = tree->first; t; t = t->next) {
		(void)snprintf(index, sizeof(index), "%zu", i++);
		*ret_rest = text_after(path, t->key ? t->key : index);
		if (*ret_rest && strchr(".[]", **ret_rest))
			return t;
	}
	return NULL;
}

/* The line of what a path like "jwt.aud[1]" or "jwt.aud.1" leads to, as far as
 * it can be followed. */
static unsigned
find_line(const struct tree *tree, const char *path)
{
	unsigned line = tree->line;

	while (tree) {
		path += strspn(path, ".[]");
		tree = find_first(tree, path, &path);
		if (tree)
			line = tree->line;
	}
	return line;
}

bool
pattern_value_read(struct reader *reader, const char *shown,
    const struct tree *map, struct matcho **ret_pattern)
{
	char field[FIELD_PATH_BYTES_MAX];
	struct matcho_error error = {0};
	AUTO_JSON pattern = NULL;
	int r;

	if (map->type != TREE_MAP) {
		report_error(&reader->report, map->line, shown,
		    "must be a map, of what the request must be like");
		return false;
	}
	if (!map->first) {
		report_error(&reader->report, map->line, shown,
		    "is empty and would fit every request; say \"engine: "
		    "allow\" if that is meant");
		return false;
	}
	if (!json_value_read(reader, shown, map, true, &pattern))
		return false;

	r = matcho_compile(pattern, ret_pattern, &error);
	if (r == -EINVAL) {
		(void)snprintf(field, sizeof(field), "%.100s%s%.150s", shown,
		    error.path[0] != '\0' ? "." : "", error.path);
		report_error(&reader->report, find_line(map, error.path), field,
		    "%s", error.why);
	} else if (r < 0) {
		reader->report.failure = r;
	}
	return r == 0;
}

bool
pattern_value_read_regex(struct reader *reader, const char *shown,
    const struct tree *text, struct regex **ret_regex)
{
	char why[REGEX_WHY_BYTES_MAX] = "";
	int r = regex_parse(text->text, ret_regex, why);

	if (r == -EINVAL)
		report_error(&reader->report, text->line, shown,
		    "is no regular expression: %s", why);
	else if (r < 0)
		reader->report.failure = r;
	return r == 0;
}
