/* What `authboxctl status` says of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/text.h"
#include "net/troubles.h"

#define NOW INT64_C(1767225600)

static struct trouble list[TROUBLES_MAX];

static void
what_fails_is_told_with_its_first_and_last_time(void **state)
{
	AUTO(troubles) troubles = troubles_new();

	(void)state;
	assert_int_equal(troubles_list(troubles, NOW, list), 0);
	troubles_note(troubles, 1, NOW, "first");
	troubles_note(troubles, 2, NOW + 1, "other\nline");
	troubles_note(troubles, 1, NOW + 60, "again");
	assert_int_equal(troubles_list(troubles, NOW + 60, list), 2);
	assert_string_equal(list[0].text, "again");
	assert_int_equal(list[0].since_unix_s, NOW);
	assert_int_equal(list[0].last_unix_s, NOW + 60);
	assert_string_equal(list[1].text, "other?line");
}

static void
who_answers_is_forgotten_and_nobody_else(void **state)
{
	AUTO(troubles) troubles = troubles_new();

	(void)state;
	troubles_note(troubles, 1, NOW, "one");
	troubles_note(troubles, 2, NOW, "two");
	troubles_forget(troubles, 3);
	assert_int_equal(troubles_list(troubles, NOW, list), 2);
	troubles_forget(troubles, 1);
	assert_int_equal(troubles_list(troubles, NOW, list), 1);
	assert_string_equal(list[0].text, "two");
}

static void
who_was_not_asked_for_an_hour_is_no_trouble(void **state)
{
	AUTO(troubles) troubles = troubles_new();

	(void)state;
	troubles_note(troubles, 1, NOW, "one");
	assert_int_equal(
	    troubles_list(troubles, NOW + TROUBLES_KEPT_S - 1, list), 1);
	assert_int_equal(
	    troubles_list(troubles, NOW + TROUBLES_KEPT_S, list), 0);
	troubles_note(troubles, 1, NOW + TROUBLES_KEPT_S, "one");
	assert_int_equal(
	    troubles_list(troubles, NOW + TROUBLES_KEPT_S, list), 1);
	assert_int_equal(list[0].since_unix_s, NOW + TROUBLES_KEPT_S);
}

static void
more_than_there_is_room_for_drop_the_oldest(void **state)
{
	AUTO(troubles) troubles = troubles_new();
	char text[16];

	(void)state;
	for (uint64_t i = 0; i <= TROUBLES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "%u", (unsigned)i);
		troubles_note(troubles, i, NOW + (int64_t)i, text);
	}
	assert_int_equal(
	    troubles_list(troubles, NOW + TROUBLES_MAX, list), TROUBLES_MAX);
	for (size_t i = 0; i < TROUBLES_MAX; i++)
		assert_string_not_equal(list[i].text, "0");
}

static void
nobody_needs_to_want_them(void **state)
{
	(void)state;
	troubles_note(NULL, 1, NOW, "one");
	troubles_forget(NULL, 1);
	assert_int_equal(troubles_list(NULL, NOW, list), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fails_is_told_with_its_first_and_last_time),
	    cmocka_unit_test(who_answers_is_forgotten_and_nobody_else),
	    cmocka_unit_test(who_was_not_asked_for_an_hour_is_no_trouble),
	    cmocka_unit_test(more_than_there_is_room_for_drop_the_oldest),
	    cmocka_unit_test(nobody_needs_to_want_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
