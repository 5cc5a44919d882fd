#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "userdb/told.h"

#define NOW 1000000

static void
what_was_told_is_told_again_for_a_while(void **state)
{
	AUTO(told) told = told_new();
	char name[UNIX_NAME_BYTES_MAX + 1];
	uint32_t uid = 0;

	(void)state;
	assert_non_null(told);
	assert_int_equal(told_find_name(told, "alice", NOW, &uid), -ENOENT);
	assert_int_equal(told_find_uid(told, 70000, NOW, name), 0);

	told_put(told, "alice", 70000, NOW);
	assert_int_equal(
	    told_find_name(told, "alice", NOW + TOLD_FRESH_MS - 1, &uid), 1);
	assert_int_equal(uid, 70000);
	assert_int_equal(told_find_uid(told, 70000, NOW, name), 1);
	assert_string_equal(name, "alice");
	assert_int_equal(told_find_uid(told, 70001, NOW, name), 0);
	assert_int_equal(told_find_name(told, "bob", NOW, &uid), -ENOENT);
	assert_int_equal(
	    told_find_name(told, "alice", NOW + TOLD_FRESH_MS, &uid), -ENOENT);
}

static void
nobody_is_told_nothing_for_a_shorter_while(void **state)
{
	AUTO(told) told = told_new();
	uint32_t uid = 0;

	(void)state;
	told_put(told, "root", 0, NOW);
	assert_int_equal(told_find_name(told, "root", NOW, &uid), 0);
	assert_int_equal(
	    told_find_name(told, "root", NOW + TOLD_UNKNOWN_MS, &uid), -ENOENT);
	assert_int_equal(uid, 0);
	/* An id that was told before is told no more. */
	told_put(told, "eve", 70000, NOW);
	told_put(told, "eve", 0, NOW + 1);
	assert_int_equal(told_find_name(told, "eve", NOW + 2, &uid), 0);
}

/* A login may hold what it was told for long. */
static void
a_change_is_remembered_as_long_as_a_login_may_last(void **state)
{
	AUTO(told) told = told_new();

	(void)state;
	assert_false(told_otherwise(told, "alice", 70000, NOW));
	told_put(told, "alice", 70000, NOW);
	assert_false(told_otherwise(told, "alice", 70000, NOW));
	assert_true(told_otherwise(told, "alice", 70001, NOW));
	assert_false(told_otherwise(told, "alice", 70001, NOW + TOLD_LOGIN_MS));

	told_put(told, "alice", 70001, NOW + 10);
	assert_true(told_otherwise(told, "alice", 70001, NOW + 10));
	assert_true(told_otherwise(told, "alice", 70000, NOW + 10));
	/* Told again and again: only the change counts. */
	told_put(told, "alice", 70001, NOW + TOLD_LOGIN_MS);
	assert_true(
	    told_otherwise(told, "alice", 70001, NOW + TOLD_LOGIN_MS + 9));
	assert_false(
	    told_otherwise(told, "alice", 70001, NOW + TOLD_LOGIN_MS + 10));
	/* Nothing told, nothing frozen. */
	assert_false(told_otherwise(told, "bob", 70001, NOW));
}

static void
a_new_configuration_makes_old_answers_doubtful(void **state)
{
	AUTO(told) told = told_new();
	uint32_t uid;

	(void)state;
	told_put(told, "alice", 70000, NOW);
	told_forget(told, NOW + 5);
	assert_int_equal(told_find_name(told, "alice", NOW + 5, &uid), -ENOENT);
	assert_true(told_otherwise(told, "alice", 70000, NOW + 6));
	assert_false(told_otherwise(told, "alice", 70000, NOW + TOLD_LOGIN_MS));
	told_put(told, "bob", 70001, NOW + 6);
	assert_false(told_otherwise(told, "bob", 70001, NOW + 6));
}

/* However many names there are, the memory is what it was. */
static void
many_names_only_push_others_out(void **state)
{
	AUTO(told) told = told_new();
	char name[UNIX_NAME_BYTES_MAX + 1];
	unsigned left = 0;
	uint32_t uid;

	(void)state;
	for (unsigned i = 1; i <= 10 * TOLD_NAMES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		told_put(told, name, 65536 + i, NOW);
		assert_int_equal(told_find_name(told, name, NOW, &uid), 1);
		assert_int_equal(uid, 65536 + i);
	}
	for (unsigned i = 1; i <= 10 * TOLD_NAMES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		if (told_find_name(told, name, NOW, &uid) == 1) {
			assert_int_equal(uid, 65536 + i);
			left++;
		}
	}
	assert_in_range(left, 1, TOLD_NAMES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_told_is_told_again_for_a_while),
	    cmocka_unit_test(nobody_is_told_nothing_for_a_shorter_while),
	    cmocka_unit_test(
		a_change_is_remembered_as_long_as_a_login_may_last),
	    cmocka_unit_test(a_new_configuration_makes_old_answers_doubtful),
	    cmocka_unit_test(many_names_only_push_others_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
