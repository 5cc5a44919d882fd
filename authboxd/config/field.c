#include "config/field.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const struct field *
field_find(const struct table *table, const char *path, bool *ret_below)
{
	*ret_below = false;
	for (size_t i = 0; i < table->field_count; i++) {
		const char *rest = text_after(table->fields[i].path, path);

		if (rest && rest[0] == '\0')
			return &table->fields[i];
		if (rest && rest[0] == '.')
			*ret_below = true;
	}
	return NULL;
}

const struct field *
field_find_named(const struct table *table, const char *parent)
{
	for (size_t i = 0; i < table->field_count; i++)
		if (streq_null(text_after(table->fields[i].path, parent), ".*"))
			return &table->fields[i];
	return NULL;
}

static const char *
last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Consider a known path that stands at the same place as the wanted one: how
 * similar is its next part? What is below that does not matter. */
static void
consider_beside(const char *known, const char *parent, const char *key,
    unsigned *best, char *ret_near)
{
	const char *rest = text_after(known, parent);
	char part[FIELD_PATH_BYTES_MAX];
	unsigned distance;

	if (!rest || rest[0] == '*')
		return;
	(void)snprintf(
	    part, sizeof(part), "%.*s", (int)strcspn(rest, "."), rest);
	distance = text_distance(part, key);
	if (distance < *best) {
		*best = distance;
		(void)snprintf(ret_near, FIELD_PATH_BYTES_MAX, "%.120s%.128s",
		    parent, part);
	}
}

void
field_find_near(const struct table *table, const char *path, char *ret_near)
{
	const char *key = last_part(path);
	unsigned best = strlen(key) < 6 ? 3 : (unsigned)strlen(key) / 3 + 1;
	char parent[FIELD_PATH_BYTES_MAX];

	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(key - path), path);
	ret_near[0] = '\0';
	for (size_t i = 0; i < table->field_count; i++) {
		const char *known = table->fields[i].path;

		consider_beside(known, parent, key, &best, ret_near);
		/* The very name, at another place. */
		if (best > 1 && streq(last_part(known), key)) {
			best = 1;
			(void)snprintf(
			    ret_near, FIELD_PATH_BYTES_MAX, "%s", known);
		}
	}
}

bool
field_is_secret(const struct field *field)
{
	return field->type == FIELD_SECRET || field->type == FIELD_HEADERS;
}

static void
print_words(const struct field_word *words, char *ret_text)
{
	size_t used = 0;

	for (const struct field_word *w = words; w->text; w++)
		used += (size_t)snprintf(ret_text + used,
		    FIELD_PATH_BYTES_MAX - used, "%s%s", w == words ? "" : "|",
		    w->text);
}

void
field_print_type(const struct field *field, char *ret_text)
{
	static const char *const names[] = {
	    [FIELD_URL] = "URL",
	    [FIELD_SECRET] = "secret",
	    [FIELD_BOOLEAN] = "true|false",
	    [FIELD_TIME] = "date or time",
	    [FIELD_HEADERS] = "map of secrets",
	    [FIELD_JSON] = "map",
	    [FIELD_REGEX] = "regular expression",
	    [FIELD_PATTERN] = "matcho pattern",
	    [FIELD_KIND] = "kind",
	    [FIELD_IGNORED] = "ignored",
	    [FIELD_ANY] = "any",
	    [FIELD_REFUSED] = "refused",
	};
	const size_t size = FIELD_PATH_BYTES_MAX;
	char words[FIELD_PATH_BYTES_MAX];

	switch (field->type) {
	case FIELD_TEXT:
		(void)snprintf(ret_text, size, "%s", field->shape->name);
		break;
	case FIELD_OBJECTS:
		(void)snprintf(ret_text, size, "%s",
		    strchr(field->path, '*') ? "object" : "list of objects");
		break;
	case FIELD_TEXTS:
		(void)snprintf(ret_text, size, "%s%slist of %ss",
		    field->may_be_one ? field->shape->name : "",
		    field->may_be_one ? " or " : "", field->shape->name);
		break;
	case FIELD_REFERENCE:
	case FIELD_REFERENCES:
		print_words(field->words, words);
		(void)snprintf(ret_text, size, "%s to %.200s",
		    field->type == FIELD_REFERENCE ? "reference"
						   : "list of references",
		    words);
		break;
	case FIELD_NUMBER:
		(void)snprintf(
		    ret_text, size, "%u to %u", field->min, field->max);
		break;
	case FIELD_DURATION:
		(void)snprintf(ret_text, size, "duration, at most %ud",
		    field->max / 86400);
		break;
	case FIELD_CHOICE:
		print_words(field->words, ret_text);
		break;
	default:
		(void)snprintf(ret_text, size, "%s",
		    field->is_public ? "PEM" : names[field->type]);
		break;
	}
}
