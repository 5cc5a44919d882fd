/* io.authbox.Import: files of other modules become devices. */
#include "tests/unit/api_host.h"

/* The key of the RFC vectors: "12345678901234567890". */
#define KEY_BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define KEY_HEX	   "3132333435363738393031323334353637383930"

static const char google_file[] =
    "{'user': 'alice', 'text': '" KEY_BASE32 "\\n\\\" RATE_LIMIT 3 30\\n"
    "\\\" WINDOW_SIZE 3\\n\\\" DISALLOW_REUSE\\n\\\" TOTP_AUTH\\n"
    "12345678\\n87654321\\n'}";

/* The app that had the key before. */
static struct app *
old_app(void)
{
	struct app *app = calloc(1, sizeof(*app));

	assert_non_null(app);
	app->key = secret_copy("12345678901234567890", 20);
	return app;
}

static void
a_google_authenticator_file_is_taken_over(void **state)
{
	AUTO(app) app = old_app();

	(void)state;
	assert_call(
	    "", HOST_ROOT, "Import.GoogleAuthenticator", "%s", google_file);
	assert_string_equal(host_text("device"), "imported");
	assert_int_equal(host_number("scratchCodes"), 2);
	assert_audit(1, "imported 1 imported alice");
	assert_string_equal(host->notices[0], "enrolled alice");

	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "enabled")));
	assert_int_equal(host_number("recoveryCodesLeft"), 2);
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Disable", "{'code': '12345678'}");
}

static void
what_is_wrong_with_a_file_is_told_by_line(void **state)
{
	(void)state;
	assert_call("Import.BadText", HOST_ROOT, "Import.GoogleAuthenticator",
	    "{'user': 'alice', 'text': '" KEY_BASE32 "\\n1234567x\\n'}");
	assert_int_equal(host_number("line"), 2);
	assert_non_null(host_text("message"));
	assert_audit(1, "imported 0 import-malformed alice");
	assert_null(host_record("alice", HOST_ALICE));
	assert_call("Import.BadText", HOST_ROOT, "Import.GoogleAuthenticator",
	    "{'user': 'alice', 'text': ''}");
	assert_call("Forbidden", HOST_ROOT, "Import.GoogleAuthenticator",
	    "{'user': 'carol', 'text': '" KEY_BASE32 "\\n'}");
}

static void
an_import_is_not_made_twice(void **state)
{
	(void)state;
	assert_call(
	    "", HOST_ROOT, "Import.GoogleAuthenticator", "%s", google_file);
	assert_call("AlreadyEnabled", HOST_ROOT, "Import.GoogleAuthenticator",
	    "%s", google_file);
	assert_call("AlreadyEnabled", HOST_ROOT, "Import.Oath",
	    "{'line': 'HOTP/T30/6 alice - " KEY_HEX "'}");
}

static void
lines_of_an_oath_file_are_taken_over(void **state)
{
	AUTO(app) app = old_app();

	(void)state;
	assert_call("", HOST_ROOT, "Import.Oath",
	    "{'line': 'HOTP/T30/6 alice 1234 " KEY_HEX "'}");
	assert_string_equal(host_text("user"), "alice");
	assert_non_null(host_text("device"));
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "hadPin")));
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
}

static void
empty_lines_and_comments_are_passed_over(void **state)
{
	static const char *const lines[] = {"", "   ", "# HOTP alice - 00"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_call(
		    "", HOST_ROOT, "Import.Oath", "{'line': '%s'}", lines[i]);
		assert_null(host_text("user"));
		assert_true(
		    cJSON_IsFalse(json_find(host->reply.parameters, "hadPin")));
	}
	assert_int_equal(host->audit_count, 0);
}

static void
a_bad_line_of_an_oath_file_is_refused(void **state)
{
	static const char *const lines[] = {"HOTP", "HOTP alice - xyz",
	    "MD5 alice - " KEY_HEX, "HOTP ../x - " KEY_HEX};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_call("Import.BadText", HOST_ROOT, "Import.Oath",
		    "{'line': '%s'}", lines[i]);
		assert_non_null(host_text("message"));
	}
	assert_call("Forbidden", HOST_ROOT, "Import.Oath",
	    "{'line': 'HOTP carol - " KEY_HEX "'}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_google_authenticator_file_is_taken_over),
	    HOST_TEST(what_is_wrong_with_a_file_is_told_by_line),
	    HOST_TEST(an_import_is_not_made_twice),
	    HOST_TEST(lines_of_an_oath_file_are_taken_over),
	    HOST_TEST(empty_lines_and_comments_are_passed_over),
	    HOST_TEST(a_bad_line_of_an_oath_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
