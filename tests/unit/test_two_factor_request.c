/* Request, Confirm and Replace of io.authbox.TwoFactor. */
#include "tests/unit/api_host.h"

static void
a_user_enrols_himself(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("device"), "default");
	assert_null(host_text("transport"));
	assert_int_equal(strncmp(host_text("uri"), "otpauth://totp/", 15), 0);
	assert_non_null(strstr(host_text("uri"), host_text("secret")));
	assert_non_null(strstr(host_text("uri"), ":alice?"));
	app = app_scan();
	assert_int_equal(app->key->size, OTP_KEY_BYTES_NEW);
	assert_audit(1, "requested 1 requested alice");

	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_true(
	    cJSON_IsFalse(json_find(host->reply.parameters, "enabled")));

	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(app, 0));
	assert_string_equal(host_text("device"), "default");
	assert_int_equal(cJSON_GetArraySize(json_find(
			     host->reply.parameters, "recoveryCodes")),
	    10);
	assert_audit(2, "enrolled 1 enrolled alice");
	assert_int_equal(host->notice_count, 1);
	assert_string_equal(host->notices[0], "enrolled alice");

	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "enabled")));
	assert_int_equal(host_number("recoveryCodesLeft"), 10);
	assert_int_equal(host->audit_count, 2);
}

static void
root_enrols_anyone_whom_nss_knows(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("", HOST_ROOT, "TwoFactor.Request", "{'user': 'bob'}");
	app = app_scan();
	assert_call("", HOST_ROOT, "TwoFactor.Confirm",
	    "{'user': 'bob', 'code': '%s'}", app_code(app, 0));
	assert_call("", HOST_BOB, "TwoFactor.Status", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "enabled")));

	assert_call(
	    "Forbidden", HOST_ROOT, "TwoFactor.Request", "{'user': 'carol'}");
	assert_string_equal(host_text("reason"), "unknown_user");
	assert_audit(3, "requested 2 unknown-user -");
}

static void
what_is_asked_for_is_made(void **state)
{
	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'token', 'type': 'hotp', 'algorithm': 'sha256', "
	    "'digits': 8}");
	assert_int_equal(strncmp(host_text("uri"), "otpauth://hotp/", 15), 0);
	assert_non_null(strstr(host_text("uri"), "algorithm=SHA256"));
	assert_non_null(strstr(host_text("uri"), "digits=8"));
	assert_call("", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'slow', 'period': 60, 'digits': null}");
	assert_non_null(strstr(host_text("uri"), "period=60"));
	assert_null(strstr(host_text("uri"), "digits"));
}

static void
the_auth_config_says_what_is_left_out(void **state)
{
	(void)state;
	host_configure("{id: app, resourceType: AuthConfig, twoFactor: "
		       "{issuerName: Demo, digits: 8, algorithm: SHA512}}");
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_non_null(strstr(host_text("uri"), "issuer=Demo"));
	assert_non_null(strstr(host_text("uri"), "digits=8"));
	assert_non_null(strstr(host_text("uri"), "algorithm=SHA512"));

	host_configure("id: app\nresourceType: AuthConfig\n---\n"
		       "id: web\nresourceType: AuthConfig\n");
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("reason"), "config_unknown");
	assert_non_null(strstr(host_text("message"), "web"));
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'config': 'web'}");
	assert_call(
	    "Forbidden", HOST_ALICE, "TwoFactor.Request", "{'config': 'x'}");
}

static void
a_parameter_out_of_range_is_named(void **state)
{
	static const struct {
		const char *parameters, *named;
	} cases[] = {
	    {"{'device': ''}", "device"},
	    {"{'device': '../x'}", "device"},
	    {"{'transport': 'a b'}", "transport"},
	    {"{'type': 'TOTP'}", "type"},
	    {"{'algorithm': 'MD5'}", "algorithm"},
	    {"{'digits': 5}", "digits"},
	    {"{'digits': 9}", "digits"},
	    {"{'digits': 4294967302}", "digits"},
	    {"{'digits': '6'}", "digits"},
	    {"{'digits': 6.5}", "digits"},
	    {"{'period': 45}", "period"},
	    {"{'period': -30}", "period"},
	    {"{'type': 'hotp', 'transport': 'sms'}", "transport"},
	    {"{'user': 7}", "user"},
	    {"{'newDevice': 'x'}", "newDevice"},
	    {"{'secret': 'x'}", "secret"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
		    "TwoFactor.Request", "%s", cases[i].parameters);
		assert_string_equal(host_text("parameter"), cases[i].named);
	}
	assert_int_equal(host->audit_count, 0);
	assert_call("org.varlink.service.InvalidParameter", HOST_ALICE,
	    "TwoFactor.Confirm", "{}");
	assert_string_equal(host_text("parameter"), "code");
}

static void
errors_have_the_names_of_the_followed_server(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'code': '123456'}");
	assert_string_equal(host_text("reason"), "not_requested");
	assert_audit(1, "enrolled 0 not-requested alice");

	app = host_enrol(HOST_ALICE);
	assert_call("AlreadyEnabled", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("reason"), "already_enabled");
	assert_call("AlreadyEnabled", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'default', 'code': '%s'}", app_code(app, 0));

	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_wrong_code(app));
	assert_string_equal(host_text("reason"), "wrong_token");
	assert_non_null(host_text("message"));
	assert_audit(6, "disabled 0 wrong-code alice");
}

