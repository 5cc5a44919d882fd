/*
 * The printer: the same text as cJSON's, which knows nothing of secrets and
 * spends most of its time on numbers, each printed and read back. A text that
 * outgrows its memory is copied, and what held it is wiped.
 */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define NUMBER_BYTES 64
#define TEXT_BYTES   1000 /* at first: the reply to most calls */
#define WHOLE_MAX    1e15 /* exact, and printed by cJSON without an exponent */

struct printer {
	struct secret *text; /* its `size`: what there is room for */
	size_t used;
	bool is_failed;
};

static void
grow(struct printer *p, size_t size)
{
	size_t room = p->text->size * 2;
	struct secret *text =
	    secret_new_brief(room < p->used + size ? p->used + size : room);

	p->is_failed = !text;
	if (!text)
		return;
	memcpy(text->bytes, p->text->bytes, p->used);
	secret_free(p->text);
	p->text = text;
}

static inline void
put(struct printer *p, const char *bytes, size_t size)
{
	if (size > p->text->size - p->used && !p->is_failed)
		grow(p, size);
	if (p->is_failed)
		return;
	memcpy(p->text->bytes + p->used, bytes, size);
	p->used += size;
}

static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\';
}

/* A character that is_plain() says no to. */
static void
put_escaped(struct printer *p, unsigned char c)
{
	static const char meant[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *hit = memchr(meant, c, sizeof(meant) - 1);
	char text[] = "\\u0000";

	if (hit) {
		text[1] = letters[hit - meant];
		put(p, text, 2);
		return;
	}
	text[4] = "01"[c >> 4];
	text[5] = "0123456789abcdef"[c & 15];
	put(p, text, 6);
}

/* NULL is printed as an empty one. */
static void
put_text(struct printer *p, const char *text)
{
	put(p, "\"", 1);
	while (text && *text) {
		const char *start = text;

		while (is_plain((unsigned char)*text))
			text++;
		put(p, start, (size_t)(text - start));
		if (*text)
			put_escaped(p, (unsigned char)*text++);
	}
	put(p, "\"", 1);
}

static void
put_whole(struct printer *p, int64_t number)
{
	char digits[NUMBER_BYTES], *at = digits + sizeof(digits);
	uint64_t left = number < 0 ? (uint64_t)-number : (uint64_t)number;

	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		*--at = '-';
	put(p, at, (size_t)(digits + sizeof(digits) - at));
}

static void
put_number(struct printer *p, const cJSON *item)
{
	double number = item->valuedouble;
	char text[NUMBER_BYTES];

	if (fabs(number) < WHOLE_MAX && floor(number) == number &&
	    !(number == 0 && signbit(number))) {
		put_whole(p, (int64_t)number);
		return;
	}
	/* The cast only drops a const that 1.7.15 lacks. */
	if (!cJSON_PrintPreallocated(
		(cJSON *)(uintptr_t)item, text, sizeof(text), false)) {
		p->is_failed = true;
		return;
	}
	put(p, text, strlen(text));
}

static void put_item(struct printer *p, const cJSON *item);

static void
put_members(struct printer *p, const cJSON *parent)
{
	bool is_object = cJSON_IsObject(parent);
	const cJSON *item;

	put(p, is_object ? "{" : "[", 1);
	cJSON_ArrayForEach (item, parent) {
		if (item != parent->child)
			put(p, ",", 1);
		if (is_object) {
			put_text(p, item->string);
			put(p, ":", 1);
		}
		put_item(p, item);
	}
	put(p, is_object ? "}" : "]", 1);
}

static void
put_item(struct printer *p, const cJSON *item)
{
	switch (item->type & 0xff) {
	case cJSON_Object:
	case cJSON_Array:
		put_members(p, item);
		break;
	case cJSON_String:
		put_text(p, item->valuestring);
		break;
	case cJSON_Number:
		put_number(p, item);
		break;
	case cJSON_True:
		put(p, "true", 4);
		break;
	case cJSON_False:
		put(p, "false", 5);
		break;
	case cJSON_NULL:
		put(p, "null", 4);
		break;
	default:
		p->is_failed = true;
	}
}

struct secret *
json_print(const cJSON *tree)
{
	struct printer p = {.text = tree ? secret_new_brief(TEXT_BYTES) : NULL};

	if (!p.text)
		return NULL;
	put_item(&p, tree);
	if (p.is_failed) {
		secret_free(p.text);
		return NULL;
	}
	/* Behind it nothing was written: it is zeroed, and need not be wiped.
	 */
	p.text->size = p.used;
	return p.text;
}
