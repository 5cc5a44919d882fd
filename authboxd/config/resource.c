#include "config/resource.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "config/value.h"

#define FIELDS_MAX 64

/* The object that is being read. */
struct scope {
	struct reader *reader;
	const struct table *table;
	const char *shown;
	void *object;
	bool given[FIELDS_MAX];
};

/* "SHOWN.PATH" for messages. */
static void
show(const char *shown, const char *path, char *ret_shown)
{
	(void)snprintf(ret_shown, FIELD_PATH_BYTES_MAX, "%.120s%s%.128s", shown,
	    shown[0] != '\0' && path[0] != '\0' ? "." : "", path);
}

void
resource_init(struct reader *reader, const struct table *table, void *object)
{
	secret_wipe(object, table->size);
	for (size_t i = 0; i < table->field_count; i++) {
		const struct field *field = &table->fields[i];
		AUTO_TEXT copy = NULL;

		if (!field->fallback)
			continue;
		copy = strdup(field->fallback);
		if (!copy) {
			reader->report.failure = -ENOMEM;
			return;
		}
		value_read(reader, field, field->path,
		    &(struct tree){.text = copy, .plain = true}, object);
	}
}

static void
objects_done(const struct field *field, void *base)
{
	char **at = (void *)((char *)base + field->at);
	size_t *count = (void *)((char *)base + field->count_at);
	bool named = strchr(field->path, '*');

	for (size_t i = 0; i < *count; i++) {
		char *object = *at + i * field->table->size;

		if (named)
			free(*(char **)(void *)object);
		resource_done(field->table, object);
	}
	free(*at);
	*at = NULL;
	*count = 0;
}

void
resource_done(const struct table *table, void *object)
{
	if (table->done)
		table->done(object);
	for (size_t i = 0; i < table->field_count; i++) {
		const struct field *field = &table->fields[i];

		if (field->type == FIELD_OBJECTS)
			objects_done(field, object);
		else
			value_done(field, object);
	}
	secret_wipe(object, table->size);
}

/* Make room for one object more; NULL: no memory. */
static void *
grow(const struct scope *scope, const struct field *field)
{
	char **at = (void *)((char *)scope->object + field->at);
	size_t *count = (void *)((char *)scope->object + field->count_at);
	char *grown = reallocarray(*at, *count + 1, field->table->size);

	if (!grown) {
		scope->reader->report.failure = -ENOMEM;
		return NULL;
	}
	*at = grown;
	grown += *count * field->table->size;
	resource_init(scope->reader, field->table, grown);
	++*count;
	return grown;
}

static void
read_object(const struct scope *scope, const struct field *field,
    const char *shown, const struct tree *tree, const char *name)
{
	const size_t *count =
	    (const void *)((const char *)scope->object + field->count_at);
	char *object;

	if (*count >= field->max) {
		report_error(&scope->reader->report, tree->line, shown,
		    "is one too many; at most %u can be given", field->max);
		return;
	}
	object = grow(scope, field);
	if (!object)
		return;
	if (name) {
		char **at = (void *)object;

		*at = strdup(name);
		if (!*at)
			scope->reader->report.failure = -ENOMEM;
	}
	resource_read(scope->reader, field->table, shown, tree, object);
}

static void
read_objects(const struct scope *scope, const struct field *field,
    const char *path, const struct tree *list)
{
	char shown[FIELD_PATH_BYTES_MAX], item[FIELD_PATH_BYTES_MAX];
	size_t i = 0;

	show(scope->shown, path, shown);
	if (list->type != TREE_LIST) {
		report_error(&scope->reader->report, list->line, shown,
		    "must be a list of objects, each begun by \"- \"");
		return;
	}
	for (const struct tree *t = list->first; t; t = t->next) {
		(void)snprintf(item, sizeof(item), "%.200s[%zu]", shown, i++);
		read_object(scope, field, item, t, NULL);
	}
}

static void
refuse_unknown(
    const struct scope *scope, const char *path, const struct tree *member)
{
	struct report *report = &scope->reader->report;
	char shown[FIELD_PATH_BYTES_MAX], near[FIELD_PATH_BYTES_MAX];

	show(scope->shown, path, shown);
	field_find_near(scope->table, path, near);
	if (near[0] != '\0')
		report_error(report, member->line, shown,
		    "unknown field; did you mean %s?", near);
	else
		report_error(report, member->line, shown,
		    "unknown field; \"authboxctl config explain %s\" lists "
		    "the known ones",
		    report->kind);
}

static void
read_field(
    struct scope *scope, const struct field *field, const struct tree *member)
{
	char shown[FIELD_PATH_BYTES_MAX];

	scope->given[field - scope->table->fields] = true;
	show(scope->shown, field->path, shown);
	if (field->later)
		reader_note_once(scope->reader, member->line, field, shown,
		    "has no effect in this version");
	if (field->type == FIELD_OBJECTS)
		read_objects(scope, field, field->path, member);
	else
		value_read(scope->reader, field, shown, member, scope->object);
}

/* Read the members of a map that stands at `parent` in the table. Recursion
 * ends with the table's longest path. */
static void
read_members(struct scope *scope, const char *parent, const struct tree *map)
{
	char path[FIELD_PATH_BYTES_MAX], shown[FIELD_PATH_BYTES_MAX];
	const struct field *named = field_find_named(scope->table, parent);

	for (const struct tree *t = map->first; t; t = t->next) {
		const struct field *field;
		bool below;

		show(parent, t->key, path);
		show(scope->shown, path, shown);
		field = field_find(scope->table, path, &below);
		if (strpbrk(t->key, ".*")) {
			refuse_unknown(scope, path, t);
		} else if (field) {
			read_field(scope, field, t);
		} else if (below && t->type == TREE_MAP) {
			read_members(scope, path, t);
		} else if (below && !tree_is_empty(t)) {
			report_error(&scope->reader->report, t->line, shown,
			    "must be a map: fields on lines of their own, "
			    "indented below it");
		} else if (named) {
			read_object(scope, named, shown, t, t->key);
		} else if (!below) {
			refuse_unknown(scope, path, t);
		}
	}
}

static void
check_required(const struct scope *scope, unsigned line)
{
	char shown[FIELD_PATH_BYTES_MAX];

	for (size_t i = 0; i < scope->table->field_count; i++) {
		const struct field *field = &scope->table->fields[i];

		if (!field->required || scope->given[i])
			continue;
		show(scope->shown, field->path, shown);
		report_error(&scope->reader->report, line, shown,
		    "is missing; give it one (%s)", field->help);
	}
}

void
resource_read(struct reader *reader, const struct table *table,
    const char *shown, const struct tree *map, void *object)
{
	struct scope scope = {
	    .reader = reader,
	    .table = table,
	    .shown = shown,
	    .object = object,
	};
	size_t errors = reader->report.to->error_count;

	if (map->type != TREE_MAP) {
		report_error(&reader->report, map->line, shown,
		    "must be a map of fields");
		return;
	}
	read_members(&scope, "", map);
	check_required(&scope, map->line);
	if (table->check && reader->report.to->error_count == errors &&
	    reader->report.failure == 0)
		table->check(&reader->report, map->line, shown, object);
}
