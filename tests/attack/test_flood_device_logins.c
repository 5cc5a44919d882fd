/*
 * A stranger who begins device logins without end: to fill the memory, to keep
 * others out, or to make us flood the provider.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "login/device_budget.h"
#include "login/device_flows.h"

#define NOW    INT64_C(1000000)
#define MINUTE 60000
#define STARTS 50000
#define HOME   "at 192.0.2.1"
#define AWAY   "net 198.51.100.0"

/* Random for others: here those who meet in one place are always the same. */
static const unsigned char key[DEVICE_FLOWS_KEY_BYTES] = "fixed";

static const char *
enter(struct device_flows *flows, const char *user, const char *origin,
    bool is_known, int64_t now_ms, uint64_t *ret_ticket)
{
	const struct device_asker asker = {user, origin, is_known};

	return device_flows_enter(flows, &asker, now_ms, ret_ticket);
}

/* By a stranger. */
static bool
begins(struct device_flows *flows, const char *user, const char *origin,
    int64_t now_ms, uint64_t *ret_ticket)
{
	return !enter(flows, user, origin, false, now_ms, ret_ticket);
}

/* By one who is known. */
static bool
owner_begins(struct device_flows *flows, const char *origin, int64_t now_ms,
    uint64_t *ret_ticket)
{
	return !enter(flows, "alice", origin, true, now_ms, ret_ticket);
}

/* Static; two are good at a time. */
static const char *
network(unsigned n)
{
	static char texts[2][32];
	static unsigned next;
	char *text = texts[next++ % 2];

	(void)snprintf(text, sizeof(texts[0]), "net 2001:db8:%x::", n);
	return text;
}

static const char *
name(unsigned n)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "user%u", n);
	return text;
}

/* ---- memory ---- */

static void
starts_without_end_take_no_memory(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	size_t before, taken = 0;
	uint64_t ticket;

	(void)state;
	/* What OpenSSL keeps from its first use is not ours. */
	(void)begins(flows, "alice", AWAY, NOW, &ticket);
	before = mallinfo2().uordblks;
	for (unsigned i = 0; i < STARTS; i++)
		taken += begins(
		    flows, name(i), network(i % 65536), NOW + i, &ticket);
	assert_int_equal(mallinfo2().uordblks, before);
	assert_in_range(
	    taken, 32, STARTS / DEVICE_STRANGER_MS + DEVICE_STRANGER_BURST);
}

static void
those_who_never_leave_are_forgotten(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t first, ticket;

	(void)state;
	assert_true(owner_begins(flows, HOME, NOW, &first));
	assert_true(owner_begins(flows, HOME, NOW, &ticket));
	assert_false(owner_begins(flows, HOME, NOW + MINUTE, &ticket));
	assert_true(
	    owner_begins(flows, HOME, NOW + DEVICE_FLOWS_LIFE_MS, &ticket));
	assert_false(device_flows_has(flows, first));
}

/* ---- the owner ---- */

/* As many as want to, each second, from so many networks; none ever leaves. */
static void
attack_alice(struct device_flows *flows, unsigned networks, int64_t now_ms)
{
	uint64_t ticket;

	for (unsigned i = 0; i < networks; i++)
		(void)begins(flows, "alice", network(i), now_ms, &ticket);
}

static void
strangers_cannot_keep_the_owner_from_starting_a_device_login(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t hers;

	(void)state;
	for (int64_t now_ms = NOW; now_ms < NOW + 15 * MINUTE; now_ms += 1000) {
		attack_alice(flows, 60, now_ms);
		if (now_ms % 30000 != 0)
			continue;
		assert_true(owner_begins(flows, HOME, now_ms, &hers));
		/* Nor can they take the place away. */
		for (int64_t s = 1; s < 30; s++)
			attack_alice(flows, 60, now_ms += 1000);
		assert_true(device_flows_has(flows, hers));
		device_flows_leave(flows, hers);
	}
}

