/* Disable, Recovery, Resync and Reset of io.authbox.TwoFactor. */
#include "tests/unit/api_host.h"

static void
disable_wipes_everything(void **state)
{
	AUTO(app) app = NULL;
	AUTO(user_record) record = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Disable", "{'code': '%s'}",
	    app_code(app, 0));
	assert_audit(3, "disabled 1 disabled alice");
	assert_string_equal(host->notices[1], "disabled alice");
	record = host_record("alice", HOST_ALICE);
	assert_non_null(record);
	assert_int_equal(record->device_count, 0);
	assert_int_equal(record->recovery_count, 0);
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 1));
	assert_audit(4, "disabled 0 not-enrolled alice");
}

static void
where_enrolment_is_required_the_last_device_stays(void **state)
{
	AUTO(app) app = NULL;
	AUTO(app) tablet = NULL;

	(void)state;
	host_configure("{id: app, resourceType: AuthConfig, twoFactor: "
		       "{enrolment: require}}");
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'tablet', 'code': '%s'}", app_code(app, 0));
	tablet = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(tablet, 0));
	host->now_unix_s += 60;

	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_string_equal(host_text("reason"), "enrolment_required");
	assert_call("", HOST_ALICE, "TwoFactor.Disable",
	    "{'device': 'tablet', 'code': '%s'}", app_code(app, 0));
	host->now_unix_s += 60;
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Disable",
	    "{'device': 'default', 'code': '%s'}", app_code(app, 0));
	assert_call("", HOST_ROOT, "TwoFactor.Reset", "{'user': 'alice'}");
}

static void
before_the_grace_ends_nothing_is_required(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	host_configure("{id: app, resourceType: AuthConfig, twoFactor: "
		       "{enrolment: require, graceUntil: '2026-02-01'}}");
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Disable", "{'code': '%s'}",
	    app_code(app, 0));
}

static void
recovery_codes_are_replaced_as_a_whole(void **state)
{
	AUTO(app) app = NULL;
	char old[32], new[32];

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	app = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(app, 0));
	(void)snprintf(old, sizeof(old), "%s", host_recovery_code(0));
	host->now_unix_s += 60;

	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery", "{}");
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
	(void)snprintf(new, sizeof(new), "%s", host_recovery_code(0));
	assert_string_not_equal(old, new);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", old);
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}", new);
	assert_call("", HOST_ROOT, "TwoFactor.Recovery", "{'user': 'alice'}");
	assert_audit(host->audit_count, "recovery 1 recovery-made alice");
	assert_string_equal(host->notices[host->notice_count - 1],
	    "recovery-codes-replaced alice");
	assert_call("NotRequested", HOST_BOB, "TwoFactor.Recovery",
	    "{'code': '123456'}");
}

static void
hotp_is_found_again_by_two_codes(void **state)
{
	AUTO(app) app = NULL;
	char codes[3][OTP_DIGITS_MAX + 1];

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'type': 'hotp'}");
	app = app_scan();
	assert_int_equal(otp_code(app->key, OTP_SHA1, 6, 0, codes[0]), 0);
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}", codes[0]);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(
		    otp_code(app->key, OTP_SHA1, 6, 50 + i, codes[i]), 0);

	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Resync",
	    "{'code1': '%s'}", codes[0]);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Resync",
	    "{'code1': '%s', 'code2': '%s'}", codes[1], codes[0]);
	assert_call("", HOST_ALICE, "TwoFactor.Resync",
	    "{'code1': '%s', 'code2': '%s'}", codes[0], codes[1]);
	assert_audit(host->audit_count, "resynced 1 resynced alice");
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}", codes[2]);
}

static void
resync_of_totp_is_for_root(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Resync",
	    "{'code1': '%s'}", app_code(app, 0));
	assert_string_equal(host_text("reason"), "root_only");
	assert_call(
	    "WrongToken", HOST_ROOT, "TwoFactor.Resync", "{'user': 'alice'}");
	assert_string_equal(host_text("reason"), "wrong_token");
	assert_call("", HOST_ROOT, "TwoFactor.Resync",
	    "{'user': 'alice', 'code1': '%s'}", app_code(app, 0));
}

