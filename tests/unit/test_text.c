#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X64 X32 X32

static const struct {
	const char *name;
	bool valid;
} users[] = {
    {"alice", true},
    {"a", true},
    {"alice.smith@example.org", true},
    {"DOMAIN\\alice", true},
    {"alice smith", true},
    {"-alice", true},
    {"caf\xc3\xa9", true},
    {"1alice", true},
    {X64 X64 X64 X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true}, /* 255 */
    {X64 X64 X64 X64, false},
    {"", false},
    {".", false},
    {"..", false},
    {"1000", false},
    {"0", false},
    {" alice", false},
    {"alice ", false},
    {"a:b", false},
    {"../alice", false},
    {"alice\n", false},
    {"alice\x7f", false},
    {"alice\xc2\x85", false}, /* a C1 control */
    {"caf\xe9", false},
};

static void
user_names_are_what_passwd_and_a_log_can_carry(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (user_name_is_valid(users[i].name) != users[i].valid)
			fail_msg("%s", users[i].name);
}

static const struct {
	const char *id;
	bool valid;
} ids[] = {
    {"app", true},
    {"A-b_c.9", true},
    {"_", true},
    {"9", true},
    {X64, true},
    {X64 "x", false},
    {"", false},
    {".app", false},
    {"-app", false},
    {"a b", false},
    {"a/b", false},
    {"caf\xc3\xa9", false},
};

static void
ids_are_plain_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (id_is_valid(ids[i].id) != ids[i].valid)
			fail_msg("%s", ids[i].id);
}

/* RFC 3629 3 and 4. */
static const struct {
	const char *bytes;
	bool utf8;
} texts[] = {
    {"", true},
    {"plain\n", true},
    {"\xc2\x80", true},
    {"\xdf\xbf", true},
    {"\xe0\xa0\x80", true},
    {"\xed\x9f\xbf", true},
    {"\xee\x80\x80", true},
    {"\xf0\x90\x80\x80", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\x80", false},
    {"\xbf", false},
    {"\xc2", false},
    {"\xc2x", false},
    {"\xe2\x82", false},
    {"\xe2\x82x", false},
    {"\xf0\x9f\x98", false},
    {"\xc0\x80", false},	 /* overlong */
    {"\xc1\xbf", false},	 /* overlong */
    {"\xe0\x9f\xbf", false},	 /* overlong */
    {"\xf0\x8f\xbf\xbf", false}, /* overlong */
    {"\xed\xa0\x80", false},	 /* a surrogate */
    {"\xed\xbf\xbf", false},	 /* a surrogate */
    {"\xf4\x90\x80\x80", false}, /* beyond Unicode */
    {"\xf8\x88\x80\x80\x80", false},
    {"\xfe", false},
    {"\xff", false},
};

static void
utf8_is_rfc_3629(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (text_is_utf8(texts[i].bytes, strlen(texts[i].bytes)) !=
		    texts[i].utf8)
			fail_msg("text %zu", i);
	assert_false(text_is_utf8("a\0b", 3));
}

static void
control_characters_are_not_printable(void **state)
{
	(void)state;
	for (int c = 0; c < 128; c++) {
		char text = (char)c;

		assert_int_equal(
		    text_is_printable(&text, 1), c >= 0x20 && c != 0x7f);
	}
	for (int c = 0x80; c < 0xc0; c++) {
		char text[] = {(char)0xc2, (char)c};

		assert_int_equal(text_is_printable(text, 2), c >= 0xa0);
	}
}

/* A name in Persian needs U+200C; no name needs to turn a line round. */
static void
what_turns_or_ends_a_line_is_not_printable(void **state)
{
	static const struct {
		const char *text;
		bool is_printable;
	} cases[] = {
	    {"\u202ealice", false},
	    {"\u2067alice\u2069", false},
	    {"alice\u200f", false},
	    {"\u061calice", false},
	    {"alice\u2028bob", false},
	    {"alice\u2029bob", false},
	    {"\u0645\u06cc\u200c\u062e", true},
	    {"\u05d0\u05d1", true},
	    {"Ann \u00c4 Lee", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (text_is_printable(cases[i].text, strlen(cases[i].text)) !=
		    cases[i].is_printable)
			fail_msg("%s", cases[i].text);
}

static const struct {
	const char *text;
	size_t size;
	const char *expected;
} copies[] = {
    {"", 8, ""},
    {"alice", 8, "alice"},
    {"sevench", 8, "sevench"},
    {"eightchr", 8, "eigh..."},
    {"a\nb\x1b[2J\x7f", 16, "a?b?[2J?"},
    {"a\xff\xfe", 8, "a??"},
    {"a\xc2\x9b"
     "b",
	8, "a?b"},
    {"caf\xc3\xa9", 8, "caf\xc3\xa9"},
    {"abc\xc3\xa9xyz", 8, "abc..."},
    /* Turned round, ended, invisible, no blank of ASCII's. */
    {"a\u202ecod.exe", 16, "a?cod.exe"},
    {"a\u2066b\u2069", 16, "a?b?"},
    {"a\u2028b", 8, "a?b"},
    {"sshd\u00a0from", 16, "sshd?from"},
    {"a\u200bb\ufeffc", 16, "a?b?c"},
    {"\u3000\u00ad", 8, "??"},
    {"abcdef", 4, "..."},
    {"abcdef", 2, "."},
    {"abcdef", 1, ""},
};

static void
a_copy_for_the_log_is_one_line_and_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		char copy[32];

		memset(copy, '!', sizeof(copy));
		text_copy_for_log(copies[i].text, copy, copies[i].size);
		assert_string_equal(copy, copies[i].expected);
		assert_int_equal(copy[copies[i].size], '!');
	}
}

static void
any_bytes_give_a_printable_copy(void **state)
{
	unsigned seed = 5;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[16] = "", copy[12];
		size_t size = (size_t)rand_r(&seed) % sizeof(text);

		for (size_t j = 0; j < size; j++)
			text[j] = (char)(1 + rand_r(&seed) % 255);
		text_copy_for_log(
		    text, copy, 1 + (size_t)rand_r(&seed) % sizeof(copy));
		assert_true(text_is_printable(copy, strlen(copy)));
	}
}

