/*
 * One pass over the text checks the grammar, UTF-8 and depth; cJSON then builds
 * the tree from text that is known to be good. Keys are compared after cJSON
 * has unescaped them, so "a" and "\u0061" are doubles.
 */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>

#include "base/text.h"

#define PRINT_BYTES_FIRST 1024
#define PRINT_BYTES_MAX	  (64 << 20)

struct scan {
	const char *at, *end;
	const char *why;
	unsigned depth;
};

static bool
fail(struct scan *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return false;
}

static void
skip_blanks(struct scan *s)
{
	while (s->at < s->end && memchr(" \t\r\n", *s->at, 4))
		s->at++;
}

static bool
take(struct scan *s, char c)
{
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool
take_hex4(struct scan *s, unsigned *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++, s->at++) {
		const char *digits = "0123456789abcdef";
		const char *hit;

		if (s->at >= s->end || *s->at == '\0')
			return fail(s, "cut \\u escape");
		hit = strchr(digits, *s->at | (*s->at >= 'A' ? 0x20 : 0));
		if (!hit)
			return fail(s, "bad \\u escape");
		*ret = *ret << 4 | (unsigned)(hit - digits);
	}
	return true;
}

static bool
scan_escape(struct scan *s)
{
	unsigned high, low;

	if (s->at >= s->end)
		return fail(s, "cut escape");
	if (*s->at != 'u')
		return memchr("\"\\/bfnrt", *s->at++, 8) ||
		       fail(s, "unknown escape");

	s->at++;
	if (!take_hex4(s, &high))
		return false;
	if (high == 0)
		return fail(s, "NUL in a string");
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || !take(s, '\\') || !take(s, 'u') ||
	    !take_hex4(s, &low) || low < 0xdc00 || low > 0xdfff)
		return fail(s, "lone surrogate");
	return true;
}

static bool
scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return fail(s, "a string was expected");

	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at++;

		if (c == '"')
			return true;
		if (c < 0x20)
			return fail(s, "control character in a string");
		if (c == '\\' && !scan_escape(s))
			return false;
	}
	return fail(s, "string without end");
}

static size_t
take_digits(struct scan *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - start);
}

static bool
scan_number(struct scan *s)
{
	const char *start = s->at;

	(void)take(s, '-'); /* optional */
	if (!take(s, '0') && take_digits(s) == 0)
		return fail(s, "a value was expected");
	if (take(s, '.') && take_digits(s) == 0)
		return fail(s, "number without digits after the point");
	if (take(s, 'e') || take(s, 'E')) {
		(void)(take(s, '+') || take(s, '-')); /* optional */
		if (take_digits(s) == 0)
			return fail(s, "number without exponent");
	}
	/* cJSON reads a number into a buffer of 64 bytes. */
	return s->at - start <= 62 || fail(s, "number too long");
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(s->end - s->at) < size || strncmp(s->at, word, size) != 0)
		return fail(s, "a value was expected");
	s->at += size;
	return true;
}

static bool scan_value(struct scan *s);

/* The members of an object or array up to and with `close`. */
static bool
scan_members(struct scan *s, char close)
{
	unsigned count = 0;

	skip_blanks(s);
	if (take(s, close))
		return true;
	do {
		if (close == '}') {
			if (++count > JSON_KEYS_MAX)
				return fail(s, "too many keys");
			skip_blanks(s);
			if (!scan_string(s))
				return false;
			skip_blanks(s);
			if (!take(s, ':'))
				return fail(s, "':' was expected");
		}
		if (!scan_value(s))
			return false;
		skip_blanks(s);
	} while (take(s, ','));

	return take(s, close) || fail(s, "object or array without end");
}

