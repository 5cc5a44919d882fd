/*
 * libqrencode makes the modules, this file draws them. A half block shows two
 * modules, one above the other, in one character cell, which is twice as high
 * as wide: so modules are square, and a code takes few rows.
 */
#include "base/qr.h"

#include <errno.h>
#include <string.h>

#include <qrencode.h>

#include "base/text.h"

#define QUIET	       2 /* modules; readers need no more on a screen */
#define CELL_BYTES_MAX 3

/* What a cell shows: bit 1 the upper module is drawn, bit 0 the lower one. */
static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};

static const struct {
	const char *name;
	enum qr_style style;
} styles[] = {
    {"none", QR_NONE},
    {"utf8", QR_UTF8},
    {"utf8-inverted", QR_UTF8_INVERTED},
    {"ascii", QR_ASCII},
};

int
qr_style_parse(const char *name, enum qr_style *ret_style)
{
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (streq(styles[i].name, name)) {
			*ret_style = styles[i].style;
			return 0;
		}
	return -EINVAL;
}

static int
full_width(const QRcode *code)
{
	return code->width + 2 * QUIET;
}

static bool
is_light(const QRcode *code, int row, int column)
{
	row -= QUIET;
	column -= QUIET;
	if (row < 0 || column < 0 || row >= code->width ||
	    column >= code->width)
		return true;
	return (code->data[row * code->width + column] & 1) == 0;
}

static char *
put_ascii(const QRcode *code, char *at)
{
	for (int row = 0; row < full_width(code); row++) {
		for (int column = 0; column < full_width(code); column++)
			at = stpcpy(
			    at, is_light(code, row, column) ? "##" : "  ");
		*at++ = '\n';
	}
	return at;
}

/* The width is odd, and the half row left over is quiet zone: left out, one
 * module of it stays below the code, and the row is saved for the text that
 * must be seen with it. */
static char *
put_blocks(const QRcode *code, bool draw_light, char *at)
{
	for (int row = 0; row + 1 < full_width(code); row += 2) {
		for (int column = 0; column < full_width(code); column++) {
			bool upper = is_light(code, row, column) == draw_light;
			bool lower =
			    is_light(code, row + 1, column) == draw_light;

			at = stpcpy(at, blocks[upper << 1 | lower]);
		}
		*at++ = '\n';
	}
	return at;
}

/* A new text of exactly what was drawn. */
static int
draw(const QRcode *code, enum qr_style style, struct secret **ret_lines)
{
	size_t width = (size_t)full_width(code);
	AUTO(secret) drawn = secret_new(width * (width * CELL_BYTES_MAX + 1));
	char *end;

	if (!drawn)
		return -ENOMEM;
	end = style == QR_ASCII
		  ? put_ascii(code, drawn->bytes)
		  : put_blocks(code, style == QR_UTF8, drawn->bytes);
	*ret_lines = secret_copy(drawn->bytes, (size_t)(end - drawn->bytes));
	return *ret_lines ? 0 : -ENOMEM;
}

int
qr_print(const char *text, enum qr_style style, struct secret **ret_lines)
{
	QRcode *code;
	int r;

	if (style == QR_NONE) {
		*ret_lines = secret_new(0);
		return *ret_lines ? 0 : -ENOMEM;
	}
	if (*text == '\0')
		return -EINVAL;

	/* Splits the text, so that base32 takes 11 bits for two digits. */
	code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	if (!code)
		return errno == ENOMEM ? -ENOMEM : -ERANGE;
	r = draw(code, style, ret_lines);
	secret_wipe(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	return r;
}
