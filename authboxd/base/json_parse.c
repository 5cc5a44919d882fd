/*
 * One pass over the text checks the grammar and builds cJSON's tree of it: a
 * checker in front of another parser would cost both, and leave room for the
 * two to differ. Keys are compared as they were unescaped, so "a" and "\u0061"
 * are doubles.
 */
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/types.h>

#include "base/text.h"

#define NUMBER_BYTES_MAX 62
#define DIGITS_EXACT	 15 /* as many fit a double, whatever they are */

struct parser {
	const char *at, *end;
	const char *why; /* NULL and no tree: no memory */
	unsigned depth;
};

/* A string in the text, without its quotes. */
struct span {
	const char *start;
	size_t size;
	bool has_escapes;
};

static bool
fail(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return false;
}

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' ||
				     *p->at == '\r' || *p->at == '\n'))
		p->at++;
}

static bool
take(struct parser *p, char c)
{
	if (p->at >= p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

/* -1: no hexadecimal digit. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
take_hex4(struct parser *p, uint32_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++, p->at++) {
		int value = p->at < p->end ? hex_value(*p->at) : -1;

		if (value < 0)
			return fail(p, p->at < p->end ? "bad \\u escape"
						      : "cut \\u escape");
		*ret = *ret << 4 | (uint32_t)value;
	}
	return true;
}

/* What follows "\u". */
static bool
take_code_point(struct parser *p, uint32_t *ret_point)
{
	uint32_t low;

	if (!take_hex4(p, ret_point))
		return false;
	if (*ret_point == 0)
		return fail(p, "NUL in a string");
	if (*ret_point < 0xd800 || *ret_point > 0xdfff)
		return true;
	if (*ret_point > 0xdbff || !take(p, '\\') || !take(p, 'u') ||
	    !take_hex4(p, &low) || low < 0xdc00 || low > 0xdfff)
		return fail(p, "lone surrogate");
	*ret_point = 0x10000 + ((*ret_point - 0xd800) << 10 | (low - 0xdc00));
	return true;
}

/* What follows a backslash. */
static bool
take_escape(struct parser *p, uint32_t *ret_point)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (p->at >= p->end)
		return fail(p, "cut escape");
	if (take(p, 'u'))
		return take_code_point(p, ret_point);
	hit = memchr(letters, *p->at, sizeof(letters) - 1);
	if (!hit)
		return fail(p, "unknown escape");
	p->at++;
	*ret_point = (uint32_t)meant[hit - letters];
	return true;
}

/* The top bit of each byte of `word` that is less than `limit` (at most 128).
 * From the first one on, borrows may set more of them. */
static uint64_t
bytes_below(uint64_t word, uint64_t limit)
{
	const uint64_t ones = 0x0101010101010101;

	return (word - ones * limit) & ~word & ones << 7;
}

/* Pass over what stands for itself, eight bytes a turn; some may be left. */
static const char *
skip_plain(const char *at, const char *end)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word;

	for (; end - at >= (ssize_t)sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (bytes_below(word, ' ') | bytes_below(word ^ ones * '"', 1) |
		    bytes_below(word ^ ones * '\\', 1))
			break;
	}
	return at;
}

static bool
take_string(struct parser *p, struct span *ret_span)
{
	struct span span = {.start = p->at + 1};
	uint32_t point;

	if (!take(p, '"'))
		return fail(p, "a string was expected");
	p->at = skip_plain(p->at, p->end);
	while (p->at < p->end) {
		unsigned char c = (unsigned char)*p->at++;

		if (c > '\\' || (c >= ' ' && c != '"' && c != '\\'))
			continue;
		if (c < ' ')
			return fail(p, "control character in a string");
		if (c == '"') {
			span.size = (size_t)(p->at - 1 - span.start);
			*ret_span = span;
			return true;
		}
		span.has_escapes = true;
		if (!take_escape(p, &point))
			return false;
		p->at = skip_plain(p->at, p->end);
	}
	return fail(p, "string without end");
}