static void
two_dozen_networks_are_needed_to_keep_her_from_it_abroad(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	unsigned tried = 0, begun = 0, kept = 0;

	(void)state;
	for (int64_t now_ms = NOW; now_ms < NOW + 20 * MINUTE; now_ms += 1000) {
		uint64_t hers;

		attack_alice(flows, 20, now_ms);
		if (now_ms % 90000 != 0)
			continue;
		tried++;
		if (!begins(flows, "alice", AWAY, now_ms, &hers))
			continue;
		begun++;
		for (int64_t s = 1; s < 45; s++)
			attack_alice(flows, 20, now_ms += 1000);
		kept += device_flows_has(flows, hers);
		device_flows_leave(flows, hers);
	}
	assert_int_equal(begun, tried);
	assert_int_equal(kept, tried);
}

static void
beginning_again_and_again_leaves_half_of_her_budget(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	unsigned begun = 0;
	uint64_t ticket;

	(void)state;
	for (unsigned i = 0; i < 10 * DEVICE_NAME_BURST; i++)
		if (begins(flows, "alice", network(i % 8), NOW, &ticket)) {
			begun++;
			device_flows_leave(flows, ticket);
		}
	assert_int_equal(begun, DEVICE_NAME_BURST / 2);
	assert_true(begins(flows, "alice", AWAY, NOW, &ticket));
}

static void
guesses_at_names_use_up_the_budget_of_these_names(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t hers, ticket;

	(void)state;
	/* As bots do: few names, from everywhere, and they hang up. */
	for (int64_t now_ms = NOW; now_ms < NOW + 5 * MINUTE; now_ms += 250)
		for (unsigned i = 0; i < 4; i++)
			if (begins(flows, name(i),
				network((unsigned)now_ms + i), now_ms, &ticket))
				device_flows_leave(flows, ticket);
	(void)begins(flows, name(0), network(1), NOW + 5 * MINUTE, &ticket);
	assert_string_equal(
	    enter(flows, name(0), network(1), false, NOW + 5 * MINUTE, &ticket),
	    "device-rate");
	assert_true(begins(flows, "alice", AWAY, NOW + 5 * MINUTE, &hers));
}

static void
a_neighbour_on_the_host_does_not_keep_her_from_sudo(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t hers, ticket;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		(void)begins(flows, "alice", "local mallory", NOW, &ticket);
	assert_true(owner_begins(flows, "local ", NOW, &hers));
	assert_true(owner_begins(flows, "local ", NOW, &ticket));
	for (unsigned i = 0; i < 1000; i++)
		(void)begins(
		    flows, "alice", "local mallory", NOW + i * 1000, &ticket);
	assert_true(device_flows_has(flows, hers));
}

/* ---- the provider ---- */

static void
strangers_begin_no_more_than_two_a_second_at_the_provider(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	const unsigned minutes = 10;
	unsigned begun = 0;
	uint64_t ticket;

	(void)state;
	for (unsigned s = 0; s < 60 * minutes; s++)
		for (unsigned i = 0; i < 20; i++)
			if (begins(flows, name(s * 20 + i), network(s * 20 + i),
				NOW + s * 1000, &ticket)) {
				begun++;
				device_flows_leave(flows, ticket);
			}
	assert_in_range(begun, 60 * minutes,
	    DEVICE_STRANGER_BURST + minutes * MINUTE / DEVICE_STRANGER_MS);
}

static void
one_network_begins_ten_a_minute(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	unsigned begun = 0;
	uint64_t ticket;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		if (begins(flows, name(i), AWAY, NOW, &ticket)) {
			begun++;
			device_flows_leave(flows, ticket);
		}
	assert_int_equal(begun, DEVICE_NETWORK_BURST);
	assert_string_equal(
	    enter(flows, "alice", AWAY, false, NOW, &ticket), "device-rate");
	for (unsigned i = 1; i <= 60; i++)
		if (begins(flows, name(i), AWAY, NOW + i * 1000, &ticket)) {
			begun++;
			device_flows_leave(flows, ticket);
		}
	assert_int_equal(begun, DEVICE_NETWORK_BURST + 10);
}