static bool
scan_value(struct scan *s)
{
	bool good;

	skip_blanks(s);
	if (s->at >= s->end)
		return fail(s, "a value was expected");

	switch (*s->at) {
	case '{':
	case '[':
		if (++s->depth > JSON_DEPTH_MAX)
			return fail(s, "nested too deep");
		good = scan_members(s, *s->at++ == '{' ? '}' : ']');
		s->depth--;
		return good;
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

/* What only shows in the tree. NULL: nothing. */
static const char *
tree_fault(const cJSON *tree)
{
	const cJSON *a, *b;
	const char *why = NULL;

	if (cJSON_IsNumber(tree) && !isfinite(tree->valuedouble))
		return "number out of range";
	cJSON_ArrayForEach (a, tree) {
		if (cJSON_IsObject(tree))
			for (b = a->next; b; b = b->next)
				if (streq(a->string, b->string))
					return "doubled key";
		why = tree_fault(a);
		if (why)
			return why;
	}
	return NULL;
}

static const char *
text_fault(const char *text, size_t size)
{
	struct scan s = {.at = text, .end = text + size};

	if (!text_is_utf8(text, size))
		return "not UTF-8";
	if (!scan_value(&s))
		return s.why;
	skip_blanks(&s);
	return s.at == s.end ? NULL : "text after the end";
}

int
json_parse(
    const char *text, size_t size, cJSON **ret_tree, const char **ret_why)
{
	const char *why = text_fault(text, size);
	AUTO_JSON tree = NULL;

	if (!why) {
		tree = cJSON_ParseWithLength(text, size);
		if (!tree)
			return -ENOMEM;
		why = tree_fault(tree);
	}
	if (why) {
		if (ret_why)
			*ret_why = why;
		return -EBADMSG;
	}
	*ret_tree = TAKE(tree);
	return 0;
}

static void *
wiping_malloc(size_t size)
{
	return malloc(size);
}

static void
wiping_free(void *p)
{
	if (p)
		secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void
json_init(void)
{
	/* With hooks of its own cJSON never calls realloc(), which would
	 * leave copies behind. */
	cJSON_Hooks hooks = {wiping_malloc, wiping_free};

	cJSON_InitHooks(&hooks);
}

void
json_wipe(cJSON *tree)
{
	cJSON *item;

	if (cJSON_IsString(tree) && tree->valuestring)
		secret_wipe(tree->valuestring, strlen(tree->valuestring));
	cJSON_ArrayForEach (item, tree)
		json_wipe(item);
}

/* Printed into memory of ours: cJSON's own growing buffer would leave copies
 * behind. */
struct secret *
json_print(const cJSON *tree)
{
	for (int size = PRINT_BYTES_FIRST; size <= PRINT_BYTES_MAX; size *= 2) {
		AUTO(secret) text = secret_new((size_t)size);

		if (!text)
			return NULL;
		/* The cast only drops a const that 1.7.15 lacks. */
		if (!cJSON_PrintPreallocated(
			(cJSON *)(uintptr_t)tree, text->bytes, size, false))
			continue;
		text->size = strlen(text->bytes);
		return TAKE(text);
	}
	return NULL;
}

const cJSON *
json_find(const cJSON *object, const char *name)
{
	return cJSON_IsObject(object)
		   ? cJSON_GetObjectItemCaseSensitive(object, name)
		   : NULL;
}

int
json_find_text(const cJSON *object, const char *name, const char **ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsString(item))
		return -EBADMSG;
	*ret = item->valuestring;
	return 1;
}

int
json_find_int(const cJSON *object, const char *name, int64_t *ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) ||
	    fabs(item->valuedouble) > 9007199254740992.0 ||
	    (double)(int64_t)item->valuedouble != item->valuedouble)
		return -EBADMSG;
	*ret = (int64_t)item->valuedouble;
	return 1;
}

int
json_find_bool(const cJSON *object, const char *name, bool *ret)
{
	const cJSON *item = json_find(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsBool(item))
		return -EBADMSG;
	*ret = cJSON_IsTrue(item);
	return 1;
}

bool
json_has_only(
    const cJSON *object, const char *const names[], const char **ret_unknown)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, object) {
		size_t i = 0;

		while (names[i] && !streq(names[i], item->string))
			i++;
		if (!names[i]) {
			*ret_unknown = item->string;
			return false;
		}
	}
	return true;
}
