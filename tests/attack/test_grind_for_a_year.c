/*
 * The attacker guesses at the first moment at which a guess is looked at, all
 * year, while the owner logs in as usual. The manual says how many guesses that
 * gives, and with k live codes of a million a chance of 1-(1-k/10^6)^n.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alice.h"

#define DAY	    INT64_C(86400)
#define YEAR	    (365 * DAY)
#define GUESSES_MAX 4096

struct year {
	int64_t guesses_unix_s[GUESSES_MAX];
	size_t count;
	unsigned owner_logins, owner_refused;
};

/* The most guesses in any `window_s` seconds. */
static size_t
densest(const struct year *year, int64_t window_s)
{
	size_t most = 0, from = 0;

	for (size_t i = 0; i < year->count; i++) {
		while (year->guesses_unix_s[from] + window_s <=
		       year->guesses_unix_s[i])
			from++;
		if (i - from + 1 > most)
			most = i - from + 1;
	}
	return most;
}

/* False: it was not looked at. */
static bool
guess(struct alice *alice, struct year *year, const char *address)
{
	alice->attempt.address = address;
	if (alice_types_wrong(alice) != ATTEMPT_WRONG)
		return false;
	assert_true(year->count < GUESSES_MAX);
	year->guesses_unix_s[year->count++] = alice->attempt.now_unix_s;
	return true;
}

/* Every ten minutes as many guesses as are looked at; every eighth hour, from
 * the first minute on, a login of the owner. `stranger` NULL: the attacker
 * guesses from the owner's own address. */
static void
live_a_year(struct year *year, const char *stranger)
{
	static const char own[] = "192.0.2.1";
	AUTO(alice) alice = alice_new();
	int64_t login = ALICE_NOW;

	memset(year, 0, sizeof(*year));
	while (alice->attempt.now_unix_s < ALICE_NOW + YEAR) {
		if (alice->attempt.now_unix_s >= login) {
			enum attempt_result result;

			alice->attempt.address = own;
			result = alice_types_step(alice, 0);
			year->owner_logins++;
			year->owner_refused += result != ATTEMPT_RIGHT;
			login += 8 * 3600;
		}
		while (guess(alice, year, stranger ? stranger : own))
			;
		alice->attempt.now_unix_s += 600;
	}
}

static double
chance(size_t guesses, unsigned codes)
{
	double all_wrong = 1;

	while (guesses-- > 0)
		all_wrong *= 1 - codes / 1e6;
	return 1 - all_wrong;
}

static void
a_guesser_at_a_known_address_gets_what_the_manual_says(void **state)
{
	static struct year year;

	(void)state;
	live_a_year(&year, NULL);
	assert_true(densest(&year, DAY) == 20);
	assert_true(densest(&year, 30 * DAY) == 100);
	assert_in_range(year.count, 1200, 1300);
	/* With one past and one future code; with five past ones. */
	assert_true(chance(year.count, 3) < 0.0040);
	assert_true(chance(year.count, 7) < 0.0092);
}

static void
a_stranger_gets_half_and_the_owner_never_waits(void **state)
{
	static struct year year;

	(void)state;
	live_a_year(&year, "203.0.113.9");
	assert_true(densest(&year, DAY) == 10);
	assert_true(densest(&year, 30 * DAY) == 50);
	assert_in_range(year.count, 600, 650);
	assert_int_equal(year.owner_logins, 3 * 365);
	assert_int_equal(year.owner_refused, 0);
}

static void
many_addresses_are_one_stranger(void **state)
{
	static struct year year;
	AUTO(alice) alice = alice_new();
	char address[32];

	(void)state;
	memset(&year, 0, sizeof(year));
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(
		    address, sizeof(address), "203.0.%u.%u", i / 250, i % 250);
		(void)guess(alice, &year, address);
		alice->attempt.now_unix_s += 3600 / 50;
	}
	assert_in_range(year.count, 6, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_guesser_at_a_known_address_gets_what_the_manual_says),
	    cmocka_unit_test(a_stranger_gets_half_and_the_owner_never_waits),
	    cmocka_unit_test(many_addresses_are_one_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
