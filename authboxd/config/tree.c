/*
 * libyaml's events make the tree by one recursive function. What libyaml holds
 * may be a secret, so its buffers are wiped as far as it shows them.
 */
#include "config/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "base/secret.h"
#include "base/text.h"

struct tree_reader {
	yaml_parser_t parser;
	bool ended;
	struct tree_fault *fault; /* of the call under way */
};

static void
event_cleanup(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		secret_wipe(
		    event->data.scalar.value, event->data.scalar.length);
	yaml_event_delete(event);
}
#define AUTO_EVENT __attribute__((cleanup(event_cleanup))) yaml_event_t

void
tree_free(struct tree *tree)
{
	struct tree *next;

	/* Siblings in a loop, children by recursion: the depth is bounded. */
	for (; tree; tree = next) {
		next = tree->next;
		tree_free(tree->first);
		if (tree->text)
			secret_wipe(tree->text, strlen(tree->text));
		free(tree->text);
		free(tree->key);
		free(tree);
	}
}

const struct tree *
tree_find(const struct tree *map, const char *key)
{
	if (!map || map->type != TREE_MAP)
		return NULL;
	for (const struct tree *t = map->first; t; t = t->next)
		if (streq(t->key, key))
			return t;
	return NULL;
}

bool
tree_is_empty(const struct tree *tree)
{
	if (tree->type != TREE_TEXT || !tree->plain)
		return false;
	return streq(tree->text, "") || streq(tree->text, "~") ||
	       streq(tree->text, "null") || streq(tree->text, "Null") ||
	       streq(tree->text, "NULL");
}

static int
fail(struct tree_reader *reader, size_t line, const char *why)
{
	reader->fault->line = (unsigned)line + 1;
	(void)snprintf(
	    reader->fault->why, sizeof(reader->fault->why), "%s", why);
	return -EBADMSG;
}

/* libyaml's own words, with the column, which it counts from 0. */
static int
fail_syntax(struct tree_reader *reader)
{
	const yaml_parser_t *p = &reader->parser;
	const char *problem = p->problem ? p->problem : "not YAML";

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;

	if (p->error == YAML_READER_ERROR) {
		/* Only a byte offset is known; the mark is near it. */
		(void)fail(reader, p->mark.line, "");
		(void)snprintf(reader->fault->why, sizeof(reader->fault->why),
		    "not a text in UTF-8, at byte %zu: %s", p->problem_offset,
		    problem);
		return -EBADMSG;
	}
	(void)fail(reader, p->problem_mark.line, "");
	(void)snprintf(reader->fault->why, sizeof(reader->fault->why),
	    "not YAML, at column %zu: %s%s%s", p->problem_mark.column + 1,
	    problem, p->context ? " " : "", p->context ? p->context : "");
	return -EBADMSG;
}

static int
next_event(struct tree_reader *reader, yaml_event_t *ret_event)
{
	if (!yaml_parser_parse(&reader->parser, ret_event)) {
		*ret_event = (yaml_event_t){0};
		return fail_syntax(reader);
	}
	return 0;
}

/* The anchor and the tag of an event that begins a value. */
static int
check_event(struct tree_reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	size_t line = event->start_mark.line;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	default:
		break;
	}
	if (anchor || event->type == YAML_ALIAS_EVENT)
		return fail(reader, line,
		    "anchors (&) and aliases (*) are not supported; write the "
		    "value out, or in quotes if it begins with & or *");
	if (tag)
		return fail(reader, line,
		    "tags (!) are not supported; put a value that begins "
		    "with ! in quotes");
	return 0;
}

static int
put_scalar(
    struct tree_reader *reader, const yaml_event_t *event, struct tree *tree)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;

	if (memchr(value, '\0', size))
		return fail(
		    reader, event->start_mark.line, "a NUL byte in a text");

	tree->type = TREE_TEXT;
	tree->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	tree->text = strdup(value);
	return tree->text ? 0 : -ENOMEM;
}

