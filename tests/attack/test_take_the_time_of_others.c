/*
 * What somebody on this host may try who forges tokens as fast as they are
 * refused, so that others' logins have to wait. How long he is held back is
 * counted, not waited for.
 */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"
#include "wire/hold_back.h"
#include "wire/pause.h"

#define FORGED "another key of the same length.."

/* Of the thread that serves. */
static _Atomic unsigned pauses;
static _Atomic int64_t pause_end_ms; /* of the last one */
static _Atomic int pause_fd;

int
pause_until(int fd, int64_t until_ms)
{
	pauses++;
	pause_end_ms = until_ms;
	pause_fd = fd;
	return 0;
}

static int
set_up(void **state)
{
	pauses = 0;
	return host_setup(state);
}

static void
present(uid_t uid, const char *method, const char *token)
{
	if (streq(method, "Token.Authorize"))
		(void)host_call(uid, method,
		    "{'token': '%s', 'service': 'app', 'clientAuth': 'opens: "
		    "it'}",
		    token);
	else
		(void)host_call(uid, method, "{'token': '%s'}", token);
}

static void
he_forges_tokens_as_fast_as_they_are_refused(void **state)
{
	static const uid_t callers[] = {HOST_ALICE, HOST_BOB, HOST_UNKNOWN};
	static const char *const methods[] = {
	    "Token.Introspect", "Token.Authorize", "Session.Create"};
	unsigned refused = 0;

	(void)state;
	host_configure(TOKEN_CONFIG);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			int64_t began_ms = stream_now_ms();

			present(callers[i], methods[k],
			    token_sign("alice", FORGED));
			assert_int_equal(pauses, ++refused);
			assert_true(pause_end_ms >= began_ms + HOLD_BACK_MS);
			/* His hanging up does not end it. */
			assert_int_equal(pause_fd, -1);
		}
}

static void
he_sends_what_is_no_token_at_all(void **state)
{
	static const char *const nonsense[] = {
	    "", "x", "a.b.c", "abx_nonsense", "eyJhbGciOiJub25lIn0.e30."};

	(void)state;
	host_configure(TOKEN_CONFIG);
	for (unsigned i = 0; i < 5; i++) {
		present(HOST_ALICE, "Token.Introspect", nonsense[i]);
		assert_int_equal(pauses, i + 1);
	}
}

/* A server passes on what strangers present, and good tokens of others. */
static void
he_floods_a_server_so_that_its_good_tokens_wait(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG);
	for (unsigned i = 1; i <= 20; i++) {
		present(
		    HOST_BOB, "Token.Introspect", token_sign("alice", FORGED));
		assert_int_equal(pauses, i);
		present(HOST_BOB, "Token.Introspect",
		    token_sign("alice", TOKEN_KEY));
		assert_int_equal(pauses, i);
	}
}

static void
he_makes_root_wait(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG);
	present(HOST_ROOT, "Token.Introspect", token_sign("alice", FORGED));
	assert_int_equal(pauses, 0);
}

#define ATTACK(name)                                                           \
	cmocka_unit_test_setup_teardown(name, set_up, host_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ATTACK(he_forges_tokens_as_fast_as_they_are_refused),
	    ATTACK(he_sends_what_is_no_token_at_all),
	    ATTACK(he_floods_a_server_so_that_its_good_tokens_wait),
	    ATTACK(he_makes_root_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
