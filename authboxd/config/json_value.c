#include "config/json_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: RFC 7493 2.2 */

/* One value on its way. */
struct slot {
	struct reader *reader;
	const char *shown;
	const struct tree *tree;
	bool refuse_empty;
};

static const char decimal[] = "0123456789";

/* What a scalar without quotes is. */
enum form {
	FORM_TEXT = 0,
	FORM_DECIMAL,
	FORM_OCTAL,
	FORM_HEXADECIMAL,
	FORM_FRACTION,
	FORM_UNFIT, /* infinity, "not a number" */
};

static bool
is_all(const char *text, const char *digits)
{
	size_t size = strlen(text);

	return size > 0 && strspn(text, digits) == size;
}

static bool
is_one_of(const char *text, const char *const words[])
{
	for (; *words; words++)
		if (streq(text, *words))
			return true;
	return false;
}

/* "1.5", ".5", "1.", "1e3", "1.5E-3": with a point or an exponent. */
static bool
is_fraction(const char *text)
{
	size_t before = strspn(text, decimal), after = 0;

	text += before;
	if (*text == '.') {
		text++;
		after = strspn(text, decimal);
		text += after;
	}
	if (before + after == 0)
		return false;
	if (*text != 'e' && *text != 'E')
		return *text == '\0';
	text++;
	if (*text == '+' || *text == '-')
		text++;
	return is_all(text, decimal);
}

static enum form
form_of(const char *text)
{
	static const char *const unfit[] = {
	    ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
	const char *rest;

	rest = text_after(text, "0o");
	if (rest && is_all(rest, "01234567"))
		return FORM_OCTAL;
	rest = text_after(text, "0x");
	if (rest && is_all(rest, "0123456789abcdefABCDEF"))
		return FORM_HEXADECIMAL;

	if (*text == '+' || *text == '-')
		text++;
	if (is_all(text, decimal))
		return FORM_DECIMAL;
	if (is_one_of(text, unfit))
		return FORM_UNFIT;
	return is_fraction(text) ? FORM_FRACTION : FORM_TEXT;
}

static cJSON *
refuse(const struct slot *slot, const char *why)
{
	char value[65];

	text_copy_for_log(slot->tree->text, value, sizeof(value));
	report_error(&slot->reader->report, slot->tree->line, slot->shown,
	    "%s %s; put it in quotes if it is a text", value, why);
	return NULL;
}

static cJSON *
keep(const struct slot *slot, cJSON *value)
{
	if (!value)
		slot->reader->report.failure = -ENOMEM;
	return value;
}

static cJSON *
read_number(const struct slot *slot, enum form form)
{
	const char *text = slot->tree->text;
	size_t sign = *text == '+' || *text == '-' ? 1 : 0;
	double number;

	if (form == FORM_DECIMAL && text[sign] == '0' && text[sign + 1])
		return refuse(slot,
		    "is a number to some readers of YAML and another number "
		    "to others, because of its leading zero");
	/* "0o17" is the one form that strtod(3) does not know. */
	number = form == FORM_OCTAL ? (double)strtoull(text + 2, NULL, 8)
				    : strtod(text, NULL);
	if (form == FORM_UNFIT || number > 1e300 || number < -1e300 ||
	    (form != FORM_FRACTION &&
		(number > EXACT_MAX || number < -EXACT_MAX)))
		return refuse(slot, "is no number that JSON can hold exactly");
	return keep(slot, cJSON_CreateNumber(number));
}

static cJSON *
read_empty(const struct slot *slot)
{
	if (!slot->refuse_empty || slot->tree->text[0] != '\0')
		return keep(slot, cJSON_CreateNull());
	report_error(&slot->reader->report, slot->tree->line, slot->shown,
	    "has no value; a text that begins with # must stand in quotes, or "
	    "it is a remark");
	return NULL;
}

static cJSON *
read_scalar(const struct slot *slot)
{
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};
	const char *text = slot->tree->text;
	enum form form;

	if (!slot->tree->plain)
		return keep(slot, cJSON_CreateString(text));
	if (tree_is_empty(slot->tree))
		return read_empty(slot);
	if (is_one_of(text, yes) || is_one_of(text, no))
		return keep(slot, cJSON_CreateBool(is_one_of(text, yes)));
	form = form_of(text);
	if (form == FORM_TEXT)
		return keep(slot, cJSON_CreateString(text));
	return read_number(slot, form);
}

/* The recursion is as deep as the tree, which is bounded. */
static cJSON *
read_value(const struct slot *slot)
{
	bool is_map = slot->tree->type == TREE_MAP;
	AUTO_JSON value = NULL;
	char shown[FIELD_PATH_BYTES_MAX];
	size_t i = 0;

	if (slot->tree->type == TREE_TEXT)
		return read_scalar(slot);
	value = keep(slot, is_map ? cJSON_CreateObject() : cJSON_CreateArray());
	for (const struct tree *t = slot->tree->first; value && t;
	     t = t->next) {
		struct slot member = *slot;
		cJSON *item;

		if (is_map)
			(void)snprintf(shown, sizeof(shown), "%.120s.%.128s",
			    slot->shown, t->key);
		else
			(void)snprintf(shown, sizeof(shown), "%.200s[%zu]",
			    slot->shown, i++);
		member.shown = shown;
		member.tree = t;
		item = read_value(&member);
		if (!item)
			return NULL;
		if (!(is_map ? cJSON_AddItemToObject(value, t->key, item)
			     : cJSON_AddItemToArray(value, item))) {
			cJSON_Delete(item);
			return keep(slot, NULL);
		}
	}
	return TAKE(value);
}

bool
json_value_read(struct reader *reader, const char *shown,
    const struct tree *tree, bool refuse_empty, cJSON **ret_value)
{
	struct slot slot = {
	    .reader = reader,
	    .shown = shown,
	    .tree = tree,
	    .refuse_empty = refuse_empty,
	};
	cJSON *value = read_value(&slot);

	if (!value)
		return false;
	*ret_value = value;
	return true;
}
