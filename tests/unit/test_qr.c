/* The size and shape of what is drawn; that it can be read is
 * tests/system/qr.sh. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/qr.h"
#include "base/text.h"

#define KEY   "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="
#define USUAL "otpauth://totp/Demo:alice" KEY "Demo"
#define HOST  "otpauth://totp/host-of-mine:alice" KEY "host-of-mine"

/* Lines of equal width, in characters. */
static void
measure(const char *lines, size_t *ret_rows, size_t *ret_columns)
{
	*ret_rows = *ret_columns = 0;
	while (*lines) {
		size_t columns = 0;

		for (; *lines != '\n'; lines++) {
			assert_int_not_equal(*lines, '\0');
			columns += (*lines & 0xc0) != 0x80;
		}
		lines++;
		if ((*ret_rows)++ == 0)
			*ret_columns = columns;
		assert_int_equal(columns, *ret_columns);
	}
}

static void
a_usual_label_leaves_room_for_key_and_prompt_in_24_rows(void **state)
{
	static const struct {
		const char *text;
		size_t rows, columns;
	} cases[] = {{USUAL, 18, 37}, {HOST, 20, 41}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int style = QR_UTF8; style <= QR_UTF8_INVERTED; style++) {
			AUTO(secret) lines = NULL;
			size_t rows, columns;

			assert_int_equal(qr_print(cases[i].text,
					     (enum qr_style)style, &lines),
			    0);
			assert_true(text_is_utf8(lines->bytes, lines->size));
			measure(lines->bytes, &rows, &columns);
			assert_int_equal(rows, cases[i].rows);
			assert_int_equal(columns, cases[i].columns);
		}
}

static void
ascii_takes_two_columns_and_one_row_for_a_module(void **state)
{
	AUTO(secret) lines = NULL;
	size_t rows, columns;

	(void)state;
	assert_int_equal(qr_print(USUAL, QR_ASCII, &lines), 0);
	measure(lines->bytes, &rows, &columns);
	assert_int_equal(rows, 37);
	assert_int_equal(columns, 74);
	assert_int_equal(strspn(lines->bytes, "# \n"), lines->size);
}

/* The quiet zone of a light terminal is nothing at all, of a dark one blocks.
 */
static void
the_quiet_zone_is_light(void **state)
{
	AUTO(secret) dark = NULL;
	AUTO(secret) light = NULL;
	AUTO(secret) ascii = NULL;

	(void)state;
	assert_int_equal(qr_print(USUAL, QR_UTF8, &dark), 0);
	assert_int_equal(qr_print(USUAL, QR_UTF8_INVERTED, &light), 0);
	assert_int_equal(qr_print(USUAL, QR_ASCII, &ascii), 0);
	for (size_t i = 0; i < 37; i++)
		assert_memory_equal(dark->bytes + 3 * i, "\u2588", 3);
	assert_int_equal(strspn(light->bytes, " "), 37);
	assert_int_equal(strspn(ascii->bytes, "#"), 74);
	assert_int_equal(strspn(ascii->bytes + 75, "#"), 74);
	assert_memory_equal(ascii->bytes + 2 * 75, "####  ", 6);
}

static void
what_cannot_be_a_qr_code_is_refused(void **state)
{
	char text[4096];
	struct secret *lines;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[2953] = '\0'; /* the most that level L holds */
	assert_int_equal(qr_print(text, QR_UTF8, &lines), 0);
	secret_free(lines);
	memset(text, 'x', sizeof(text));
	text[2954] = '\0';
	assert_int_equal(qr_print(text, QR_UTF8, &lines), -ERANGE);
	assert_int_equal(qr_print("", QR_UTF8, &lines), -EINVAL);
}

static void
styles_have_names(void **state)
{
	AUTO(secret) lines = NULL;
	enum qr_style style;

	(void)state;
	assert_int_equal(qr_style_parse("utf8", &style), 0);
	assert_int_equal(style, QR_UTF8);
	assert_int_equal(qr_style_parse("utf8-inverted", &style), 0);
	assert_int_equal(style, QR_UTF8_INVERTED);
	assert_int_equal(qr_style_parse("ascii", &style), 0);
	assert_int_equal(style, QR_ASCII);
	assert_int_equal(qr_style_parse("none", &style), 0);
	assert_int_equal(style, QR_NONE);
	assert_int_equal(qr_style_parse("UTF8", &style), -EINVAL);
	assert_int_equal(qr_style_parse("", &style), -EINVAL);
	assert_int_equal(qr_print(USUAL, QR_NONE, &lines), 0);
	assert_string_equal(lines->bytes, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_usual_label_leaves_room_for_key_and_prompt_in_24_rows),
	    cmocka_unit_test(ascii_takes_two_columns_and_one_row_for_a_module),
	    cmocka_unit_test(the_quiet_zone_is_light),
	    cmocka_unit_test(what_cannot_be_a_qr_code_is_refused),
	    cmocka_unit_test(styles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
