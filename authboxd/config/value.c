#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/headers.h"
#include "config/json_value.h"
#include "config/pattern_value.h"
#include "config/reference.h"
#include "config/scalar.h"
#include "config/secret_value.h"

#define SHOWN_VALUE_BYTES 64

_Static_assert(sizeof(enum enrolment_mode) == sizeof(unsigned),
    "a FIELD_CHOICE is stored as unsigned");

/* One value on its way. */
struct slot {
	struct reader *reader;
	const struct field *field;
	const char *shown;
	const struct tree *tree;
	void *at, *count_at;
};

/* "must be …" with the value that is not. */
static void
refuse(const struct slot *slot, const char *demand)
{
	char value[SHOWN_VALUE_BYTES];

	if (slot->tree->type != TREE_TEXT) {
		report_error(&slot->reader->report, slot->tree->line,
		    slot->shown, "%s, not a %s", demand,
		    slot->tree->type == TREE_MAP ? "map" : "list");
		return;
	}
	if (text_after(slot->tree->text, "-----BEGIN ")) {
		/* Somebody may have taken his private key for it. */
		report_error(&slot->reader->report, slot->tree->line,
		    slot->shown, "%s", demand);
		return;
	}
	text_copy_for_log(slot->tree->text, value, sizeof(value));
	report_error(&slot->reader->report, slot->tree->line, slot->shown,
	    "%s, not %s%s%s", demand, slot->tree->plain ? "" : "\"", value,
	    slot->tree->plain ? "" : "\"");
}

static void
lack_memory(const struct slot *slot)
{
	slot->reader->report.failure = -ENOMEM;
}

/* A text that stands without quotes: what numbers and words look like. */
static bool
is_plain(const struct slot *slot)
{
	return slot->tree->type == TREE_TEXT && slot->tree->plain;
}

static void
put_text(const struct slot *slot)
{
	char **at = slot->at, *copy = strdup(slot->tree->text);

	if (!copy) {
		lack_memory(slot);
		return;
	}
	free(*at);
	*at = copy;
}

static void
read_text(const struct slot *slot)
{
	if (slot->tree->type != TREE_TEXT ||
	    !slot->field->shape->match(slot->tree->text))
		refuse(slot, slot->field->shape->hint);
	else
		put_text(slot);
}

static void
read_url(const struct slot *slot)
{
	const char *why = "must be a URL";
	enum shape_url url = SHAPE_URL_NONE;

	if (slot->tree->type == TREE_TEXT)
		url = shape_url(slot->tree->text, &why);
	if (url == SHAPE_URL_NONE) {
		/* Not with refuse(): a password may stand in it. */
		report_error(&slot->reader->report, slot->tree->line,
		    slot->shown, "%s", why);
		return;
	}
	if (url == SHAPE_URL_HTTP && !slot->field->may_be_http &&
	    !slot->reader->insecure) {
		report_error(&slot->reader->report, slot->tree->line,
		    slot->shown,
		    "http:// is refused except to this host, because codes, "
		    "tokens and passwords would cross the network in clear; "
		    "use "
		    "https://, or add \"insecure: true\" to this %s",
		    slot->reader->report.kind);
		return;
	}
	put_text(slot);
}

static void
read_number(const struct slot *slot)
{
	const struct field *field = slot->field;
	char demand[96];
	uint64_t number;

	if (is_plain(slot) && scalar_parse_number(slot->tree->text, &number) &&
	    number >= field->min && number <= field->max) {
		*(unsigned *)slot->at = (unsigned)number;
		return;
	}
	(void)snprintf(demand, sizeof(demand),
	    "must be a whole number from %u to %u", field->min, field->max);
	refuse(slot, demand);
}

static void
read_boolean(const struct slot *slot)
{
	if (!is_plain(slot) ||
	    !scalar_parse_boolean(slot->tree->text, slot->at))
		refuse(slot, "must be true or false");
}

static void
read_choice(const struct slot *slot)
{
	char words[FIELD_PATH_BYTES_MAX], demand[FIELD_PATH_BYTES_MAX + 32];

	for (const struct field_word *w = slot->field->words; w->text; w++)
		if (slot->tree->type == TREE_TEXT &&
		    streq(slot->tree->text, w->text)) {
			*(unsigned *)slot->at = w->value;
			return;
		}
	for (const char *const *w = slot->field->refused_words; w && *w; w++)
		if (slot->tree->type == TREE_TEXT &&
		    streq(slot->tree->text, *w)) {
			report_error(&slot->reader->report, slot->tree->line,
			    slot->shown, "%s %s", *w, slot->field->refused_why);
			return;
		}
	field_print_type(slot->field, words);
	(void)snprintf(demand, sizeof(demand), "must be one of %s", words);
	refuse(slot, demand);
}