/* Returns where the next byte goes. */
static char *
put_utf8(char *text, uint32_t point)
{
	if (point < 0x80) {
		*text++ = (char)point;
		return text;
	}
	if (point < 0x800) {
		*text++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*text++ = (char)(0xe0 | point >> 12);
		} else {
			*text++ = (char)(0xf0 | point >> 18);
			*text++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*text++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*text++ = (char)(0x80 | (point & 0x3f));
	return text;
}

/* `text` has span->size + 1 bytes: unescaped is never longer. */
static void
copy_string(const struct span *span, char *text)
{
	struct parser p = {.at = span->start, .end = span->start + span->size};
	uint32_t point;

	if (!span->has_escapes) {
		memcpy(text, span->start, span->size);
		text[span->size] = '\0';
		return;
	}
	while (p.at < p.end) {
		char c = *p.at++;

		if (c != '\\')
			*text++ = c;
		else if (take_escape(&p, &point)) /* as it was when scanned */
			text = put_utf8(text, point);
	}
	*text = '\0';
}

/* Key and string stand behind their item, in the same memory. To cJSON such a
 * text is a reference and such a key a constant, which it does not free; it
 * copies the one, but not the other (see json_tree_copy()). */
static cJSON *
item_new(int type, const struct span *key, const struct span *text)
{
	size_t key_room = key ? key->size + 1 : 0;
	size_t text_room = text ? text->size + 1 : 0;
	cJSON *item = cJSON_malloc(sizeof(*item) + key_room + text_room);

	if (!item)
		return NULL;
	*item = (cJSON){.type = type};
	if (key) {
		item->type |= cJSON_StringIsConst;
		item->string = (char *)(item + 1);
		copy_string(key, item->string);
	}
	if (text) {
		item->type |= cJSON_IsReference;
		item->valuestring = (char *)(item + 1) + key_room;
		copy_string(text, item->valuestring);
	}
	return item;
}

/* As cJSON links them: the first one's `prev` is the last one. */
static void
append(cJSON *parent, cJSON *item)
{
	cJSON *first = parent->child;

	if (!first) {
		parent->child = item->prev = item;
		return;
	}
	item->prev = first->prev;
	first->prev->next = item;
	first->prev = item;
}

static size_t
take_digits(struct parser *p)
{
	const char *start = p->at;

	while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
		p->at++;
	return (size_t)(p->at - start);
}

/* Whole numbers that are exact are read here; cJSON, which knows about
 * locales, reads the others. */
static cJSON *
number_new(const char *text, size_t size, bool is_whole, const struct span *key)
{
	bool negative = *text == '-';
	cJSON *item = item_new(cJSON_Number, key, NULL);

	if (!item)
		return NULL;
	if (is_whole && size - negative <= DIGITS_EXACT) {
		int64_t value = 0;

		for (size_t i = negative; i < size; i++)
			value = value * 10 + (text[i] - '0');
		item->valuedouble = negative ? -(double)value : (double)value;
	} else {
		AUTO_JSON other = cJSON_ParseWithLength(text, size);

		if (!other) {
			cJSON_Delete(item);
			return NULL;
		}
		item->valuedouble = other->valuedouble;
	}
	item->valueint = item->valuedouble >= INT_MAX ? INT_MAX
			 : item->valuedouble <= INT_MIN
			     ? INT_MIN
			     : (int)item->valuedouble;
	return item;
}

static cJSON *
parse_number(struct parser *p, const struct span *key)
{
	const char *start = p->at, *whole_end;
	cJSON *item = NULL;

	(void)take(p, '-'); /* optional */
	if (!take(p, '0') && take_digits(p) == 0) {
		(void)fail(p, "a value was expected");
		return NULL;
	}
	whole_end = p->at;
	if (take(p, '.') && take_digits(p) == 0)
		(void)fail(p, "number without digits after the point");
	if (take(p, 'e') || take(p, 'E')) {
		(void)(take(p, '+') || take(p, '-')); /* optional */
		if (take_digits(p) == 0)
			(void)fail(p, "number without exponent");
	}
	if (p->at - start > NUMBER_BYTES_MAX)
		(void)fail(p, "number too long");
	if (!p->why)
		item = number_new(
		    start, (size_t)(p->at - start), p->at == whole_end, key);
	if (item && !isfinite(item->valuedouble)) {
		(void)fail(p, "number out of range");
		cJSON_Delete(item);
		return NULL;
	}
	return item;
}

static cJSON *
parse_word(struct parser *p, const char *word, int type, const struct span *key)
{
	const char *start = p->at;

	while (*word && take(p, *word))
		word++;
	if (*word) {
		p->at = start;
		(void)fail(p, "a value was expected");
		return NULL;
	}
	return item_new(type, key, NULL);
}

static cJSON *
parse_string(struct parser *p, const struct span *key)
{
	struct span text;

	return take_string(p, &text) ? item_new(cJSON_String, key, &text)
				     : NULL;
}

static cJSON *parse_value(struct parser *p, const struct span *key);

static bool
parse_member(struct parser *p, cJSON *object)
{
	struct span key;
	cJSON *item;

	skip_blanks(p);
	if (!take_string(p, &key))
		return false;
	skip_blanks(p);
	if (!take(p, ':'))
		return fail(p, "':' was expected");
	item = parse_value(p, &key);
	if (!item)
		return false;
	if (json_find(object, item->string)) {
		cJSON_Delete(item);
		return fail(p, "doubled key");
	}
	append(object, item);
	return true;
}

static bool
parse_element(struct parser *p, cJSON *array)
{
	cJSON *item = parse_value(p, NULL);

	if (item)
		append(array, item);
	return item != NULL;
}

/* Up to and with `close`. */
static bool
parse_members(struct parser *p, cJSON *parent, char close)
{
	unsigned count = 0;

	skip_blanks(p);
	if (take(p, close))
		return true;
	do {
		if (close == '}' && ++count > JSON_KEYS_MAX)
			return fail(p, "too many keys");
		if (!(close == '}' ? parse_member(p, parent)
				   : parse_element(p, parent)))
			return false;
		skip_blanks(p);
	} while (take(p, ','));

	return take(p, close) || fail(p, "object or array without end");
}

static cJSON *
parse_tree(struct parser *p, int type, char close, const struct span *key)
{
	AUTO_JSON tree = NULL;

	if (p->depth >= JSON_DEPTH_MAX) {
		(void)fail(p, "nested too deep");
		return NULL;
	}
	tree = item_new(type, key, NULL);
	if (!tree)
		return NULL;
	p->depth++;
	if (!parse_members(p, tree, close))
		return NULL;
	p->depth--;
	return TAKE(tree);
}

static cJSON *
parse_value(struct parser *p, const struct span *key)
{
	skip_blanks(p);
	switch (p->at < p->end ? *p->at : '\0') {
	case '{':
		p->at++;
		return parse_tree(p, cJSON_Object, '}', key);
	case '[':
		p->at++;
		return parse_tree(p, cJSON_Array, ']', key);
	case '"':
		return parse_string(p, key);
	case 't':
		return parse_word(p, "true", cJSON_True, key);
	case 'f':
		return parse_word(p, "false", cJSON_False, key);
	case 'n':
		return parse_word(p, "null", cJSON_NULL, key);
	default:
		return parse_number(p, key);
	}
}

int
json_parse(
    const char *text, size_t size, cJSON **ret_tree, const char **ret_why)
{
	struct parser p = {.at = text, .end = text + size};
	AUTO_JSON tree = NULL;

	if (!text_is_utf8(text, size))
		(void)fail(&p, "not UTF-8");
	else
		tree = parse_value(&p, NULL);
	if (tree) {
		skip_blanks(&p);
		if (p.at != p.end)
			(void)fail(&p, "text after the end");
	}
	if (p.why) {
		if (ret_why)
			*ret_why = p.why;
		return -EBADMSG;
	}
	if (!tree)
		return -ENOMEM;
	*ret_tree = TAKE(tree);
	return 0;
}
