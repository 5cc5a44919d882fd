/*
 * What somebody on this host may try at api.sock: as another user, or at a
 * session that its owner left open. Each test is named after the attempt.
 */
#include "tests/unit/api_host.h"

#define CALLERS 16

static uint64_t
failures_of(const char *name, uid_t uid)
{
	AUTO(user_record) record = host_record(name, uid);

	return record ? record->throttle.failure_count : 0;
}

static size_t
devices_of(const char *name, uid_t uid)
{
	AUTO(user_record) record = host_record(name, uid);

	return record ? record->device_count : 0;
}

static void
a_local_user_enrols_another(void **state)
{
	static const char *const spellings[] = {
	    "alice", "Alice", "ALICE", "alice ", "root", "1000", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		assert_call("Forbidden", HOST_BOB, "TwoFactor.Request",
		    "{'user': '%s'}", spellings[i]);
	assert_int_equal(devices_of("alice", HOST_ALICE), 0);
	assert_int_equal(devices_of("root", HOST_ROOT), 0);
	assert_int_equal(devices_of("bob", HOST_BOB), 0);
}

static void
a_local_user_asks_who_is_enrolled(void **state)
{
	AUTO(app) app = NULL;
	char enrolled[256], unknown[256];

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call(
	    "Forbidden", HOST_BOB, "TwoFactor.Status", "{'user': 'alice'}");
	(void)snprintf(enrolled, sizeof(enrolled), "%s", host_text("message"));
	assert_call(
	    "Forbidden", HOST_BOB, "TwoFactor.Status", "{'user': 'carol'}");
	(void)snprintf(unknown, sizeof(unknown), "%s", host_text("message"));
	assert_string_equal(enrolled, unknown);
}

static void
a_local_user_burns_the_tries_of_another(void **state)
{
	static const char *const verbs[] = {
	    "Confirm", "Disable", "Replace", "Recovery", "Request"};
	AUTO(app) app = NULL;
	char method[32];

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		(void)snprintf(
		    method, sizeof(method), "TwoFactor.%s", verbs[i]);
		for (int n = 0; n < 8; n++)
			assert_call("Forbidden", HOST_BOB, method,
			    "{'user': 'alice', 'code': '%s'}",
			    app_wrong_code(app));
	}
	assert_int_equal(failures_of("alice", HOST_ALICE), 0);
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
}

static void
somebody_of_another_namespace_calls(void **state)
{
	(void)state;
	assert_call("Forbidden", HOST_NOBODY, "TwoFactor.Request", "{}");
	assert_call("Forbidden", HOST_NOBODY, "TwoFactor.Request",
	    "{'user': 'nobody'}");
	assert_call("Forbidden", (uid_t)-1, "TwoFactor.Request", "{}");
	assert_int_equal(devices_of("nobody", HOST_NOBODY), 0);
}

static void
a_stolen_session_adds_a_device(void **state)
{
	static const char *const tries[] = {
	    "{'device': 'mine'}",
	    "{'device': 'mine', 'user': 'alice'}",
	    "{'device': 'mine', 'code': ''}",
	    "{'device': 'mine', 'code': '000000x'}",
	    "{'device': 'mine', 'type': 'hotp'}",
	};
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		assert_call("WrongToken", HOST_ALICE, "TwoFactor.Request", "%s",
		    tries[i]);
	assert_int_equal(devices_of("alice", HOST_ALICE), 1);
}

static void
a_stolen_session_requests_before_its_owner_enrols(void **state)
{
	AUTO(app) thief = NULL;
	AUTO(app) owner = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'device': 'mine'}");
	thief = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	owner = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'default', 'code': '%s'}", app_code(owner, 0));

	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'mine', 'code': '%s'}", app_code(thief, 0));
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'code': '%s'}", app_code(thief, 0));
	assert_int_equal(devices_of("alice", HOST_ALICE), 1);
}

static void
a_stolen_session_requests_before_root_imports(void **state)
{
	AUTO(app) thief = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'device': 'mine'}");
	thief = app_scan();
	assert_call("", HOST_ROOT, "Import.Oath",
	    "{'line': 'HOTP/T30/6 alice - "
	    "3132333435363738393031323334353637383930'}");
	assert_call("NotRequested", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'mine', 'code': '%s'}", app_code(thief, 0));
}