static void
even_who_is_known_begins_them_within_bounds(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	unsigned begun = 0;
	uint64_t ticket;

	(void)state;
	for (unsigned s = 0; s < 600; s++)
		if (owner_begins(flows, HOME, NOW + s * 1000, &ticket)) {
			begun++;
			device_flows_leave(flows, ticket);
		}
	assert_in_range(begun, 100, DEVICE_OWN_BURST + 100);
}

/* ---- places ---- */

static void
one_network_has_eight_places(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t ticket;
	size_t taken = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		taken += begins(flows, name(i), AWAY, NOW, &ticket);
	assert_int_equal(taken, DEVICE_FLOWS_PER_NETWORK_MAX);
	assert_string_equal(
	    enter(flows, "alice", AWAY, false, NOW, &ticket), "device-busy");
	assert_true(begins(flows, "alice", network(1), NOW, &ticket));
}

static void
who_has_many_places_gives_way_to_who_has_few(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t first, ticket, hers;

	(void)state;
	assert_true(begins(flows, name(0), network(0), NOW, &first));
	for (unsigned i = 1; i < DEVICE_FLOWS_STRANGERS_MAX; i++)
		assert_true(
		    begins(flows, name(i), network(i / 8), NOW, &ticket));
	assert_true(begins(flows, "alice", AWAY, NOW, &hers));
	assert_false(device_flows_has(flows, first));
	/* A stranger fills what strangers may have, and no more. */
	for (unsigned i = 0; i < 1000; i++)
		(void)begins(flows, name(100 + i), network(i % 6), NOW + i * 50,
		    &ticket);
	assert_true(device_flows_has(flows, hers));
	for (unsigned i = 0; i < 16; i++)
		assert_null(enter(flows, name(i), HOME, true, NOW, &ticket));
	assert_true(device_flows_has(flows, hers));
	/* What gave way leaves nobody else's place. */
	device_flows_leave(flows, first);
	assert_true(device_flows_has(flows, hers));
}

static void
from_as_many_networks_as_places_each_has_his_minute(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t first, ticket, hers;

	(void)state;
	assert_true(begins(flows, name(0), network(0), NOW, &first));
	for (unsigned i = 1; i < DEVICE_FLOWS_STRANGERS_MAX; i++)
		assert_true(
		    begins(flows, name(i), network(i), NOW + 1000, &ticket));
	assert_string_equal(
	    enter(flows, "alice", AWAY, false, NOW + 2000, &ticket),
	    "device-busy");
	assert_true(
	    begins(flows, "alice", AWAY, NOW + DEVICE_FLOWS_MINUTE_MS, &hers));
	assert_false(device_flows_has(flows, first));
	assert_true(device_flows_has(flows, hers));
}

static void
who_is_known_takes_a_strangers_place(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t tickets[DEVICE_FLOWS_MAX], ticket;
	size_t left = 0;

	(void)state;
	for (unsigned i = 0; i < DEVICE_FLOWS_MAX; i++) {
		bool is_known = i >= DEVICE_FLOWS_STRANGERS_MAX;

		assert_null(enter(
		    flows, name(i), network(i), is_known, NOW, &tickets[i]));
	}
	for (unsigned i = 0; i < DEVICE_FLOWS_STRANGERS_MAX; i++)
		assert_null(
		    enter(flows, name(100 + i), HOME, true, NOW, &ticket));
	for (unsigned i = 0; i < DEVICE_FLOWS_MAX; i++)
		left += device_flows_has(flows, tickets[i]);
	assert_int_equal(left, DEVICE_FLOWS_MAX - DEVICE_FLOWS_STRANGERS_MAX);
	/* Among themselves nobody gives way. */
	assert_string_equal(
	    enter(flows, "alice", HOME, true, NOW, &ticket), "device-busy");
}

