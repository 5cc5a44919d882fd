/* The attacker cannot guess the code, but can type wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/recovery.h"
#include "tests/unit/alice.h"

#define HOME	 "192.0.2.1"
#define STRANGER "203.0.113.9"

/* Ten days of wrong codes, as many as are looked at, from this address. */
static void
flood(struct alice *alice, const char *address, bool is_trusted)
{
	alice->attempt.address = address;
	alice->attempt.address_is_trusted = is_trusted;
	for (int hour = 0; hour < 10 * 24; hour++) {
		for (int i = 0; i < 25; i++)
			(void)alice_types_wrong(alice);
		alice->attempt.now_unix_s += 3600;
	}
}

static enum attempt_result
owner_logs_in(struct alice *alice, const char *address)
{
	alice->attempt.address = address;
	alice->attempt.address_is_trusted = true;
	return alice_types_step(alice, 0);
}

static void
from_an_address_that_is_not_known(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(owner_logs_in(alice, HOME), ATTEMPT_RIGHT);
	flood(alice, STRANGER, true);
	assert_int_equal(alice_types_step(alice, 0), ATTEMPT_WAIT);
	assert_int_equal(owner_logs_in(alice, HOME), ATTEMPT_RIGHT);
	alice->attempt.now_unix_s += 30;
	assert_int_equal(owner_logs_in(alice, NULL), ATTEMPT_RIGHT);
}

/* A program that is not root's says whatever address it likes. */
static void
by_claiming_to_be_at_home(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(owner_logs_in(alice, HOME), ATTEMPT_RIGHT);
	flood(alice, HOME, false);
	flood(alice, NULL, false);
	assert_int_equal(owner_logs_in(alice, HOME), ATTEMPT_RIGHT);
}

static void
while_the_owner_travels_with_a_recovery_code(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	flood(alice, STRANGER, true);
	assert_int_equal(owner_logs_in(alice, "198.51.100.3"), ATTEMPT_WAIT);
	assert_int_equal(
	    attempt_retry_unix_s(alice->record, &alice->attempt), 0);
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
	/* From now on that address is known, and has the other half. */
	alice->attempt.now_unix_s += 60;
	assert_int_equal(owner_logs_in(alice, "198.51.100.3"), ATTEMPT_RIGHT);
}

static void
of_the_recovery_codes(void **state)
{
	AUTO(alice) alice = alice_new();
	AUTO(secret) codes = NULL;

	(void)state;
	assert_int_equal(
	    recovery_make(alice->record, alice->recovery_key, &codes), 0);
	alice->attempt.address_is_trusted = false;
	for (int i = 0; i < 100; i++)
		(void)alice_types(alice, "AAAA-AAAA-AAAA-AAAA");
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_WAIT);
	alice->attempt.address_is_trusted = true;
	assert_int_equal(alice_types(alice, codes->bytes), ATTEMPT_RECOVERY);
}

static void
by_filling_the_list_of_addresses(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	assert_int_equal(owner_logs_in(alice, HOME), ATTEMPT_RIGHT);
	for (int i = 0; i < 100; i++) {
		char address[32];

		(void)snprintf(address, sizeof(address), "203.0.113.%d", i);
		alice->attempt.address = address;
		(void)alice_types_wrong(alice);
	}
	assert_int_equal(alice->record->address_count, 1);
}

static void
by_a_clock_that_was_once_ahead(void **state)
{
	AUTO(alice) alice = alice_new();

	(void)state;
	alice->attempt.now_unix_s += INT64_C(20) * 365 * 86400;
	for (int i = 0; i < 5; i++)
		(void)alice_types(alice, "AAAA-AAAA-AAAA-AAAA");
	flood(alice, NULL, true);

	/* Root has set it right and accepted it. */
	alice->attempt.now_unix_s = ALICE_NOW;
	assert_int_equal(
	    attempt_retry_unix_s(alice->record, &alice->attempt), 0);
	assert_int_equal(owner_logs_in(alice, NULL), ATTEMPT_WAIT);
	assert_true(alice->attempt.record_changed);
	assert_true(alice->attempt.retry_unix_s <= ALICE_NOW + 30 * 86400);
	alice->attempt.now_unix_s += 30 * 86400;
	assert_int_equal(owner_logs_in(alice, NULL), ATTEMPT_RIGHT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(from_an_address_that_is_not_known),
	    cmocka_unit_test(by_claiming_to_be_at_home),
	    cmocka_unit_test(while_the_owner_travels_with_a_recovery_code),
	    cmocka_unit_test(of_the_recovery_codes),
	    cmocka_unit_test(by_filling_the_list_of_addresses),
	    cmocka_unit_test(by_a_clock_that_was_once_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
