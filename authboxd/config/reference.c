#include "config/reference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The parts of one reference, in whichever way it was written. */
struct parts {
	char kind[32]; /* "" : not said */
	const char *id;
	unsigned line; /* of the id */
};

static bool
refuse_form(struct reader *reader, const char *shown, unsigned line,
    const struct field_word *kinds)
{
	report_error(&reader->report, line, shown,
	    "must be a reference, like {resourceType: %s, id: ID}",
	    kinds[0].text);
	return false;
}

/* Put "KIND" of `size` bytes, cut where no kind is as long. */
static void
put_kind(struct parts *parts, const char *kind, size_t size)
{
	(void)snprintf(
	    parts->kind, sizeof(parts->kind), "%.*s", (int)size, kind);
}

/* One member of the map. */
static bool
take_member(struct parts *parts, const struct tree *member)
{
	const char *slash;

	if (member->type != TREE_TEXT)
		return false;
	if (streq(member->key, "display"))
		return true; /* a text for people */
	if (streq(member->key, "resourceType")) {
		put_kind(parts, member->text, strlen(member->text));
		return true;
	}
	if (parts->id)
		return false; /* id and reference: which is it? */
	parts->line = member->line;
	if (streq(member->key, "id")) {
		parts->id = member->text;
		return true;
	}
	slash = strchr(member->text, '/');
	if (!streq(member->key, "reference") || !slash || parts->kind[0])
		return false;
	put_kind(parts, member->text, (size_t)(slash - member->text));
	parts->id = slash + 1;
	return true;
}

static bool
find_kind(const struct field_word *kinds, const char *kind, unsigned *ret_kind)
{
	bool only = kinds[0].text && !kinds[1].text;

	for (const struct field_word *w = kinds; w->text; w++)
		if (streq(w->text, kind) || (only && kind[0] == '\0')) {
			*ret_kind = w->value;
			return true;
		}
	return false;
}

static void
refuse_kind(struct reader *reader, const char *shown, unsigned line,
    const struct field_word *kinds, const char *kind)
{
	const struct field field = {.type = FIELD_CHOICE, .words = kinds};
	char words[FIELD_PATH_BYTES_MAX], name[33];

	field_print_type(&field, words);
	text_copy_for_log(kind, name, sizeof(name));
	report_error(&reader->report, line, shown,
	    "must be a reference to %s%s%s", words,
	    name[0] ? ", not to " : "; give its resourceType", name);
}

bool
reference_read(struct reader *reader, const char *shown,
    const struct tree *tree, const struct field_word *kinds, unsigned *ret_kind,
    char **ret_id)
{
	struct parts parts = {.line = tree->line};
	char *id;

	if (tree->type != TREE_MAP)
		return refuse_form(reader, shown, tree->line, kinds);
	for (const struct tree *t = tree->first; t; t = t->next)
		if (!take_member(&parts, t))
			return refuse_form(reader, shown, t->line, kinds);
	if (!parts.id)
		return refuse_form(reader, shown, tree->line, kinds);
	if (!find_kind(kinds, parts.kind, ret_kind)) {
		refuse_kind(reader, shown, tree->line, kinds, parts.kind);
		return false;
	}

	/* A User's id is a Unix name, and the widest of all. */
	if (!(streq(parts.kind, "User") ? &shape_user : &shape_id)
		 ->match(parts.id)) {
		report_error(&reader->report, parts.line, shown,
		    "must have the id of a resource behind it");
		return false;
	}
	id = strdup(parts.id);
	if (!id) {
		reader->report.failure = -ENOMEM;
		return false;
	}
	*ret_id = id;
	return true;
}

void
reference_free_list(struct policy_link *links, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(links[i].id);
	free(links);
}

bool
reference_read_list(struct reader *reader, const char *shown,
    const struct tree *list, const struct field *field,
    struct policy_link **ret_links, size_t *ret_count)
{
	char item[FIELD_PATH_BYTES_MAX];
	struct policy_link *links;
	size_t count = 0;

	for (const struct tree *t = list->first; t; t = t->next)
		count++;
	if (list->type != TREE_LIST || count < field->min ||
	    count > field->max) {
		report_error(&reader->report, list->line, shown,
		    "must be a list of %u to %u references, each like "
		    "{resourceType: %s, id: ID}",
		    field->min, field->max, field->words[0].text);
		return false;
	}
	links = calloc(count + 1, sizeof(*links));
	if (!links) {
		reader->report.failure = -ENOMEM;
		return false;
	}

	count = 0;
	for (const struct tree *t = list->first; t; t = t->next) {
		unsigned kind;

		(void)snprintf(item, sizeof(item), "%.200s[%zu]", shown, count);
		if (!reference_read(reader, item, t, field->words, &kind,
			&links[count].id)) {
			reference_free_list(links, count);
			return false;
		}
		links[count++].kind = kind;
	}
	*ret_links = links;
	*ret_count = count;
	return true;
}
