#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/peers.h"

static const struct peers_limits limits = {
    .total = 8, .per_uid = 2, .all_non_root = 4};

static int
enter(struct peers *peers, uint64_t id, unsigned max)
{
	return peers_enter(peers, &(struct peers_account){id, max});
}

static void
leave(struct peers *peers, uint64_t id)
{
	peers_leave(peers, &(struct peers_account){.id = id});
}

static void
one_uid_gets_its_share_and_no_more(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	assert_int_equal(enter(peers, 1000, 0), 0);
	assert_int_equal(enter(peers, 1000, 0), 0);
	assert_int_equal(enter(peers, 1000, 0), -EUSERS);
	assert_int_equal(enter(peers, 1001, 0), 0);
	leave(peers, 1000);
	assert_int_equal(enter(peers, 1000, 0), 0);
}

static void
all_users_together_leave_places_for_root(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (uid_t uid = 1000; uid < 1004; uid++)
		assert_int_equal(enter(peers, uid, 0), 0);
	assert_int_equal(enter(peers, 1004, 0), -EUSERS);
	for (int i = 0; i < 4; i++)
		assert_int_equal(enter(peers, 0, 0), 0);
	assert_int_equal(enter(peers, 0, 0), -EUSERS);
}

static void
a_share_of_ones_own_counts_instead_of_the_general_one(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(enter(peers, 1000, 3), 0);
	assert_int_equal(enter(peers, 1000, 3), -EUSERS);
}

static void
those_who_share_an_account_are_counted_together(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	/* Whichever of its uids connects. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(enter(peers, PEERS_SHARED | 7, 3), 0);
	assert_int_equal(enter(peers, PEERS_SHARED | 7, 3), -EUSERS);
	assert_int_equal(enter(peers, 7, 0), 0);
	leave(peers, PEERS_SHARED | 7);
	assert_int_equal(enter(peers, PEERS_SHARED | 7, 3), 0);
}

static void
a_refused_uid_leaves_nothing_behind(void **state)
{
	AUTO(peers) peers = peers_new(&limits);

	(void)state;
	for (uid_t uid = 1000; uid < 1004; uid++)
		assert_int_equal(enter(peers, uid, 0), 0);
	for (uid_t uid = 2000; uid < 3000; uid++)
		assert_int_equal(enter(peers, uid, 0), -EUSERS);
	for (uid_t uid = 1000; uid < 1004; uid++)
		leave(peers, uid);
	for (uid_t uid = 2000; uid < 2004; uid++)
		assert_int_equal(enter(peers, uid, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_uid_gets_its_share_and_no_more),
	    cmocka_unit_test(all_users_together_leave_places_for_root),
	    cmocka_unit_test(
		a_share_of_ones_own_counts_instead_of_the_general_one),
	    cmocka_unit_test(those_who_share_an_account_are_counted_together),
	    cmocka_unit_test(a_refused_uid_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
