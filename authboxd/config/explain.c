/* `config explain`: the tables, for people in 80 columns and for programs. */
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "config/tables.h"

#define LINE_COLUMNS 79
#define HELP_COLUMN  4
#define TYPE_COLUMN  42

/* Walk a table and the tables in it, in order, with the whole path of each
 * field. 0, or what `see` returned < 0. */
typedef int
see_field(void *context, const char *path, const struct field *field);

/* A table that holds itself, or that two fields have, is shown once. */
static bool
is_shown_elsewhere(const struct table *table, const struct field *field)
{
	if (field->table == table)
		return true;
	for (const struct field *f = table->fields; f < field; f++)
		if (f->table == field->table)
			return true;
	return false;
}

static int
walk(const struct table *table, const char *prefix, see_field *see,
    void *context)
{
	char path[FIELD_PATH_BYTES_MAX];
	int r = 0;

	for (size_t i = 0; i < table->field_count && r == 0; i++) {
		const struct field *field = &table->fields[i];
		size_t size = strlen(field->path);
		bool named = field->path[size - 1] == '*';

		/* "provider.*" is shown as provider.NAME. */
		(void)snprintf(path, sizeof(path), "%.120s%.*s%s", prefix,
		    (int)(named ? size - 1 : size), field->path,
		    named ? "NAME" : "");
		r = see(context, path, field);
		if (r < 0 || !field->table || is_shown_elsewhere(table, field))
			continue;
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path),
		    "%s.", named ? "" : "[]");
		r = walk(field->table, path, see, context);
	}
	return r;
}

/* "required", "default: …", "no effect yet", or nothing. */
static void
print_default(const struct field *field, char *ret_text, size_t size)
{
	const char *fallback =
	    field->fallback ? field->fallback : field->fallback_note;

	ret_text[0] = '\0';
	if (field->required)
		(void)snprintf(ret_text, size, "required");
	else if (field->later)
		(void)snprintf(ret_text, size, "no effect yet");
	else if (fallback)
		(void)snprintf(ret_text, size, "default: %s", fallback);
}

static int
print_field(void *context, const char *path, const struct field *field)
{
	char type[FIELD_PATH_BYTES_MAX], fallback[FIELD_PATH_BYTES_MAX];
	FILE *out = context;
	int width;

	field_print_type(field, type);
	print_default(field, fallback, sizeof(fallback));
	width = (int)(strlen(type) + strlen(fallback) + 2);

	/* Move a long type to the left, rather than over the edge. */
	(void)fprintf(out, "%-*s %s%s%s\n",
	    width > LINE_COLUMNS - TYPE_COLUMN ? LINE_COLUMNS - width - 1
					       : TYPE_COLUMN - 1,
	    path, type, fallback[0] ? "; " : "", fallback);
	(void)fprintf(out, "%*s%s\n", HELP_COLUMN, "", field->help);
	return 0;
}

static bool
has_secret(const struct table *table)
{
	for (size_t i = 0; i < table->field_count; i++)
		if (field_is_secret(&table->fields[i]))
			return true;
	return false;
}

static void
print_kind(FILE *out, const struct kind *kind)
{
	(void)fprintf(out, "%s: %s%s\n\n", kind->name, kind->help,
	    kind->single ? " (one at most)" : "");
	(void)walk(kind->table, "", print_field, out);
	if (has_secret(kind->table))
		(void)fprintf(out,
		    "\nA secret is a text, {file: PATH} or {credential: "
		    "NAME}.\n");
}

static void
print_kinds(FILE *out, const struct kind *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "%-19s%s\n", kinds[i].name, kinds[i].help);
	(void)fprintf(out,
	    "\n\"authboxctl config explain KIND\" lists the fields of one "
	    "kind.\n");
}

static int
put_text(cJSON *object, const char *name, const char *text)
{
	return cJSON_AddStringToObject(object, name, text) ? 0 : -1;
}

static int
put_field(void *context, const char *path, const struct field *field)
{
	const char *fallback =
	    field->fallback ? field->fallback : field->fallback_note;
	cJSON *array = context, *object = cJSON_CreateObject();
	char type[FIELD_PATH_BYTES_MAX];

	if (!object || !cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return -1;
	}
	field_print_type(field, type);
	if (put_text(object, "field", path) < 0 ||
	    put_text(object, "type", type) < 0 ||
	    put_text(object, "help", field->help) < 0 ||
	    (fallback && put_text(object, "default", fallback) < 0) ||
	    !cJSON_AddBoolToObject(object, "required", field->required) ||
	    !cJSON_AddBoolToObject(object, "effect", !field->later) ||
	    !cJSON_AddBoolToObject(object, "secret", field_is_secret(field)))
		return -1;
	return 0;
}

static int
put_kind(cJSON *array, const struct kind *kind)
{
	cJSON *object = cJSON_CreateObject();

	if (!object || !cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return -1;
	}
	if (put_text(object, "kind", kind->name) < 0 ||
	    put_text(object, "help", kind->help) < 0 ||
	    !cJSON_AddBoolToObject(object, "supported", kind->table != NULL))
		return -1;
	return 0;
}

static char *
explain_in_json(const struct kind *kind)
{
	AUTO_JSON array = cJSON_CreateArray();
	const struct kind *kinds;
	size_t count;
	int r = array ? 0 : -1;

	kinds = tables_kinds(&count);
	if (kind && kind->table)
		r = r < 0 ? r : walk(kind->table, "", put_field, array);
	for (size_t i = 0; !kind && i < count && r == 0; i++)
		r = put_kind(array, &kinds[i]);
	return r < 0 ? NULL : cJSON_PrintUnformatted(array);
}

static char *
explain_in_text(const struct kind *kind)
{
	const struct kind *kinds;
	size_t count, size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return NULL;
	kinds = tables_kinds(&count);
	if (kind)
		print_kind(out, kind);
	else
		print_kinds(out, kinds, count);

	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

char *
config_explain(const char *kind, bool as_json)
{
	const struct kind *known = kind ? tables_find(kind) : NULL;

	if (kind && !known)
		return NULL;
	return as_json ? explain_in_json(known) : explain_in_text(known);
}