/* The definition, as a recursion. */
static unsigned
slow_distance(const char *a, const char *b)
{
	unsigned best, other;

	if (!*a || !*b)
		return (unsigned)(strlen(a) + strlen(b));
	best = slow_distance(a + 1, b + 1) + (*a != *b);
	other = slow_distance(a + 1, b) + 1;
	best = other < best ? other : best;
	other = slow_distance(a, b + 1) + 1;
	return other < best ? other : best;
}

static void
the_distance_agrees_with_its_definition(void **state)
{
	unsigned seed = 6;

	(void)state;
	for (int i = 0; i < 300; i++) {
		char words[2][7] = {"", ""};

		for (int w = 0; w < 2; w++)
			for (int j = rand_r(&seed) % 7; j-- > 0;)
				words[w][j] = (char)('a' + rand_r(&seed) % 3);
		assert_int_equal(text_distance(words[0], words[1]),
		    slow_distance(words[0], words[1]));
	}
	assert_int_equal(text_distance(X64 "x", X64), 64);
	assert_int_equal(text_distance(X64, ""), 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(user_names_are_what_passwd_and_a_log_can_carry),
	    cmocka_unit_test(ids_are_plain_words),
	    cmocka_unit_test(utf8_is_rfc_3629),
	    cmocka_unit_test(control_characters_are_not_printable),
	    cmocka_unit_test(what_turns_or_ends_a_line_is_not_printable),
	    cmocka_unit_test(a_copy_for_the_log_is_one_line_and_bounded),
	    cmocka_unit_test(any_bytes_give_a_printable_copy),
	    cmocka_unit_test(the_distance_agrees_with_its_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