static void
read_time(const struct slot *slot)
{
	if (slot->tree->type != TREE_TEXT ||
	    !scalar_parse_time(slot->tree->text, slot->at))
		refuse(slot,
		    "must be a date like 2027-01-31 (from its first second in "
		    "UTC) or a time like 2027-01-31T08:00:00+01:00");
}

static void
read_duration(const struct slot *slot)
{
	uint64_t seconds;
	char demand[96];

	if (slot->tree->type == TREE_TEXT &&
	    scalar_parse_duration(slot->tree->text, &seconds) &&
	    seconds <= slot->field->max) {
		*(unsigned *)slot->at = (unsigned)seconds;
		return;
	}
	(void)snprintf(demand, sizeof(demand),
	    "must be a number with a unit (s, m, h, d, w) like 8h or 30d, "
	    "at most %ud",
	    slot->field->max / 86400);
	refuse(slot, demand);
}

static void
read_secret(const struct slot *slot)
{
	AUTO(secret) secret = NULL;
	struct secret **at = slot->at;

	if (!secret_value_read(slot->reader, slot->shown, slot->tree,
		slot->field->is_public, &secret))
		return;
	secret_free(*at);
	*at = TAKE(secret);
}

static void
free_texts(char **texts)
{
	for (size_t i = 0; texts && texts[i]; i++)
		free(texts[i]);
	free(texts);
}

/* One item of FIELD_TEXTS, with its number in its name. */
static void
read_item(const struct slot *list, const struct tree *item, size_t index,
    char **texts)
{
	char shown[FIELD_PATH_BYTES_MAX];
	struct slot slot = *list;

	(void)snprintf(shown, sizeof(shown), "%.200s[%zu]", list->shown, index);
	slot.shown = shown;
	slot.tree = item;
	slot.at = &texts[index];
	for (size_t i = 0; i < index && item->type == TREE_TEXT; i++)
		if (streq_null(texts[i], item->text)) {
			report_error(&slot.reader->report, item->line, shown,
			    "stands in the list twice; remove one of the two");
			return;
		}
	read_text(&slot);
}

/* Refuse what is no list of a fitting length; else its length, or -1. */
static ssize_t
count_items(const struct slot *slot)
{
	char demand[FIELD_PATH_BYTES_MAX + 32], what[FIELD_PATH_BYTES_MAX];
	const struct field *field = slot->field;
	size_t count = 0;

	for (const struct tree *t = slot->tree->first; t; t = t->next)
		count++;
	if (slot->tree->type == TREE_LIST && count >= field->min &&
	    count <= field->max)
		return (ssize_t)count;
	field_print_type(field, what);
	(void)snprintf(demand, sizeof(demand), "must be a %s, %s%u", what,
	    count < field->min ? "at least " : "at most ",
	    count < field->min ? field->min : field->max);
	refuse(slot, demand);
	return -1;
}

static void
read_list(const struct slot *slot)
{
	char ***at = slot->at, **texts;
	ssize_t count = count_items(slot);
	size_t index = 0;

	if (count < 0)
		return;
	texts = calloc((size_t)count + 1, sizeof(*texts));
	if (!texts) {
		lack_memory(slot);
		return;
	}
	for (const struct tree *t = slot->tree->first; t; t = t->next)
		read_item(slot, t, index++, texts);
	/* A hole is an item that was refused; the resource is lost anyway, but
	 * nothing after the hole must be. */
	for (size_t i = 0, kept = 0; i < index; i++)
		if (texts[i] && kept++ != i) {
			texts[kept - 1] = texts[i];
			texts[i] = NULL;
		}
	free_texts(*at);
	*at = texts;
}

static void
read_texts(const struct slot *slot)
{
	struct tree one = *slot->tree;
	struct tree list = {.type = TREE_LIST, .line = one.line, .first = &one};
	struct slot wrapped = *slot;

	one.next = NULL;
	if (one.type == TREE_TEXT && slot->field->may_be_one)
		wrapped.tree = &list;
	read_list(&wrapped);
}

static void
read_headers(const struct slot *slot)
{
	struct header **at = slot->at;
	size_t *count = slot->count_at;

	headers_free(*at, *count);
	*at = NULL;
	*count = 0;
	headers_read(
	    slot->reader, slot->shown, slot->tree, slot->field->max, at, count);
}

static void
read_reference(const struct slot *slot)
{
	char **at = slot->at, *id;
	unsigned kind;

	if (!reference_read(slot->reader, slot->shown, slot->tree,
		slot->field->words, &kind, &id))
		return;
	free(*at);
	*at = id;
}