static void
a_request_is_void_after_a_quarter_of_an_hour(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	app = app_scan();
	host->now_unix_s += ENROLMENT_PENDING_S + 1;
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'code': '%s'}", app_code(app, 0));
}

static void
which_of_two_requests_must_be_said(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'device': 'one'}");
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'device': 'two'}");
	app = app_scan();
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'code': '%s'}", app_code(app, 0));
	assert_non_null(strstr(host_text("message"), "--device"));
	assert_call("", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'two', 'code': '%s'}", app_code(app, 0));
}

static void
a_further_device_needs_a_code_or_root(void **state)
{
	AUTO(app) app = NULL;
	AUTO(app) tablet = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'tablet'}");
	assert_non_null(strstr(host_text("message"), "second factor already"));
	assert_audit(3, "requested 0 code-missing alice");
	assert_call("", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'tablet', 'code': '%s'}", app_code(app, 0));
	tablet = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(tablet, 0));
	/* Recovery codes come with the first device. */
	assert_null(json_find(host->reply.parameters, "recoveryCodes"));

	assert_call("", HOST_ROOT, "TwoFactor.Request",
	    "{'user': 'alice', 'device': 'desk'}");
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "devices")),
	    3);
}

static void
there_are_so_many_devices_and_no_more(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (int i = 1; i < RECORD_DEVICES_MAX; i++)
		assert_call("", HOST_ROOT, "TwoFactor.Request",
		    "{'user': 'alice', 'device': 'd%d'}", i);
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'more', 'code': '%s'}", app_code(app, 0));
	assert_string_equal(host_text("reason"), "devices_full");
	/* The code was looked at, and is used up. */
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, 0));
	assert_audit(host->audit_count, "recovery 0 used-code alice");
}

static void
a_replaced_device_stays_good_until_the_new_one_works(void **state)
{
	AUTO(app) old = NULL;
	AUTO(app) new = NULL;

	(void)state;
	old = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Replace", "{'code': '%s'}",
	    app_code(old, 0));
	assert_string_equal(host_text("device"), "default");
	new = app_scan();
	host->now_unix_s += 30;
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(old, 0));

	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(new, 0));
	assert_audit(host->audit_count, "enrolled 1 replaced alice");
	host->now_unix_s += 60;
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(old, 0));
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(new, 0));
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "devices")),
	    1);
}

static void
a_recovery_code_replaces_a_lost_phone(void **state)
{
	AUTO(app) old = NULL;
	AUTO(app) new = NULL;
	char code[32];

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	old = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(old, 0));
	(void)snprintf(code, sizeof(code), "%s", host_recovery_code(3));

	host->now_unix_s += 90;
	assert_call("", HOST_ALICE, "TwoFactor.Replace",
	    "{'code': '%s', 'newDevice': 'phone2'}", code);
	assert_string_equal(host_text("device"), "phone2");
	new = app_scan();
	assert_string_equal(
	    host->notices[host->notice_count - 1], "recovery-code-used alice");
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(new, 0));
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_int_equal(host_number("recoveryCodesLeft"), 9);
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "devices")),
	    1);
}

static const char webhook[] =
    "{id: app, resourceType: AuthConfig, twoFactor: {webhook: "
    "{endpoint: 'http://127.0.0.1:1/'}}}";

static void
with_a_transport_the_code_is_delivered(void **state)
{
	(void)state;
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Request",
	    "{'transport': 'sms'}");
	assert_string_equal(host_text("reason"), "no_webhook");

	host_configure(webhook);
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Request", "{'transport': 'sms'}");
	assert_string_equal(host_text("transport"), "sms");
	assert_int_equal(host->sent_count, 1);
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    host->sent[0]);
}

static void
codes_are_sent_within_a_budget(void **state)
{
	(void)state;
	host_configure(webhook);
	for (int i = 0; i < 5; i++)
		assert_call("", HOST_ALICE, "TwoFactor.Request",
		    "{'transport': 'sms'}");
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Request",
	    "{'transport': 'sms'}");
	assert_string_equal(host_text("reason"), "sends_used");
	assert_int_equal(host->sent_count, 5);
	assert_call("", HOST_BOB, "TwoFactor.Request", "{'transport': 'sms'}");

	host->send_error = -EBUSY;
	assert_call("Unavailable", HOST_BOB, "TwoFactor.Request",
	    "{'transport': 'sms'}");
	assert_audit(host->audit_count, "requested 4 overloaded bob");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_user_enrols_himself),
	    HOST_TEST(root_enrols_anyone_whom_nss_knows),
	    HOST_TEST(what_is_asked_for_is_made),
	    HOST_TEST(the_auth_config_says_what_is_left_out),
	    HOST_TEST(a_parameter_out_of_range_is_named),
	    HOST_TEST(errors_have_the_names_of_the_followed_server),
	    HOST_TEST(a_request_is_void_after_a_quarter_of_an_hour),
	    HOST_TEST(which_of_two_requests_must_be_said),
	    HOST_TEST(a_further_device_needs_a_code_or_root),
	    HOST_TEST(there_are_so_many_devices_and_no_more),
	    HOST_TEST(a_replaced_device_stays_good_until_the_new_one_works),
	    HOST_TEST(a_recovery_code_replaces_a_lost_phone),
	    HOST_TEST(with_a_transport_the_code_is_delivered),
	    HOST_TEST(codes_are_sent_within_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