/* Read the key of the next member; 0: the map ends. */
static int
next_key(struct tree_reader *reader, const struct tree *map, char **ret_key,
    size_t *ret_line)
{
	AUTO_EVENT event = {0};
	const char *key;
	int r;

	r = next_event(reader, &event);
	if (r < 0)
		return r;
	if (event.type == YAML_MAPPING_END_EVENT)
		return 0;
	r = check_event(reader, &event);
	if (r < 0)
		return r;

	*ret_line = event.start_mark.line;
	key = (const char *)event.data.scalar.value;
	if (event.type != YAML_SCALAR_EVENT || event.data.scalar.length == 0)
		return fail(reader, *ret_line, "a key must be a text");
	if (event.data.scalar.length > TREE_KEY_BYTES_MAX ||
	    !text_is_printable(key, event.data.scalar.length))
		return fail(reader, *ret_line,
		    "a key is too long or has control characters in it");
	if (tree_find(map, key)) {
		(void)fail(reader, *ret_line, "");
		(void)snprintf(reader->fault->why, sizeof(reader->fault->why),
		    "%s: stands here twice; remove one of the two", key);
		return -EBADMSG;
	}
	*ret_key = strdup(key);
	return *ret_key ? 1 : -ENOMEM;
}

/* The empty tree that an event begins, with its text if it is one. */
static int
begin_tree(struct tree_reader *reader, const yaml_event_t *event,
    struct tree **ret_tree)
{
	AUTO(tree) tree = calloc(1, sizeof(*tree));
	int r;

	if (!tree)
		return -ENOMEM;
	r = check_event(reader, event);
	if (r < 0)
		return r;

	tree->line = (unsigned)event->start_mark.line + 1;
	if (event->type == YAML_MAPPING_START_EVENT)
		tree->type = TREE_MAP;
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		tree->type = TREE_LIST;
	else if (event->type == YAML_SCALAR_EVENT)
		r = put_scalar(reader, event, tree);
	else
		r = fail(reader, event->start_mark.line, "not a value");
	if (r < 0)
		return r;

	*ret_tree = TAKE(tree);
	return 0;
}

/* Read a value and all below it. 1; 0: the list that was being read ends. */
static int
read_value(struct tree_reader *reader, unsigned depth, struct tree **ret_tree)
{
	AUTO_EVENT event = {0};
	AUTO(tree) tree = NULL;
	struct tree **end;
	size_t line;
	int r;

	r = next_event(reader, &event);
	if (r < 0)
		return r;
	if (event.type == YAML_SEQUENCE_END_EVENT)
		return 0;
	line = event.start_mark.line;
	if (depth > TREE_DEPTH_MAX)
		return fail(reader, line, "nested too deep");
	r = begin_tree(reader, &event, &tree);
	if (r < 0)
		return r;

	end = &tree->first;
	for (unsigned i = 0; tree->type != TREE_TEXT; i++) {
		AUTO_TEXT key = NULL;

		r = tree->type == TREE_MAP ? next_key(reader, tree, &key, &line)
					   : 1;
		if (r > 0)
			r = read_value(reader, depth + 1, end);
		if (r < 0)
			return r;
		if (r == 0)
			break;

		if (key)
			(*end)->line = (unsigned)line + 1;
		(*end)->key = TAKE(key);
		end = &(*end)->next;
		if (i ==
		    (tree->type == TREE_MAP ? TREE_KEYS_MAX : TREE_ITEMS_MAX))
			return fail(reader, line,
			    "too many values in one "
			    "map or list");
	}
	*ret_tree = TAKE(tree);
	return 1;
}

int
tree_reader_new(const char *bytes, size_t size, struct tree_reader **ret_reader)
{
	AUTO(tree_reader) reader = calloc(1, sizeof(*reader));

	if (!reader || !yaml_parser_initialize(&reader->parser))
		return -ENOMEM;

	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &reader->parser, (const unsigned char *)bytes, size);
	*ret_reader = TAKE(reader);
	return 0;
}

void
tree_reader_free(struct tree_reader *reader)
{
	yaml_parser_t *p;

	if (!reader)
		return;
	p = &reader->parser;
	if (p->raw_buffer.start)
		secret_wipe(p->raw_buffer.start,
		    (size_t)(p->raw_buffer.end - p->raw_buffer.start));
	if (p->buffer.start)
		secret_wipe(
		    p->buffer.start, (size_t)(p->buffer.end - p->buffer.start));
	yaml_parser_delete(p);
	free(reader);
}

int
tree_reader_next(struct tree_reader *reader, struct tree **ret_document,
    struct tree_fault *ret_fault)
{
	int r = 0;

	reader->fault = ret_fault;
	while (!reader->ended) {
		AUTO_EVENT event = {0};

		r = next_event(reader, &event);
		if (r < 0)
			return r;
		if (event.type == YAML_STREAM_END_EVENT)
			reader->ended = true;
		if (event.type == YAML_DOCUMENT_START_EVENT)
			return read_value(reader, 1, ret_document);
	}
	return 0;
}
