/* What a person is shown in a device login, on a terminal of any kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "login/device_text.h"

static struct device_text text; /* it is large */

static const struct device_text_facts facts = {
    .user = "alice",
    .host = "host1.example",
    .service = "sshd",
    .from = "192.0.2.1",
    .uri = "https://idp.example/device",
    .user_code = "WDJB-MJHT",
    .qr_uri = "https://idp.example/device",
    .qr = DEVICE_QR_NONE,
};

static bool
has_line(const char *line)
{
	for (size_t i = 0; i < text.count; i++)
		if (streq(text.lines[i].text, line))
			return true;
	return false;
}

static void
expect_ascii(void)
{
	for (size_t i = 0; i < text.count; i++)
		for (const char *at = text.lines[i].text; *at; at++)
			assert_true(*at >= ' ' && *at <= '~');
}

static void
it_says_who_logs_in_to_what_and_from_where(void **state)
{
	struct device_text_facts local = facts;

	(void)state;
	assert_int_equal(device_text_print(&facts, &text), 0);
	assert_string_equal(text.lines[0].text, "");
	assert_true(
	    has_line("Login of alice to host1.example (sshd) from 192.0.2.1"));
	assert_true(has_line("Open  https://idp.example/device"));
	assert_true(has_line("Code  WDJB-MJHT"));
	assert_true(strstr(text.lines[text.count - 2].text, "Approve"));
	expect_ascii();
	local.from = "";
	local.title = "Hospital";
	assert_int_equal(device_text_print(&local, &text), 0);
	assert_string_equal(text.lines[1].text, "Hospital");
	assert_true(
	    has_line("Login of alice to host1.example (sshd) from this host"));
}

static void
what_others_say_cannot_move_the_cursor(void **state)
{
	struct device_text_facts hostile = facts;
	char longest[5000];

	(void)state;
	hostile.user = "al\033[2Jice\r\n";
	hostile.host = "h\xc3\xbcst";
	hostile.service = "ss\thd";
	hostile.from = "1.2.3.4\nCode  EVIL";
	assert_int_equal(device_text_print(&hostile, &text), 0);
	expect_ascii();
	assert_false(has_line("Code  EVIL"));
	assert_true(has_line("Login of al?[2Jice?? to h??st (ss?hd) from "
			     "1.2.3.4?Code  EVIL"));

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	hostile.user = hostile.host = hostile.service = hostile.from = longest;
	hostile.title = longest;
	assert_int_equal(device_text_print(&hostile, &text), 0);
	assert_true(has_line("Open  https://idp.example/device"));
	assert_true(has_line("Code  WDJB-MJHT"));
}

static size_t
widest(void)
{
	size_t width = 0;

	for (size_t i = 0; i < text.count; i++) {
		size_t columns = 0;
		const char *at = text.lines[i].text;

		for (; *at; at++)
			columns += (*at & 0xc0) != 0x80;
		width = columns > width ? columns : width;
	}
	return width;
}

static size_t
print_with(enum device_qr qr, const char *uri)
{
	struct device_text_facts with = facts;

	with.qr = qr;
	with.qr_uri = uri;
	assert_int_equal(device_text_print(&with, &text), 0);
	assert_true(has_line("Open  https://idp.example/device"));
	assert_true(has_line("Code  WDJB-MJHT"));
	return text.count;
}

static void
the_picture_fits_or_is_left_out(void **state)
{
	size_t without = print_with(DEVICE_QR_NONE, facts.uri);
	static const char longer[] =
	    "https://idp.example/device?user_code=WDJB-MJHT&an=other";
	static const char too_long[] =
	    "https://idp.example/a/very/long/address/of/which/nobody/would/"
	    "ever/type/a/single/letter/into/a/browser/by/hand/?c=WDJB-MJHT";

	(void)state;
	/* With prompt and title it fits into 80 columns and 24 rows. */
	assert_in_range(
	    print_with(DEVICE_QR_UTF8, facts.uri), without + 13, 22);
	assert_true(widest() <= 80);
	assert_in_range(
	    print_with(DEVICE_QR_UTF8_INVERTED, facts.uri), without + 13, 22);
	assert_true(print_with(DEVICE_QR_UTF8, longer) > without);
	assert_true(print_with(DEVICE_QR_ASCII, facts.uri) > without + 26);
	assert_true(widest() <= 80);
	expect_ascii();
	assert_int_equal(print_with(DEVICE_QR_UTF8, too_long), without);
	assert_int_equal(print_with(DEVICE_QR_ASCII, too_long), without);
}

static void
the_second_time_is_short(void **state)
{
	(void)state;
	device_text_print_again(&facts, "Not approved yet.", &text);
	assert_int_equal(text.count, 4);
	assert_true(has_line("Not approved yet."));
	assert_true(has_line("Code  WDJB-MJHT"));
	expect_ascii();
}

static void
a_program_that_shows_prompts_alone_shows_all_of_it(void **state)
{
	const char *joined;
	size_t used = 0;
	char expected[DEVICE_TEXT_BYTES_MAX];

	(void)state;
	assert_int_equal(device_text_print(&facts, &text), 0);
	for (size_t i = 0; i < text.count; i++)
		used += (size_t)snprintf(expected + used,
		    sizeof(expected) - used, "%s\n", text.lines[i].text);
	(void)snprintf(expected + used, sizeof(expected) - used, "Enter: ");
	joined = device_text_join(&text, "Enter: ");
	assert_string_equal(joined, expected);
	assert_int_equal(text.count, 0);
}

static size_t
lines_at(enum device_qr qr, unsigned columns, bool is_not_utf8)
{
	struct device_text_facts at = facts;

	at.qr = qr;
	at.columns = columns;
	at.is_not_utf8 = is_not_utf8;
	assert_int_equal(device_text_print(&at, &text), 0);
	assert_true(has_line("Open  https://idp.example/device"));
	assert_true(has_line("Code  WDJB-MJHT"));
	return text.count;
}

static void
a_terminal_that_cannot_show_the_picture_gets_the_text(void **state)
{
	size_t without = lines_at(DEVICE_QR_NONE, 0, false);
	size_t half_blocks = lines_at(DEVICE_QR_UTF8, 0, false);
	unsigned width = 1;

	(void)state;
	while (lines_at(DEVICE_QR_UTF8, width, false) == without)
		width++;
	assert_in_range(width, 25, DEVICE_TEXT_COLUMNS_MAX);
	assert_int_equal(lines_at(DEVICE_QR_UTF8, width, false), half_blocks);
	assert_int_equal(lines_at(DEVICE_QR_UTF8, 500, false), half_blocks);
	/* No half block, whatever the width. */
	assert_int_equal(lines_at(DEVICE_QR_UTF8, 80, true), without);
	assert_int_equal(lines_at(DEVICE_QR_UTF8_INVERTED, 0, true), without);
	expect_ascii();
	assert_int_equal(lines_at(DEVICE_QR_ASCII, 40, true), without);
	assert_true(lines_at(DEVICE_QR_ASCII, 80, true) > half_blocks);
	expect_ascii();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_says_who_logs_in_to_what_and_from_where),
	    cmocka_unit_test(what_others_say_cannot_move_the_cursor),
	    cmocka_unit_test(the_picture_fits_or_is_left_out),
	    cmocka_unit_test(the_second_time_is_short),
	    cmocka_unit_test(
		a_terminal_that_cannot_show_the_picture_gets_the_text),
	    cmocka_unit_test(
		a_program_that_shows_prompts_alone_shows_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
