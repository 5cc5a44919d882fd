/* RFC 4648 section 10, base32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base32.h"

static const struct {
	const char *bytes, *padded;
} vectors[] = {
    {"f", "MY======"},
    {"fo", "MZXQ===="},
    {"foo", "MZXW6==="},
    {"foob", "MZXW6YQ="},
    {"fooba", "MZXW6YTB"},
    {"foobar", "MZXW6YTBOI======"},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void
base32_encodes_the_vectors_without_padding(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		AUTO(secret)
		text =
		    base32_encode(vectors[i].bytes, strlen(vectors[i].bytes));
		size_t size = strcspn(vectors[i].padded, "=");

		assert_int_equal(text->size, size);
		assert_memory_equal(text->bytes, vectors[i].padded, size);
	}
}

static void
base32_decodes_the_vectors_with_and_without_padding(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		AUTO(secret)
		bare =
		    base32_encode(vectors[i].bytes, strlen(vectors[i].bytes));
		AUTO(secret) first = NULL;
		AUTO(secret) second = NULL;

		assert_int_equal(base32_decode(vectors[i].padded, &first), 0);
		assert_int_equal(base32_decode(bare->bytes, &second), 0);
		assert_string_equal(first->bytes, vectors[i].bytes);
		assert_string_equal(second->bytes, vectors[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base32_encodes_the_vectors_without_padding),
	    cmocka_unit_test(
		base32_decodes_the_vectors_with_and_without_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
