#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "base/secret.h"

static void
a_new_secret_is_zeroed_and_ended(void **state)
{
	AUTO(secret) secret = secret_new(100);
	AUTO(secret) empty = secret_new(0);

	(void)state;
	assert_int_equal(secret->size, 100);
	for (size_t i = 0; i <= 100; i++)
		assert_int_equal(secret->bytes[i], 0);
	assert_string_equal(empty->bytes, "");
	assert_null(secret_new(SIZE_MAX));
	assert_null(secret_new(SIZE_MAX - sizeof(struct secret)));
	secret_free(NULL);
}

static void
a_copy_can_be_used_as_a_string(void **state)
{
	AUTO(secret) secret = secret_copy("secret, and more", 6);
	AUTO(secret) empty = secret_copy(NULL, 0);

	(void)state;
	assert_string_equal(secret->bytes, "secret");
	assert_string_equal(empty->bytes, "");
}

static void
wiped_memory_is_zero(void **state)
{
	char bytes[] = "secret";

	(void)state;
	secret_wipe(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
}

static const struct {
	const char *expected, *given;
	bool equal;
} pairs[] = {
    {"", "", true},
    {"secret", "secret", true},
    {"secret", "secreT", false},
    {"secret", "Secret", false},
    {"secret", "secre", false},
    {"secret", "secrets", false},
    {"secret", "secretsecret", false},
    {"secretsecret", "secret", false},
    {"", "secret", false},
    {"secret", "", false},
};

static void
equal_texts_are_equal_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(
		    secret_equal_text(pairs[i].expected, pairs[i].given),
		    pairs[i].equal);
	assert_true(secret_equal("abcd", "abce", 3));
	assert_false(secret_equal("abcd", "abce", 4));
	assert_true(secret_equal("x", "y", 0));
}

/* Last: it changes the process. */
static void
the_arena_is_locked_and_the_process_leaves_no_core(void **state)
{
	AUTO(secret) early = secret_copy("early", 5);
	AUTO(secret) brief = NULL;
	struct rlimit core;

	(void)state;
	assert_int_equal(secret_init(), 0);
	assert_int_equal(secret_init(), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(core.rlim_max, 0);

	for (size_t size = 0; size < 70000; size = size * 3 + 1) {
		AUTO(secret) secret = secret_new(size);

		assert_non_null(secret);
		assert_true(CRYPTO_secure_allocated(secret));
		memset(secret->bytes, 'x', size);
	}
	assert_int_equal(CRYPTO_secure_used(), 0);
	brief = secret_copy_brief("frame, and more", 5);
	assert_string_equal(brief->bytes, "frame");
	assert_int_equal(CRYPTO_secure_used(), 0);
	/* What was made before is freed in its own way. */
	assert_string_equal(early->bytes, "early");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_secret_is_zeroed_and_ended),
	    cmocka_unit_test(a_copy_can_be_used_as_a_string),
	    cmocka_unit_test(wiped_memory_is_zero),
	    cmocka_unit_test(equal_texts_are_equal_and_no_others),
	    cmocka_unit_test(
		the_arena_is_locked_and_the_process_leaves_no_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