static void
root_resets_even_users_who_are_gone(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ROOT, "TwoFactor.Reset", "{'user': 'alice'}");
	assert_audit(3, "reset 1 reset alice");
	assert_null(host_record("alice", HOST_ALICE));
	assert_call(
	    "NotRequested", HOST_ROOT, "TwoFactor.Reset", "{'user': 'carol'}");
	assert_call(
	    "Forbidden", HOST_ROOT, "TwoFactor.Reset", "{'user': '../x'}");
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "TwoFactor.Reset", "{}");

	secret_free(TAKE(app->key));
	app_free(TAKE(app));
	app = host_enrol(HOST_ALICE);
	host->nss_error = EIO;
	assert_call("", HOST_ROOT, "TwoFactor.Reset", "{'user': 'alice'}");
	assert_null(host_record("alice", HOST_ALICE));
}

static void
a_name_is_written_as_the_host_writes_it(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ROOT, "TwoFactor.Status", "{'user': 'ALICE'}");
	assert_string_equal(host_text("user"), "alice");
	assert_call("", HOST_ROOT, "TwoFactor.Reset", "{'user': 'ALICE'}");
	assert_null(host_record("alice", HOST_ALICE));
}

static void
codes_are_judged_although_several_configs_fit(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	host_configure("id: app\nresourceType: AuthConfig\n"
		       "twoFactor: {validPastTokensCount: 5}\n---\n"
		       "id: web\nresourceType: AuthConfig\n");
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'config': 'app'}");
	app = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(app, -1));
	host->now_unix_s += 300;
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, -5));
	assert_call("", HOST_ALICE, "TwoFactor.Recovery",
	    "{'config': 'app', 'code': '%s'}", app_code(app, -5));
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Recovery",
	    "{'config': 'x', 'code': '%s'}", app_code(app, 0));
}

static void
a_wait_is_told_with_its_end(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (int i = 0; i < 6; i++)
		assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
		    "{'code': '%s'}", app_wrong_code(app));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_int_equal(host_number("retryAt"), host->now_unix_s + 60);
	assert_audit(host->audit_count, "disabled 3 wait alice");
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_int_equal(host_number("retryAt"), host->now_unix_s + 60);
	host->now_unix_s += 61;
	assert_call("", HOST_ALICE, "TwoFactor.Disable", "{'code': '%s'}",
	    app_code(app, 0));
}

static void
a_clock_that_went_back_judges_nothing(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	host->now_unix_s -= 3600;
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_string_equal(host_text("reason"), "clock_behind");
}

static void
an_inactive_user_changes_nothing(void **state)
{
	(void)state;
	host_configure("{id: alice, resourceType: User, inactive: true}");
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("reason"), "inactive");
	assert_audit(1, "requested 2 inactive alice");
	assert_call("", HOST_ROOT, "TwoFactor.Request", "{'user': 'alice'}");
}

static void
when_nss_fails_nothing_is_decided(void **state)
{
	(void)state;
	host->nss_error = EIO;
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("reason"), "nss_unavailable");
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_call(
	    "Unavailable", HOST_ALICE, "TwoFactor.Status", "{'user': 'alice'}");
	assert_audit(1, "requested 4 nss-unavailable -");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(disable_wipes_everything),
	    HOST_TEST(where_enrolment_is_required_the_last_device_stays),
	    HOST_TEST(before_the_grace_ends_nothing_is_required),
	    HOST_TEST(recovery_codes_are_replaced_as_a_whole),
	    HOST_TEST(hotp_is_found_again_by_two_codes),
	    HOST_TEST(resync_of_totp_is_for_root),
	    HOST_TEST(root_resets_even_users_who_are_gone),
	    HOST_TEST(a_name_is_written_as_the_host_writes_it),
	    HOST_TEST(codes_are_judged_although_several_configs_fit),
	    HOST_TEST(a_wait_is_told_with_its_end),
	    HOST_TEST(a_clock_that_went_back_judges_nothing),
	    HOST_TEST(an_inactive_user_changes_nothing),
	    HOST_TEST(when_nss_fails_nothing_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