static void
a_stolen_session_takes_the_second_factor_away(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("org.varlink.service.InvalidParameter", HOST_ALICE,
	    "TwoFactor.Disable", "{}");
	assert_call(
	    "WrongToken", HOST_ALICE, "TwoFactor.Disable", "{'code': ''}");
	assert_call(
	    "Forbidden", HOST_ALICE, "TwoFactor.Reset", "{'user': 'alice'}");
	assert_call("org.varlink.service.InvalidParameter", HOST_ALICE,
	    "TwoFactor.Replace", "{}");
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Replace",
	    "{'code': '%s'}", app_wrong_code(app));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery", "{}");
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "enabled")));
	assert_int_equal(host_number("recoveryCodesLeft"), 10);
}

static void
a_stolen_session_reads_the_secret(void **state)
{
	AUTO(secret) text = NULL;
	AUTO(app) app = NULL;
	char secret[64];

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	(void)snprintf(secret, sizeof(secret), "%s", host_text("secret"));
	app = app_scan();
	/* A second request does not show the first one's. */
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'device': 'b'}");
	assert_string_not_equal(host_text("secret"), secret);
	assert_call("", HOST_ALICE, "TwoFactor.Confirm",
	    "{'device': 'default', 'code': '%s'}", app_code(app, 0));
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	text = json_print(host->reply.parameters);
	assert_non_null(text);
	assert_null(strstr(text->bytes, secret));
	assert_null(strstr(text->bytes, "secret"));
}

static void
a_confirming_code_is_replayed(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	app = app_scan();
	assert_call("", HOST_ALICE, "TwoFactor.Confirm", "{'code': '%s'}",
	    app_code(app, 0));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, 0));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, -1));
}

static void
a_code_for_one_change_is_used_for_another(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Replace", "{'code': '%s'}",
	    app_code(app, 0));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Request",
	    "{'device': 'mine', 'code': '%s'}", app_code(app, 0));
}

static void
a_recovery_code_of_another_user_is_tried(void **state)
{
	AUTO(app) alice = NULL;
	AUTO(app) bob = NULL;
	char code[32];

	(void)state;
	alice = host_enrol(HOST_ALICE);
	bob = host_enrol(HOST_BOB);
	assert_call("", HOST_BOB, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(bob, 0));
	(void)snprintf(code, sizeof(code), "%s", host_recovery_code(0));
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", code);
	assert_call("", HOST_BOB, "TwoFactor.Disable", "{'code': '%s'}", code);
}

static void
a_recovery_code_is_used_twice(void **state)
{
	AUTO(app) app = NULL;
	char code[32];

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
	(void)snprintf(code, sizeof(code), "%s", host_recovery_code(0));
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Replace", "{'code': '%s'}", code);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", code);
}

static void
a_name_comes_back_with_another_uid(void **state)
{
	static const uid_t newcomer = 2000;
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	host->alice_uid = newcomer;
	nss_free(host->daemon.nss); /* its cache */
	host->daemon.nss = nss_new();

	/* The newcomer inherits nothing … */
	assert_call("", newcomer, "TwoFactor.Status", "{}");
	assert_true(
	    cJSON_IsFalse(json_find(host->reply.parameters, "enabled")));
	assert_int_equal(host_number("recoveryCodesLeft"), 0);
	assert_call("NotRequested", newcomer, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	/* … and who left has no name any more. */
	assert_call("Forbidden", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_call("", newcomer, "TwoFactor.Request", "{}");
}

static void
a_name_belongs_to_two_uids(void **state)
{
	AUTO(user_record) record = NULL;

	(void)state;
	host->alice_uid_by_name = 3000;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{'user': 'alice'}");
	/* Bound to who asked, which the kernel knows, not to the name. */
	record = host_record("alice", HOST_ALICE);
	assert_non_null(record);
}

static void
codes_are_guessed_until_one_fits(void **state)
{
	AUTO(app) app = NULL;
	int looked_at = 0;

	(void)state;
	app = host_enrol(HOST_ALICE);
	/* One guess each minute for most of a day. */
	for (int i = 0; i < 23 * 60; i++) {
		assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
		    "{'code': '%s'}", app_wrong_code(app));
		looked_at += strstr(host->audits[host->audit_count - 1],
				 "wrong-code") != NULL;
		host->now_unix_s += 60;
		host->audit_count = 0;
	}
	assert_int_equal(looked_at, 10);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_audit(1, "disabled 3 budget-day alice");
}

static void
a_stolen_session_uses_up_the_owners_tries(void **state)
{
	struct attempt at_sudo = {.address_is_trusted = true};
	AUTO(user_record) record = NULL;
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (int i = 0; i < 23 * 60; i++) {
		assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
		    "{'code': '%s'}", app_wrong_code(app));
		host->now_unix_s += 60;
		host->audit_count = 0;
	}
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, 0));

	record = host_record("alice", HOST_ALICE);
	at_sudo.now_unix_s = host->now_unix_s;
	assert_int_equal(attempt_code_retry_unix_s(record, &at_sudo), 0);
}