static void
read_references(const struct slot *slot)
{
	struct policy_link **at = slot->at, *links;
	size_t *count_at = slot->count_at, count;

	if (!reference_read_list(slot->reader, slot->shown, slot->tree,
		slot->field, &links, &count))
		return;
	reference_free_list(*at, *count_at);
	*at = links;
	*count_at = count;
}

static void
read_json(const struct slot *slot)
{
	cJSON **at = slot->at, *value;

	if (slot->tree->type != TREE_MAP) {
		refuse(slot, "must be a map of any fields");
		return;
	}
	if (!json_value_read(
		slot->reader, slot->shown, slot->tree, false, &value))
		return;
	cJSON_Delete(*at);
	*at = value;
}

static void
read_pattern(const struct slot *slot)
{
	struct matcho **at = slot->at, *pattern;

	if (!pattern_value_read(
		slot->reader, slot->shown, slot->tree, &pattern))
		return;
	matcho_free(*at);
	*at = pattern;
}

static void
read_regex(const struct slot *slot)
{
	struct regex **compiled_at = slot->count_at, *compiled;

	if (slot->tree->type != TREE_TEXT) {
		refuse(slot, "must be a regular expression");
		return;
	}
	if (!pattern_value_read_regex(
		slot->reader, slot->shown, slot->tree, &compiled))
		return;
	regex_free(*compiled_at);
	*compiled_at = compiled;
	put_text(slot);
}

static void
note_ignored(const struct slot *slot)
{
	reader_note_once(slot->reader, slot->tree->line, slot->field,
	    slot->shown, "means nothing here and is ignored");
}

static void
refuse_field(const struct slot *slot)
{
	report_error(&slot->reader->report, slot->tree->line, slot->shown,
	    "must not stand here. %s", slot->field->help);
}

void
value_read(struct reader *reader, const struct field *field, const char *shown,
    const struct tree *tree, void *base)
{
	static void (*const readers[])(const struct slot *) = {
	    [FIELD_TEXT] = read_text,
	    [FIELD_URL] = read_url,
	    [FIELD_SECRET] = read_secret,
	    [FIELD_NUMBER] = read_number,
	    [FIELD_BOOLEAN] = read_boolean,
	    [FIELD_CHOICE] = read_choice,
	    [FIELD_TIME] = read_time,
	    [FIELD_DURATION] = read_duration,
	    [FIELD_TEXTS] = read_texts,
	    [FIELD_HEADERS] = read_headers,
	    [FIELD_REFERENCE] = read_reference,
	    [FIELD_REFERENCES] = read_references,
	    [FIELD_JSON] = read_json,
	    [FIELD_REGEX] = read_regex,
	    [FIELD_PATTERN] = read_pattern,
	    [FIELD_IGNORED] = note_ignored,
	    [FIELD_REFUSED] = refuse_field,
	};
	struct slot slot = {
	    .reader = reader,
	    .field = field,
	    .shown = shown,
	    .tree = tree,
	    .at = (char *)base + field->at,
	    .count_at = (char *)base + field->count_at,
	};

	if (field->type >= sizeof(readers) / sizeof(readers[0]) ||
	    !readers[field->type])
		return;
	if (tree_is_empty(tree) && field->type < FIELD_KIND) {
		report_error(&reader->report, tree->line, shown,
		    "has no value; give one or remove the line");
		return;
	}
	readers[field->type](&slot);
}

void
value_done(const struct field *field, void *base)
{
	void *at = (char *)base + field->at;
	size_t *count = (void *)((char *)base + field->count_at);

	switch (field->type) {
	case FIELD_REGEX:
		regex_free(*(struct regex **)(void *)count);
		*(struct regex **)(void *)count = NULL;
		free(*(char **)at);
		*(char **)at = NULL;
		break;
	case FIELD_TEXT:
	case FIELD_URL:
	case FIELD_REFERENCE:
		free(*(char **)at);
		*(char **)at = NULL;
		break;
	case FIELD_SECRET:
		secret_free(*(struct secret **)at);
		*(struct secret **)at = NULL;
		break;
	case FIELD_TEXTS:
		free_texts(*(char ***)at);
		*(char ***)at = NULL;
		break;
	case FIELD_HEADERS:
		headers_free(*(struct header **)at, *count);
		*(struct header **)at = NULL;
		*count = 0;
		break;
	case FIELD_REFERENCES:
		reference_free_list(*(struct policy_link **)at, *count);
		*(struct policy_link **)at = NULL;
		*count = 0;
		break;
	case FIELD_JSON:
		cJSON_Delete(*(cJSON **)at);
		*(cJSON **)at = NULL;
		break;
	case FIELD_PATTERN:
		matcho_free(*(struct matcho **)at);
		*(struct matcho **)at = NULL;
		break;
	default:
		break; /* numbers are part of the struct */
	}
}
