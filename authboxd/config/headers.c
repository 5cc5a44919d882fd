#include "config/headers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/header_name.h"
#include "config/secret_value.h"

/* Why a header cannot stand there, NULL: it can. */
static const char *
check_header_name(
    const char *name, const struct header *others, size_t other_count)
{
	if (!shape_is_header_name(name))
		return "is no name of a header; it must be 1 to 64 letters, "
		       "digits or any of !#$%&'*+-.^_`|~";
	if (header_name_is_reserved(name) ||
	    strcasecmp(name, "Content-Type") == 0)
		return "is authbox-fetch's own to send or to leave out; remove "
		       "it";
	for (size_t i = 0; i < other_count; i++)
		if (strcasecmp(name, others[i].name) == 0)
			return "stands here twice (case does not count); "
			       "remove one of the two";
	return NULL;
}

static void
read_header(struct reader *reader, const char *map, const struct tree *tree,
    struct header *headers, size_t *count)
{
	char shown[FIELD_PATH_BYTES_MAX];
	AUTO(secret) value = NULL;
	const char *why;

	(void)snprintf(shown, sizeof(shown), "%.120s.%.128s", map, tree->key);
	why = check_header_name(tree->key, headers, *count);
	if (why) {
		report_error(&reader->report, tree->line, shown, "%s", why);
		return;
	}
	if (!secret_value_read(reader, shown, tree, false, &value))
		return;
	if (strlen(value->bytes) != value->size ||
	    value->size > HEADERS_VALUE_BYTES_MAX ||
	    !shape_is_header_value(value->bytes)) {
		report_error(&reader->report, tree->line, shown,
		    "is no value of a header; it must be one line of at most "
		    "%d bytes without control characters",
		    HEADERS_VALUE_BYTES_MAX);
		return;
	}

	headers[*count].name = strdup(tree->key);
	if (!headers[*count].name) {
		reader->report.failure = -ENOMEM;
		return;
	}
	headers[*count].value = TAKE(value);
	++*count;
}

void
headers_read(struct reader *reader, const char *shown, const struct tree *map,
    size_t max, struct header **ret_headers, size_t *ret_count)
{
	struct header *headers;
	size_t count = 0, good = 0;

	for (const struct tree *t = map->first; t; t = t->next)
		count++;
	if (map->type != TREE_MAP || count > max) {
		/* Without the value: it may be the secret itself. */
		report_error(&reader->report, map->line, shown,
		    "must be a map of at most %zu headers, each "
		    "\"Name: value\"",
		    max);
		return;
	}
	headers = calloc(count + 1, sizeof(*headers));
	if (!headers) {
		reader->report.failure = -ENOMEM;
		return;
	}

	for (const struct tree *t = map->first; t; t = t->next)
		read_header(reader, shown, t, headers, &good);
	*ret_headers = headers;
	*ret_count = good;
}

void
headers_free(struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(headers[i].name);
		secret_free(headers[i].value);
	}
	free(headers);
}
