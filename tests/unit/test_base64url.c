#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64url.h"

/* RFC 4648 10 without padding, and the two characters of its section 5. */
static const struct {
	const char *text, *bytes; /* NULL: refused */
} texts[] = {
    {"", ""}, {"Zg", "f"}, {"Zm8", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg", "foob"},
    {"Zm9vYmE", "fooba"}, {"Zm9vYmFy", "foobar"}, {"-_-_", "\xfb\xff\xbf"},
    {"A", NULL}, {"Zm9vY", NULL}, {"Zg==", NULL}, {"Zm8=", NULL},
    {"Zh", NULL}, /* bits left over */
    {"Zm9", NULL}, {"+/+/", NULL}, {"Zm 9v", NULL}, {"Zm9v\n", NULL},
    {" Zm9v", NULL}, {"Zm9v.", NULL}, {"Zm9\xc3", NULL},
    {"\xc1m9v", NULL}, /* 'A' with its top bit set */
};

static void
texts_are_decoded_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t size = strlen(texts[i].text);
		uint8_t bytes[64];
		ssize_t r = base64url_decode(texts[i].text, size, bytes);

		if (!texts[i].bytes) {
			if (r != -EBADMSG)
				fail_msg("%zd for '%s'", r, texts[i].text);
			continue;
		}
		assert_int_equal(r, strlen(texts[i].bytes));
		assert_int_equal(r, base64url_decoded_size(size));
		assert_memory_equal(bytes, texts[i].bytes, (size_t)r);
	}
}

static void
each_wrong_byte_is_seen_at_each_place(void **state)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-_";

	(void)state;
	for (size_t size = 2; size <= 11; size++)
		for (size_t at = 0; at < size; at++)
			for (int c = 0; c < 256; c++) {
				char text[] = "AAAAAAAAAAAA";
				uint8_t bytes[9];
				bool known = c && strchr(good, c);
				ssize_t r;

				if (size % 4 == 1)
					continue;
				text[at] = (char)c;
				r = base64url_decode(text, size, bytes);
				/* The last one may leave bits over. */
				if (at + 1 < size || size % 4 == 0 || !known)
					assert_int_equal(r < 0, !known);
			}
}

static void
all_sizes_come_back(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (size_t size = 0; size <= 200; size++) {
		uint8_t bytes[200] = {0}, back[201];
		char text[270];

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)rand_r(&seed);
		base64url_encode(bytes, size, text);
		assert_int_equal(strlen(text), base64url_encoded_size(size));
		assert_int_equal(
		    base64url_decode(text, strlen(text), back), size);
		assert_memory_equal(back, bytes, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_decoded_strictly),
	    cmocka_unit_test(each_wrong_byte_is_seen_at_each_place),
	    cmocka_unit_test(all_sizes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
