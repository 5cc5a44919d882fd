#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base32.h"

static const struct {
	const char *text, *bytes; /* NULL: refused */
} texts[] = {
    {"MZXW6YTBOI", "foobar"},
    {"mzxw6ytboi", "foobar"},
    {" MZXW-6YTB OI\t", "foobar"},
    {"MZXW6YTBOI======", "foobar"},
    {"MZXW6YTBOI=", "foobar"},
    {"MY", "f"},
    {"MZ", "f"}, /* the bits left over are nobody's */
    {"", NULL},
    {"====", NULL},
    {" - ", NULL},
    {"M", NULL},
    {"MZX", NULL},
    {"MZXW6Y", NULL},
    {"MZXW6YTBO", NULL},
    {"MZXW=6YTB", NULL},
    {"MZXW0YTB", NULL},
    {"MZXW1YTB", NULL},
    {"MZXW8YTB", NULL},
    {"MZXW6YTB\n", NULL},
    {"MZXW6YT\xc3\xa9", NULL},
};

static void
typed_keys_are_read_as_people_type_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		AUTO(secret) bytes = NULL;
		int r = base32_decode(texts[i].text, &bytes);

		if (r != (texts[i].bytes ? 0 : -EBADMSG))
			fail_msg("%d for '%s'", r, texts[i].text);
		if (!texts[i].bytes)
			continue;
		assert_int_equal(bytes->size, strlen(texts[i].bytes));
		assert_string_equal(bytes->bytes, texts[i].bytes);
	}
}

static void
all_sizes_come_back(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (size_t size = 1; size <= 200; size++) {
		AUTO(secret) bytes = secret_new(size);
		AUTO(secret) text = NULL;
		AUTO(secret) back = NULL;

		for (size_t i = 0; i < size; i++)
			bytes->bytes[i] = (char)rand_r(&seed);
		text = base32_encode(bytes->bytes, size);
		assert_non_null(text);
		assert_int_equal(strlen(text->bytes), text->size);
		assert_int_equal(text->size, (size * 8 + 4) / 5);
		assert_int_equal(base32_decode(text->bytes, &back), 0);
		assert_int_equal(back->size, size);
		assert_memory_equal(back->bytes, bytes->bytes, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(typed_keys_are_read_as_people_type_them),
	    cmocka_unit_test(all_sizes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
