/* io.authbox.Store: root's care of the store. */
#include <openssl/evp.h>

#include "factor/clock_mark.h"
#include "tests/unit/api_host.h"

static void
a_sound_store_is_called_sound(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ROOT, "Store.Check", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "sound")));
	assert_non_null(host_text("report"));
}

/* All parts of a backup into `file`: how many there were. */
static int
receive_backup(FILE *file)
{
	struct varlink_reply reply = {0};
	struct host_caller caller;
	int64_t deadline_ms = stream_now_ms() + HOST_CALL_MS;
	int parts = 0, r;

	host_enter(&caller, HOST_ROOT);
	r = varlink_client_call(&caller.client, "io.authbox.Store.Backup", NULL,
	    true, deadline_ms, &reply);
	while (r == 0) {
		const char *text = NULL;
		uint8_t bytes[65536];
		size_t size;
		bool more = reply.continues;

		assert_null(reply.error);
		assert_int_equal(
		    json_find_text(reply.parameters, "data", &text), 1);
		size = strlen(text) / 4 * 3;
		assert_int_equal(EVP_DecodeBlock(bytes, (const uint8_t *)text,
				     (int)strlen(text)),
		    size);
		size -=
		    (size_t)(strchr(text, '=') ? strlen(strchr(text, '=')) : 0);
		assert_int_equal(fwrite(bytes, 1, size, file), size);
		parts++;
		varlink_reply_done(&reply);
		reply = (struct varlink_reply){0};
		if (!more)
			break;
		r = varlink_client_next(&caller.client, deadline_ms, &reply);
	}
	assert_int_equal(r, 0);
	host_leave(&caller);
	return parts;
}

static void
a_backup_opens_as_the_store_it_was(void **state)
{
	AUTO(user_record) record = NULL;
	AUTO(app) app = NULL;
	char command[256];
	FILE *file;

	(void)state;
	app = host_enrol(HOST_ALICE);
	(void)snprintf(command, sizeof(command), "%s/backup", host->dir);
	file = fopen(command, "w");
	assert_non_null(file);
	assert_in_range(receive_backup(file), 2, 10000);
	assert_int_equal(fclose(file), 0);

	assert_call("", HOST_ROOT, "TwoFactor.Reset", "{'user': 'alice'}");
	store_free(TAKE(host->daemon.store));
	(void)snprintf(command, sizeof(command),
	    "rm %1$s/state/authbox.db* && cp %1$s/backup %1$s/state/authbox.db",
	    host->dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(host_open_store(), 0);
	record = host_record("alice", HOST_ALICE);
	assert_non_null(record);
	assert_true(user_record_is_enrolled(record));
}

static void
a_backup_leaves_no_file_behind(void **state)
{
	char command[128];
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	(void)receive_backup(file);
	(void)fclose(file);
	(void)snprintf(command, sizeof(command),
	    "test \"$(ls %s/state | grep -cv '^authbox\\.')\" = 0", host->dir);
	assert_int_equal(system(command), 0);
}

static void
a_backup_must_be_called_with_more(void **state)
{
	(void)state;
	assert_call("org.varlink.service.ExpectedMore", HOST_ROOT,
	    "Store.Backup", "{}");
}

static void
a_new_key_keeps_what_is_there(void **state)
{
	AUTO(app) app = NULL;
	char before[128], recovery[32];

	(void)state;
	app = host_enrol(HOST_ALICE);
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
	(void)snprintf(recovery, sizeof(recovery), "%s", host_recovery_code(0));
	assert_call("", HOST_ROOT, "Store.ExportKey", "{}");
	(void)snprintf(before, sizeof(before), "%s", host_text("key"));
	assert_int_equal(strncmp(before, "authbox-store-key-1:", 20), 0);

	assert_call("", HOST_ROOT, "Store.Rekey", "{}");
	assert_in_range(host_number("count"), 1, 100);
	assert_call("", HOST_ROOT, "Store.ExportKey", "{}");
	assert_string_not_equal(host_text("key"), before);
	host->now_unix_s += 30;
	assert_call(
	    "", HOST_ALICE, "TwoFactor.Disable", "{'code': '%s'}", recovery);
}

static void
an_accepted_clock_judges_codes_again(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
	app = host_enrol(HOST_ALICE);
	host->now_unix_s += 10 * 365 * 86400;
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
	host->now_unix_s = HOST_NOW + 3600;
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, 0));

	assert_call("", HOST_ROOT, "Store.AcceptClock", "{}");
	assert_int_equal(host_number("now"), HOST_NOW + 3600);
	assert_in_range(
	    host_number("was"), HOST_NOW + 86400, HOST_NOW + 11LL * 31536000);
	/* The device was used in the future: root brings it back. */
	assert_call("WrongToken", HOST_ALICE, "TwoFactor.Recovery",
	    "{'code': '%s'}", app_code(app, 0));
	assert_call("", HOST_ROOT, "TwoFactor.Resync",
	    "{'user': 'alice', 'code1': '%s'}", app_code(app, 0));
	host->now_unix_s += 90;
	assert_call("", HOST_ALICE, "TwoFactor.Recovery", "{'code': '%s'}",
	    app_code(app, 0));
}

static void
a_missing_key_is_told_at_every_call(void **state)
{
	AUTO(app) app = NULL;
	char command[128];

	(void)state;
	app = host_enrol(HOST_ALICE);
	store_free(TAKE(host->daemon.store));
	(void)snprintf(
	    command, sizeof(command), "rm %s/key/store.key", host->dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(host_open_store(), 0);

	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Disable",
	    "{'code': '%s'}", app_code(app, 0));
	assert_string_equal(host_text("reason"), "store_key");
	assert_audit(3, "disabled 4 store-key alice");
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_call("Unavailable", HOST_ROOT, "Store.ExportKey", "{}");
	assert_string_equal(
	    host_text("message"), store_fault(host->daemon.store));
	assert_call("Unavailable", HOST_ROOT, "Store.Rekey", "{}");
	assert_call("Unavailable", HOST_ROOT, "Store.AcceptClock", "{}");

	assert_call("", HOST_ROOT, "Daemon.Status", "{}");
	assert_string_equal(
	    host_text("store"), store_fault(host->daemon.store));
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_non_null(strstr(host_text("store"), "root sees why"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_sound_store_is_called_sound),
	    HOST_TEST(a_backup_opens_as_the_store_it_was),
	    HOST_TEST(a_backup_leaves_no_file_behind),
	    HOST_TEST(a_backup_must_be_called_with_more),
	    HOST_TEST(a_new_key_keeps_what_is_there),
	    HOST_TEST(an_accepted_clock_judges_codes_again),
	    HOST_TEST(a_missing_key_is_told_at_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