static void
a_user_has_two_at_a_time(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t first, second, third;

	(void)state;
	assert_true(owner_begins(flows, HOME, NOW, &first));
	assert_true(owner_begins(flows, HOME, NOW, &second));
	assert_false(owner_begins(flows, HOME, NOW, &third));
	/* Where she is known too, and has none. */
	assert_true(owner_begins(flows, "local ", NOW, &third));
	assert_false(device_flows_has(flows, first));
	assert_true(device_flows_has(flows, second));
	assert_true(device_flows_has(flows, third));
	assert_false(owner_begins(flows, HOME, NOW, &first));
	device_flows_leave(flows, second);
	assert_true(owner_begins(flows, HOME, NOW, &first));
}

static void
strangers_have_two_of_a_user_from_one_network(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	uint64_t first, ticket;

	(void)state;
	assert_true(begins(flows, "alice", AWAY, NOW, &first));
	assert_true(begins(flows, "alice", AWAY, NOW, &ticket));
	assert_string_equal(
	    enter(flows, "alice", AWAY, false, NOW, &ticket), "device-busy");
	assert_true(begins(flows, "Alice", AWAY, NOW, &ticket));
	device_flows_leave(flows, first);
	assert_true(begins(flows, "alice", AWAY, NOW, &ticket));
}

/* ---- threads ---- */

#define THREADS 16
static void *
come_and_go(void *context)
{
	struct device_flows *flows = context;
	uint64_t ticket;

	for (unsigned i = 0; i < 2000; i++)
		if (owner_begins(
			flows, HOME, NOW + i * DEVICE_OWN_MS, &ticket)) {
			(void)device_flows_has(flows, ticket);
			device_flows_leave(flows, ticket);
		}
	return NULL;
}

static void
threads_share_it(void **state)
{
	AUTO(device_flows) flows = device_flows_new(key);
	const int64_t later = NOW + 2 * DEVICE_FLOWS_LIFE_MS +
			      INT64_C(2000) * THREADS * DEVICE_OWN_MS;
	pthread_t threads[THREADS];
	uint64_t first, second;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, come_and_go, flows), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_true(owner_begins(flows, HOME, later, &first));
	assert_true(owner_begins(flows, HOME, later, &second));
	assert_true(device_flows_has(flows, first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(starts_without_end_take_no_memory),
	    cmocka_unit_test(those_who_never_leave_are_forgotten),
	    cmocka_unit_test(
		strangers_cannot_keep_the_owner_from_starting_a_device_login),
	    cmocka_unit_test(
		two_dozen_networks_are_needed_to_keep_her_from_it_abroad),
	    cmocka_unit_test(
		beginning_again_and_again_leaves_half_of_her_budget),
	    cmocka_unit_test(guesses_at_names_use_up_the_budget_of_these_names),
	    cmocka_unit_test(
		a_neighbour_on_the_host_does_not_keep_her_from_sudo),
	    cmocka_unit_test(
		strangers_begin_no_more_than_two_a_second_at_the_provider),
	    cmocka_unit_test(one_network_begins_ten_a_minute),
	    cmocka_unit_test(even_who_is_known_begins_them_within_bounds),
	    cmocka_unit_test(one_network_has_eight_places),
	    cmocka_unit_test(who_has_many_places_gives_way_to_who_has_few),
	    cmocka_unit_test(
		from_as_many_networks_as_places_each_has_his_minute),
	    cmocka_unit_test(who_is_known_takes_a_strangers_place),
	    cmocka_unit_test(a_user_has_two_at_a_time),
	    cmocka_unit_test(strangers_have_two_of_a_user_from_one_network),
	    cmocka_unit_test(threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
