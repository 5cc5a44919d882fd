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

#include "login/device_flows.h"

#define NOW INT64_C(1000000)

static bool
enter(struct device_flows *flows, const char *user, const char *address,
    int64_t now_ms, uint64_t *ret_ticket)
{
	return device_flows_enter(flows, user, address, now_ms, ret_ticket);
}

static void
a_million_starts_take_no_memory(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	size_t before = mallinfo2().uordblks, taken = 0;
	char user[32], address[32];
	uint64_t ticket;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		(void)snprintf(user, sizeof(user), "user%u", i);
		(void)snprintf(address, sizeof(address), "2001:db8::%x:%x",
		    i >> 16, i & 0xffff);
		taken += enter(flows, user, address, NOW, &ticket);
	}
	assert_int_equal(taken, DEVICE_FLOWS_MAX);
	assert_int_equal(mallinfo2().uordblks, before);
	/* They are forgotten, whatever became of them. */
	assert_false(enter(flows, "alice", "", NOW, &ticket));
	assert_true(
	    enter(flows, "alice", "", NOW + DEVICE_FLOWS_LIFE_MS, &ticket));
}

static void
one_address_fills_a_quarter(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	uint64_t ticket;
	char user[32];
	size_t taken = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(user, sizeof(user), "user%u", i);
		taken += enter(flows, user, "192.0.2.66", NOW, &ticket);
	}
	assert_int_equal(taken, DEVICE_FLOWS_PER_ADDRESS_MAX);
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &ticket));
	assert_true(enter(flows, "alice", "", NOW, &ticket));
}

static void
one_address_does_not_keep_a_user_out(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	uint64_t first, second, hers, again;

	(void)state;
	assert_true(enter(flows, "alice", "192.0.2.66", NOW, &first));
	assert_true(enter(flows, "alice", "192.0.2.66", NOW, &second));
	assert_false(enter(flows, "alice", "192.0.2.66", NOW, &again));
	/* The older one gives way to hers, and nothing gives way to more of
	 * his. */
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &hers));
	assert_false(device_flows_has(flows, first));
	assert_true(device_flows_has(flows, second));
	for (unsigned i = 0; i < 100; i++)
		assert_false(enter(flows, "alice", "192.0.2.66", NOW, &again));
	assert_true(device_flows_has(flows, hers));

	/* What gave way leaves nobody else's place. */
	device_flows_leave(flows, first);
	assert_true(device_flows_has(flows, hers));
	assert_true(device_flows_has(flows, second));
}

static void
a_user_has_two_at_a_time(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	uint64_t first, second, third;

	(void)state;
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &first));
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &second));
	assert_false(enter(flows, "alice", "192.0.2.1", NOW, &third));
	assert_true(enter(flows, "Alice", "192.0.2.1", NOW, &third));
	device_flows_leave(flows, first);
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &third));
}

static void
names_and_addresses_that_do_not_fit_have_no_place(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	uint64_t ticket;
	char text[400];

	(void)state;
	(void)memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(enter(flows, text, "", NOW, &ticket));
	assert_false(enter(flows, "alice", text, NOW, &ticket));
}

#define THREADS 16
static void *
come_and_go(void *context)
{
	struct device_flows *flows = context;
	uint64_t ticket;

	for (unsigned i = 0; i < 2000; i++)
		if (enter(flows, "alice", "192.0.2.1", NOW, &ticket)) {
			assert_true(device_flows_has(flows, ticket));
			device_flows_leave(flows, ticket);
		}
	return NULL;
}

static void
threads_share_it(void **state)
{
	AUTO(device_flows) flows = device_flows_new();
	pthread_t threads[THREADS];
	uint64_t first, second;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, come_and_go, flows), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &first));
	assert_true(enter(flows, "alice", "192.0.2.1", NOW, &second));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_million_starts_take_no_memory),
	    cmocka_unit_test(one_address_fills_a_quarter),
	    cmocka_unit_test(one_address_does_not_keep_a_user_out),
	    cmocka_unit_test(a_user_has_two_at_a_time),
	    cmocka_unit_test(names_and_addresses_that_do_not_fit_have_no_place),
	    cmocka_unit_test(threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
