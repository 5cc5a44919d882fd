/*
 * A QR code as a terminal shows it, read by zbarimg. Each style is drawn on the
 * background that it is made for, which goes on around the quiet zone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/qr.h"
#include "base/text.h"

#define SCALE	    4  /* dots of a module */
#define BACKGROUND  12 /* modules around */
#define MODULES_MAX 256

struct screen {
	bool drawn[MODULES_MAX][MODULES_MAX];
	int rows, columns;
};

static void
screen_put_blocks(struct screen *screen, const char *lines)
{
	static const char *const cells[] = {" ", "\u2584", "\u2580", "\u2588"};
	int row = 0, column = 0;

	while (*lines) {
		int i = 3;

		if (*lines == '\n') {
			lines++;
			row += 2;
			column = 0;
			continue;
		}
		while (i > 0 && strncmp(lines, cells[i], strlen(cells[i])) != 0)
			i--;
		screen->drawn[row][column] = i & 2;
		screen->drawn[row + 1][column] = i & 1;
		lines += strlen(cells[i]);
		screen->columns = ++column;
	}
	screen->rows = row;
}

static void
screen_put_ascii(struct screen *screen, const char *lines)
{
	int row = 0, column = 0;

	for (; *lines; lines++) {
		if (*lines == '\n') {
			row++;
			column = 0;
			continue;
		}
		screen->drawn[row][column / 2] = *lines == '#';
		screen->columns = ++column / 2;
	}
	screen->rows = row;
}

/* A portable bitmap, in which 1 is black. */
static void
screen_write(const struct screen *screen, bool light_terminal, FILE *file)
{
	int height = (screen->rows + 2 * BACKGROUND) * SCALE;
	int width = (screen->columns + 2 * BACKGROUND) * SCALE;

	assert_true(fprintf(file, "P1\n%d %d\n", width, height) > 0);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			int row = y / SCALE - BACKGROUND;
			int column = x / SCALE - BACKGROUND;
			bool drawn = row >= 0 && column >= 0 &&
				     row < screen->rows &&
				     column < screen->columns &&
				     screen->drawn[row][column];

			assert_true(fputs(drawn == light_terminal ? "1 " : "0 ",
					file) >= 0);
		}
		assert_true(fputc('\n', file) == '\n');
	}
}

static void
read_by_zbarimg(const char *path, char *ret_text, size_t size)
{
	char command[256];
	FILE *pipe;
	size_t length;

	(void)snprintf(command, sizeof(command),
	    "zbarimg -q --raw -Sdisable -Sqrcode.enable pbm:%s 2>/dev/null",
	    path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(ret_text, 1, size - 1, pipe);
	ret_text[length] = '\0';
	assert_int_equal(pclose(pipe), 0);
	ret_text[strcspn(ret_text, "\n")] = '\0';
}

static void
assert_readable(const char *text, enum qr_style style)
{
	char path[] = "/tmp/authbox-qr-XXXXXX", found[2048];
	static struct screen screen;
	AUTO(secret) lines = NULL;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	memset(&screen, 0, sizeof(screen));
	assert_int_equal(qr_print(text, style, &lines), 0);
	if (style == QR_ASCII)
		screen_put_ascii(&screen, lines->bytes);
	else
		screen_put_blocks(&screen, lines->bytes);
	screen_write(&screen, style == QR_UTF8_INVERTED, file);
	assert_int_equal(fclose(file), 0);

	read_by_zbarimg(path, found, sizeof(found));
	(void)unlink(path); /* nothing depends on it */
	assert_string_equal(found, text);
}

#define KEY "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
every_style_is_read_from_its_terminal(void **state)
{
	static const char *const texts[] = {
	    "otpauth://totp/Demo:alice" KEY "Demo",
	    "otpauth://totp/host-of-mine:alice" KEY "host-of-mine",
	    "otpauth://totp/caf%C3%A9:bob%40example.org" KEY
	    "caf%C3%A9&algorithm=SHA256&digits=8&period=60",
	    X50 X50 X50 X50 X50 X50,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int style = QR_UTF8; style <= QR_ASCII; style++)
			assert_readable(texts[i], (enum qr_style)style);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_style_is_read_from_its_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
