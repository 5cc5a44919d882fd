/* Which logins are remembered as fresh, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "login/fresh_login.h"
#include "token/session.h"

static void
put(struct fresh *fresh, uid_t uid, const char *user, int64_t at_ms)
{
	struct fresh_login *login = calloc(1, sizeof(*login));

	assert_non_null(login);
	login->uid = uid;
	login->at_ms = at_ms;
	(void)snprintf(login->user, sizeof(login->user), "%s", user);
	fresh_put(fresh, login);
}

static void
a_login_is_taken_once_and_by_its_own_uid(void **state)
{
	AUTO(fresh) fresh = fresh_new();
	AUTO(fresh_login) login = NULL;

	(void)state;
	put(fresh, 1000, "alice", 50);
	assert_int_equal(fresh_take(fresh, 1001, 0, &login), 0);
	assert_int_equal(fresh_take(fresh, SESSION_ANY_UID, 0, &login), 0);
	assert_int_equal(fresh_take(fresh, SESSION_NO_UID, 0, &login), 0);
	assert_int_equal(fresh_take(fresh, 1000, 50, &login), 1);
	assert_string_equal(login->user, "alice");
	assert_int_equal(fresh_take(fresh, 1000, 0, &login), 0);
}

static void
an_old_login_is_gone(void **state)
{
	AUTO(fresh) fresh = fresh_new();
	AUTO(fresh_login) login = NULL;

	(void)state;
	put(fresh, 1000, "alice", 50);
	assert_int_equal(fresh_take(fresh, 1000, 51, &login), 0);
	/* A clock that is asked again does not bring it back. */
	assert_int_equal(fresh_take(fresh, 1000, 0, &login), 0);
}

static void
the_last_login_of_a_uid_counts(void **state)
{
	AUTO(fresh) fresh = fresh_new();
	AUTO(fresh_login) login = NULL;

	(void)state;
	put(fresh, 1000, "first", 50);
	put(fresh, 1000, "last", 60);
	assert_int_equal(fresh_take(fresh, 1000, 0, &login), 1);
	assert_string_equal(login->user, "last");
	fresh_login_free(TAKE(login));
	assert_int_equal(fresh_take(fresh, 1000, 0, &login), 0);
}

static void
when_there_is_no_room_the_oldest_goes(void **state)
{
	AUTO(fresh) fresh = fresh_new();
	AUTO(fresh_login) login = NULL;

	(void)state;
	for (uid_t uid = 0; uid < FRESH_UIDS_MAX; uid++)
		put(fresh, uid, "u", uid == 100 ? 1 : 50);
	put(fresh, 70000, "newcomer", 60);
	assert_int_equal(fresh_take(fresh, 100, 0, &login), 0);
	assert_int_equal(fresh_take(fresh, 70000, 0, &login), 1);
	fresh_login_free(TAKE(login));
	assert_int_equal(fresh_take(fresh, 99, 0, &login), 1);
}

static void
forgetting_is_for_one_or_for_all(void **state)
{
	AUTO(fresh) fresh = fresh_new();
	AUTO(fresh_login) login = NULL;

	(void)state;
	put(fresh, 1000, "alice", 50);
	put(fresh, 1001, "bob", 50);
	put(fresh, 1002, "carol", 50);
	fresh_forget(fresh, 1001);
	fresh_forget(fresh, SESSION_NO_UID);
	assert_int_equal(fresh_take(fresh, 1001, 0, &login), 0);
	assert_int_equal(fresh_take(fresh, 1000, 0, &login), 1);
	fresh_forget(fresh, SESSION_ANY_UID);
	fresh_login_free(TAKE(login));
	assert_int_equal(fresh_take(fresh, 1002, 0, &login), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_login_is_taken_once_and_by_its_own_uid),
	    cmocka_unit_test(an_old_login_is_gone),
	    cmocka_unit_test(the_last_login_of_a_uid_counts),
	    cmocka_unit_test(when_there_is_no_room_the_oldest_goes),
	    cmocka_unit_test(forgetting_is_for_one_or_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
