#include "config/place.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>

#include "base/text.h"

/* `id` "" stands for the only one of its kind. */
struct place {
	const struct kind *kind;
	const char *id;
	char *own_id;
	char *text; /* "FILE:LINE" */
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return text_order(x->id, y->id);
}

static void
free_place(void *node)
{
	struct place *place = node;

	free(place->own_id);
	free(place->text);
	free(place);
}

static struct place *
new_place(
    const struct kind *kind, const char *id, const char *file, unsigned line)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return NULL;
	place->kind = kind;
	place->id = place->own_id = strdup(id);
	if (asprintf(&place->text, "%s:%u", file, line) < 0)
		place->text = NULL;
	if (!place->id || !place->text) {
		free_place(place);
		return NULL;
	}
	return place;
}

bool
place_put(void **places, struct report *report, const struct kind *kind,
    const char *id, unsigned line)
{
	struct place *place, **found;

	place = new_place(kind, kind->single ? "" : id, report->file, line);
	found = place ? tsearch(place, places, compare_places) : NULL;
	if (!found) {
		report->failure = -ENOMEM;
		if (place)
			free_place(place);
		return false;
	}
	if (*found == place)
		return true;

	if (kind->single)
		report_error(report, line, NULL,
		    "there can be one %s only, and one stands at %s; put both "
		    "into one",
		    kind->name, (*found)->text);
	else
		report_error(report, line, "id",
		    "%s stands at %s already; give each %s its own id", id,
		    (*found)->text, kind->name);
	free_place(place);
	return false;
}

static const struct place *
find_place(void *const *places, const char *kind, const char *id)
{
	const struct place wanted = {.kind = tables_find(kind), .id = id};
	struct place *const *found = tfind(&wanted, places, compare_places);

	return found ? *found : NULL;
}

bool
place_has(void *const *places, const char *kind, const char *id)
{
	return find_place(places, kind, id) != NULL;
}

void
place_show(void *const *places, struct report *report, const char *kind,
    const char *id)
{
	const struct place *place = find_place(places, kind, id);

	report->kind = kind;
	report->id = id;
	report->file = place ? place->text : kind;
}

void
place_free_all(void **places)
{
	tdestroy(*places, free_place);
	*places = NULL;
}
