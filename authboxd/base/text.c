/* UTF-8 after RFC 3629; names by what passwd(5) and log lines can carry. */
#include "base/text.h"

#include <stdio.h>

/* Length of the well-formed sequence at `s`, 0 when there is none. */
static size_t
utf8_sequence(const uint8_t *s, size_t size, uint32_t *ret_point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80		? 1
			: (s[0] & 0xe0) == 0xc0 ? 2
			: (s[0] & 0xf0) == 0xe0 ? 3
			: (s[0] & 0xf8) == 0xf0 ? 4
						: 0;
	uint32_t point;

	if (length == 0 || length > size)
		return 0;

	point = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;

	*ret_point = point;
	return length;
}

struct span {
	uint32_t first, last;
};

static bool
is_in(const struct span *span, size_t count, uint32_t point)
{
	for (size_t i = 0; i < count; i++)
		if (point >= span[i].first && point <= span[i].last)
			return true;
	return false;
}
#define IS_IN(spans, point) is_in(spans, sizeof(spans) / sizeof(*spans), point)

/* C0, DEL, C1, and what ends a line or turns its direction (UAX 9): a text that
 * holds them is not what it looks like. */
static bool
point_is_control(uint32_t point)
{
	static const struct span spans[] = {{0, 0x1f}, {0x7f, 0x9f},
	    {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e},
	    {0x2066, 0x2069}};

	return (point < 0x20 || point > 0x7e) && IS_IN(spans, point);
}

/* Besides: blanks that are none of ASCII's, where a word is to end with the
 * first blank, and what shows nothing at all. */
static bool
point_is_unseen(uint32_t point)
{
	static const struct span spans[] = {{0xa0, 0xa0}, {0xad, 0xad},
	    {0x115f, 0x1160}, {0x1680, 0x1680}, {0x180e, 0x180e},
	    {0x2000, 0x200d}, {0x202f, 0x202f}, {0x205f, 0x2065},
	    {0x206a, 0x206f}, {0x3000, 0x3000}, {0x3164, 0x3164},
	    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
	    {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};

	return point > 0x7e && IS_IN(spans, point);
}

/* Eight bytes of ASCII without NUL, which is what most text is. */
static bool
is_plain_word(const uint8_t *s)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	/* Subtracting reaches the top bit of a byte that was zero. */
	return ((word | (word - ones)) & tops) == 0;
}

static bool
text_scan(const char *text, size_t size, bool controls_allowed)
{
	const uint8_t *s = (const uint8_t *)text;
	uint32_t point;
	size_t step;

	for (size_t i = 0; i < size; i += step) {
		step = sizeof(uint64_t);
		if (controls_allowed && size - i >= step &&
		    is_plain_word(s + i))
			continue;
		step = utf8_sequence(s + i, size - i, &point);
		if (step == 0 || point == 0)
			return false;
		if (!controls_allowed && point_is_control(point))
			return false;
	}
	return true;
}

bool
text_is_utf8(const char *text, size_t size)
{
	return text_scan(text, size, true);
}

bool
text_is_printable(const char *text, size_t size)
{
	return text_scan(text, size, false);
}

bool
user_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= USER_NAME_BYTES_MAX &&
	       text_is_printable(name, size) && !strpbrk(name, "/:") &&
	       !streq(name, ".") && !streq(name, "..") && name[0] != ' ' &&
	       name[size - 1] != ' ' && strspn(name, "0123456789") != size;
}

bool
id_is_valid(const char *id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t size = strlen(id);

	return size > 0 && size <= ID_BYTES_MAX &&
	       strspn(id, allowed) == size && id[0] != '.' && id[0] != '-';
}

void
text_copy_for_log(const char *text, char *ret_text, size_t ret_size)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t left = strlen(text), used = 0, step;
	uint32_t point;

	for (; left > 0; s += step, left -= step) {
		step = utf8_sequence(s, left, &point);
		/* What is left never grows, so a text that fits stays whole. */
		if (used + left >= ret_size &&
		    used + (step ? step : 1) + sizeof("...") > ret_size) {
			used += (size_t)snprintf(
			    ret_text + used, ret_size - used, "...");
			break;
		}
		if (step == 0 || point_is_control(point) ||
		    point_is_unseen(point)) {
			ret_text[used++] = '?';
			step = step ? step : 1;
		} else {
			memcpy(ret_text + used, s, step);
			used += step;
		}
	}
	ret_text[used < ret_size ? used : ret_size - 1] = '\0';
}

void
text_copy_word_for_log(const char *text, char *ret_word, size_t ret_size)
{
	text_copy_for_log(text, ret_word, ret_size);
	for (char *c = ret_word; *c; c++)
		if (*c == ' ' || *c == '"' || *c == '(' || *c == ')')
			*c = '?';
}

uint64_t
text_hash(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

unsigned
text_distance(const char *a, const char *b)
{
	size_t rows = strlen(a), columns = strlen(b);
	unsigned row[65];

	if (rows > 64 || columns > 64)
		return 64;

	for (size_t j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= rows; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[columns];
}
