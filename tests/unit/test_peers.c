#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/peers.h"

static const struct peers_limits limits = {
    .total = 8, .per_uid = 2, .all_non_root = 4};

static void
one_uid_gets_its_share_and_no_more(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	assert_int_equal(peers_enter(peers, 1000, 0), 0);
	assert_int_equal(peers_enter(peers, 1000, 0), 0);
	assert_int_equal(peers_enter(peers, 1000, 0), -EUSERS);
	assert_int_equal(peers_enter(peers, 1001, 0), 0);
	peers_leave(peers, 1000);
	assert_int_equal(peers_enter(peers, 1000, 0), 0);
}

static void
all_users_together_leave_places_for_root(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (uid_t uid = 1000; uid < 1004; uid++)
		assert_int_equal(peers_enter(peers, uid, 0), 0);
	assert_int_equal(peers_enter(peers, 1004, 0), -EUSERS);
	for (int i = 0; i < 4; i++)
		assert_int_equal(peers_enter(peers, 0, 0), 0);
	assert_int_equal(peers_enter(peers, 0, 0), -EUSERS);
}

static void
a_share_of_ones_own_counts_instead_of_the_general_one(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(peers_enter(peers, 1000, 3), 0);
	assert_int_equal(peers_enter(peers, 1000, 3), -EUSERS);
}

static void
a_refused_uid_leaves_nothing_behind(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (uid_t uid = 1000; uid < 1004; uid++)
		assert_int_equal(peers_enter(peers, uid, 0), 0);
	for (uid_t uid = 2000; uid < 3000; uid++)
		assert_int_equal(peers_enter(peers, uid, 0), -EUSERS);
	for (uid_t uid = 1000; uid < 1004; uid++)
		peers_leave(peers, uid);
	for (uid_t uid = 2000; uid < 2004; uid++)
		assert_int_equal(peers_enter(peers, uid, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_uid_gets_its_share_and_no_more),
	    cmocka_unit_test(all_users_together_leave_places_for_root),
	    cmocka_unit_test(
		a_share_of_ones_own_counts_instead_of_the_general_one),
	    cmocka_unit_test(a_refused_uid_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
