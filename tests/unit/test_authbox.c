/* libauthbox against a scripted daemon: results, refusals, and what ends a
 * connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "authbox/client.h"
#include "fake_daemon.h"

#define TIMEOUT_MS 5000

static const struct fake_daemon_step steps[] = {
    {"{\"method\":\"a.B\"}", {"{\"parameters\":{\"c\":1}}"}},
    {"{\"method\":\"a.B\",\"parameters\":{\"d\":\"e\"}}",
	{"{\"error\":\"a.Sad\",\"parameters\":{\"reason\":\"rain\"}}"}},
    {"{\"method\":\"a.B\"}", {"{}"}},
    {"{\"method\":\"a.C\",\"more\":true}",
	{"{\"continues\":true,\"parameters\":{\"n\":1}}",
	    "{\"parameters\":{\"n\":2}}"}},
    {"{\"method\":\"a.B\"}", {"{\"continues\":true}"}},
    {0},
};

static void
a_call_is_done_refused_or_continues(void **state)
{
	struct fake_daemon fake;
	struct authbox *authbox;
	const char *reply;

	(void)state;
	assert_int_equal(fake_daemon_init(&fake, steps), 0);
	assert_int_equal(authbox_connect(fake.path, &authbox), 0);

	assert_int_equal(authbox_call(authbox, "a.B", NULL, TIMEOUT_MS, &reply),
	    AUTHBOX_DONE);
	assert_string_equal(reply, "{\"c\":1}");
	assert_null(authbox_error(authbox));

	assert_int_equal(authbox_call(authbox, "a.B", " {\"d\" : \"e\"}",
			     TIMEOUT_MS, &reply),
	    AUTHBOX_REFUSED);
	assert_string_equal(reply, "{\"reason\":\"rain\"}");
	assert_string_equal(authbox_error(authbox), "a.Sad");

	assert_int_equal(authbox_call(authbox, "a.B", NULL, TIMEOUT_MS, &reply),
	    AUTHBOX_DONE);
	assert_string_equal(reply, "{}");
	assert_null(authbox_error(authbox));

	assert_int_equal(
	    authbox_call_more(authbox, "a.C", NULL, TIMEOUT_MS, &reply),
	    AUTHBOX_CONTINUES);
	assert_string_equal(reply, "{\"n\":1}");
	assert_int_equal(
	    authbox_next(authbox, TIMEOUT_MS, &reply), AUTHBOX_DONE);
	assert_string_equal(reply, "{\"n\":2}");

	/* Nobody asked for several replies. */
	assert_int_equal(
	    authbox_call(authbox, "a.B", NULL, TIMEOUT_MS, &reply), -EBADMSG);
	authbox_close(authbox);
	assert_null(fake_daemon_done(&fake));
}

static void
parameters_must_be_a_strict_object(void **state)
{
	static const char *const cases[] = {"", "[]", "1", "{", "{}{}",
	    "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "\xff"};
	static const struct fake_daemon_step none[] = {{0}};
	struct fake_daemon fake;
	struct authbox *authbox;
	const char *reply;

	(void)state;
	assert_int_equal(fake_daemon_init(&fake, none), 0);
	assert_int_equal(authbox_connect(fake.path, &authbox), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    authbox_call(authbox, "a.B", cases[i], TIMEOUT_MS, &reply),
		    -EINVAL);
	authbox_close(authbox);
	assert_null(fake_daemon_done(&fake));
}

static void
an_absent_daemon_is_told_from_a_bad_path(void **state)
{
	static const struct fake_daemon_step none[] = {{0}};
	char path[200], gone[96];
	struct fake_daemon fake;
	struct authbox *authbox;

	(void)state;
	assert_int_equal(
	    authbox_connect("/nowhere/api.sock", &authbox), -ENOENT);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(authbox_connect(path, &authbox), -ENAMETOOLONG);

	assert_int_equal(fake_daemon_init(&fake, none), 0);
	(void)snprintf(gone, sizeof(gone), "%s", fake.path);
	assert_int_equal(setenv("AUTHBOX_SOCKET", gone, 1), 0);
	assert_int_equal(authbox_connect(NULL, &authbox), 0);
	authbox_close(authbox);
	assert_null(fake_daemon_done(&fake));
	assert_int_equal(authbox_connect(NULL, &authbox), -ENOENT);
	assert_int_equal(unsetenv("AUTHBOX_SOCKET"), 0);
	authbox_close(NULL);
}

static void
a_daemon_that_hangs_up_or_is_silent_is_an_error(void **state)
{
	static const struct fake_daemon_step hangs_up[] = {
	    {"{\"method\":\"a.B\"}", {NULL}}, {0}};
	struct fake_daemon fake;
	struct authbox *authbox;
	const char *reply;

	(void)state;
	assert_int_equal(fake_daemon_init(&fake, hangs_up), 0);
	assert_int_equal(authbox_connect(fake.path, &authbox), 0);
	assert_int_equal(authbox_call(authbox, "a.B", NULL, TIMEOUT_MS, &reply),
	    -ECONNRESET);
	authbox_close(authbox);

	/* Nobody replies to what was not asked. */
	assert_int_equal(authbox_connect(fake.path, &authbox), 0);
	assert_int_equal(authbox_next(authbox, 1, &reply), -ETIMEDOUT);
	authbox_close(authbox);
	assert_null(fake_daemon_done(&fake));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_is_done_refused_or_continues),
	    cmocka_unit_test(parameters_must_be_a_strict_object),
	    cmocka_unit_test(an_absent_daemon_is_told_from_a_bad_path),
	    cmocka_unit_test(a_daemon_that_hangs_up_or_is_silent_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