/* ---- many at once ---- */

struct caller {
	pthread_t thread;
	const char *method, *code;
	bool was_right;
};

static void *
call_once(void *context)
{
	struct caller *caller = context;
	struct varlink_reply reply = {0};
	struct host_caller connection;
	AUTO_JSON parameters = cJSON_CreateObject();
	int r;

	(void)cJSON_AddStringToObject(parameters, "code", caller->code);
	host_enter(&connection, HOST_ALICE);
	r = varlink_client_call(&connection.client, caller->method, parameters,
	    false, stream_now_ms() + HOST_CALL_MS, &reply);
	host_leave(&connection);
	caller->was_right = r == 0 && !reply.error;
	varlink_reply_done(&reply);
	return NULL;
}

/* How many of CALLERS at once were right. */
static int
call_at_once(const char *method, const char *code)
{
	struct caller callers[CALLERS];
	int right = 0;

	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.method = method, .code = code};
		assert_int_equal(pthread_create(&callers[i].thread, NULL,
				     call_once, &callers[i]),
		    0);
	}
	for (int i = 0; i < CALLERS; i++) {
		(void)pthread_join(callers[i].thread, NULL);
		right += callers[i].was_right;
	}
	return right;
}

static void
one_code_is_used_by_many_at_once(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	for (int round = 0; round < 10; round++) {
		assert_int_equal(call_at_once("io.authbox.TwoFactor.Recovery",
				     app_code(app, 0)),
		    1);
		host->now_unix_s += 30;
		host->audit_count = host->notice_count = 0;
	}
}

static void
many_guess_at_once_to_outrun_the_count(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_int_equal(
	    call_at_once("io.authbox.TwoFactor.Disable", app_wrong_code(app)),
	    0);
	/* Five are free, the sixth starts a wait, the rest was not looked at.
	 */
	assert_int_equal(failures_of("alice", HOST_ALICE), 6);
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_int_equal(host_number("retryAt"), host->now_unix_s + 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_local_user_enrols_another),
	    HOST_TEST(a_local_user_asks_who_is_enrolled),
	    HOST_TEST(a_local_user_burns_the_tries_of_another),
	    HOST_TEST(somebody_of_another_namespace_calls),
	    HOST_TEST(a_stolen_session_adds_a_device),
	    HOST_TEST(a_stolen_session_requests_before_its_owner_enrols),
	    HOST_TEST(a_stolen_session_requests_before_root_imports),
	    HOST_TEST(a_stolen_session_takes_the_second_factor_away),
	    HOST_TEST(a_stolen_session_reads_the_secret),
	    HOST_TEST(a_confirming_code_is_replayed),
	    HOST_TEST(a_code_for_one_change_is_used_for_another),
	    HOST_TEST(a_recovery_code_of_another_user_is_tried),
	    HOST_TEST(a_recovery_code_is_used_twice),
	    HOST_TEST(a_name_comes_back_with_another_uid),
	    HOST_TEST(a_name_belongs_to_two_uids),
	    HOST_TEST(codes_are_guessed_until_one_fits),
	    HOST_TEST(a_stolen_session_uses_up_the_owners_tries),
	    HOST_TEST(one_code_is_used_by_many_at_once),
	    HOST_TEST(many_guess_at_once_to_outrun_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
