#include "config/field.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const struct field *
field_find(const struct table *table, const char *path, bool *ret_below)
{
	size_t size = strlen(path);

	*ret_below = false;
	for (size_t i = 0; i < table->field_count; i++) {
		const char *known = table->fields[i].path;

		if (streq(known, path))
			return &table->fields[i];
		if (strncmp(known, path, size) == 0 && known[size] == '.')
			*ret_below = true;
	}
	return NULL;
}

const struct field *
field_find_named(const struct table *table, const char *parent)
{
	size_t size = strlen(parent);

	for (size_t i = 0; i < table->field_count; i++) {
		const char *known = table->fields[i].path;

		if (strncmp(known, parent, size) == 0 &&
		    streq(known + size, ".*"))
			return &table->fields[i];
	}
	return NULL;
}

static const char *
last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Consider one known path: the name itself somewhere else counts as near,
 * another name must be similar and stand at the same place. */
static void
consider(const char *known, const char *path, unsigned *best, char *ret_near)
{
	const char *key = last_part(path);
	size_t place = (size_t)(key - path), size;
	unsigned distance = 1;

	if (strncmp(known, path, place) == 0) {
		/* The next part alone: what is below it does not matter. */
		char part[FIELD_PATH_BYTES_MAX];

		size = place + strcspn(known + place, ".");
		(void)snprintf(part, sizeof(part), "%.*s", (int)size, known);
		distance = text_distance(part + place, key);
		if (distance < *best && !strchr(part, '*')) {
			*best = distance;
			memcpy(ret_near, part, size + 1);
			return;
		}
	}
	if (streq(last_part(known), key) && *best > 1) {
		*best = 1;
		(void)snprintf(ret_near, FIELD_PATH_BYTES_MAX, "%s", known);
	}
}

void
field_find_near(const struct table *table, const char *path, char *ret_near)
{
	size_t size = strlen(last_part(path));
	unsigned best = size < 6 ? 3 : (unsigned)(size / 3 + 1);

	ret_near[0] = '\0';
	for (size_t i = 0; i < table->field_count; i++)
		consider(table->fields[i].path, path, &best, ret_near);
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
	    [FIELD_KIND] = "kind",
	    [FIELD_IGNORED] = "ignored",
	    [FIELD_LATER] = "no effect yet",
	    [FIELD_REFUSED] = "refused",
	};
	const size_t size = FIELD_PATH_BYTES_MAX;

	switch (field->type) {
	case FIELD_TEXT:
		(void)snprintf(ret_text, size, "%s", field->shape->name);
		break;
	case FIELD_OBJECTS:
		(void)snprintf(ret_text, size, "%s",
		    strchr(field->path, '*') ? "object" : "list of objects");
		break;
	case FIELD_TEXTS:
		(void)snprintf(
		    ret_text, size, "list of %ss", field->shape->name);
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
		(void)snprintf(ret_text, size, "%s", names[field->type]);
		break;
	}
}
