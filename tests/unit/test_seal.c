/* Sealing by itself: what is changed, cut, moved or foreign does not open. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/seal.h"

#define TEXT "otpauth secret"

struct sealed {
	uint8_t bytes[sizeof(TEXT) - 1 + SEAL_OVERHEAD_BYTES];
	struct secret *key;
	struct seal *seal;
};

static const uint8_t id[SEAL_ID_BYTES] = "store one's id";
static const uint8_t other_id[SEAL_ID_BYTES] = "store two's id";

static int
setup(void **state)
{
	static struct sealed sealed;
	AUTO(secret) text = secret_copy(TEXT, sizeof(TEXT) - 1);

	sealed.key = secret_copy("0123456789abcdef0123456789abcdef", 32);
	assert_int_equal(seal_new(sealed.key, id, &sealed.seal), 0);
	assert_int_equal(
	    seal_close(sealed.seal, "user/a", text, sealed.bytes), 0);
	*state = &sealed;
	return 0;
}

static int
teardown(void **state)
{
	struct sealed *sealed = *state;

	seal_free(sealed->seal);
	secret_free(sealed->key);
	return 0;
}

static int
try_open(struct seal *seal, const char *name, const void *bytes, size_t size)
{
	AUTO(secret) value = NULL;
	int r = seal_open(seal, name, bytes, size, &value);

	if (r < 0) {
		assert_null(value);
		return r;
	}
	assert_int_equal(value->size, sizeof(TEXT) - 1);
	assert_string_equal(value->bytes, TEXT);
	return 0;
}

static void
what_was_sealed_opens_again(void **state)
{
	struct sealed *sealed = *state;

	for (int i = 0; i < 3; i++)
		assert_int_equal(try_open(sealed->seal, "user/a", sealed->bytes,
				     sizeof(sealed->bytes)),
		    0);
}

static void
no_bit_can_be_flipped(void **state)
{
	struct sealed *sealed = *state;

	for (size_t bit = 0; bit < 8 * sizeof(sealed->bytes); bit++) {
		sealed->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(try_open(sealed->seal, "user/a", sealed->bytes,
				     sizeof(sealed->bytes)),
		    -EBADMSG);
		sealed->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
nothing_can_be_cut_or_added(void **state)
{
	struct sealed *sealed = *state;
	uint8_t longer[sizeof(sealed->bytes) + 1] = {0};

	for (size_t size = 0; size < sizeof(sealed->bytes); size++)
		assert_int_equal(
		    try_open(sealed->seal, "user/a", sealed->bytes, size),
		    -EBADMSG);
	memcpy(longer, sealed->bytes, sizeof(sealed->bytes));
	assert_int_equal(
	    try_open(sealed->seal, "user/a", longer, sizeof(longer)), -EBADMSG);
}

static void
it_opens_under_its_name_store_and_key_only(void **state)
{
	struct sealed *sealed = *state;
	AUTO(secret)
	other_key = secret_copy("0123456789abcdef0123456789abcdeF", 32);
	AUTO(seal) other_store = NULL;
	AUTO(seal) other = NULL;

	assert_int_equal(seal_new(sealed->key, other_id, &other_store), 0);
	assert_int_equal(seal_new(other_key, id, &other), 0);
	assert_int_equal(try_open(sealed->seal, "user/b", sealed->bytes,
			     sizeof(sealed->bytes)),
	    -EBADMSG);
	assert_int_equal(try_open(other_store, "user/a", sealed->bytes,
			     sizeof(sealed->bytes)),
	    -EBADMSG);
	assert_int_equal(
	    try_open(other, "user/a", sealed->bytes, sizeof(sealed->bytes)),
	    -EBADMSG);
}

static void
the_same_text_is_never_sealed_the_same(void **state)
{
	struct sealed *sealed = *state;
	AUTO(secret) text = secret_copy(TEXT, sizeof(TEXT) - 1);
	uint8_t again[sizeof(sealed->bytes)];

	assert_int_equal(seal_close(sealed->seal, "user/a", text, again), 0);
	assert_memory_not_equal(
	    again + 1, sealed->bytes + 1, sizeof(again) - 1);
}

/* HKDF-Expand-SHA256 (RFC 5869 2.3), by Python's hmac:
 * hmac.digest(key, b'authbox derived key 1:recovery\x01', 'sha256') */
static void
a_derived_key_is_hkdf_expand(void **state)
{
	static const uint8_t expected[SEAL_KEY_BYTES] = {0x21, 0x0a, 0xd4, 0x4c,
	    0x5b, 0x29, 0x2b, 0x83, 0xcc, 0xc3, 0xb9, 0x8d, 0x86, 0xfe, 0xc8,
	    0x95, 0x61, 0x1c, 0xaa, 0xf4, 0x6b, 0xe4, 0x51, 0x72, 0x49, 0xb5,
	    0x0a, 0x95, 0x2e, 0x55, 0xde, 0xf9};
	struct sealed *sealed = *state;
	AUTO(secret) key = NULL;

	assert_int_equal(seal_derive(sealed->key, "recovery", &key), 0);
	assert_int_equal(key->size, sizeof(expected));
	assert_memory_equal(key->bytes, expected, sizeof(expected));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_sealed_opens_again),
	    TEST(no_bit_can_be_flipped),
	    TEST(nothing_can_be_cut_or_added),
	    TEST(it_opens_under_its_name_store_and_key_only),
	    TEST(the_same_text_is_never_sealed_the_same),
	    TEST(a_derived_key_is_hkdf_expand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
