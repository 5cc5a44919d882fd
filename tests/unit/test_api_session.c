/* Local sessions over the API: to each his own. */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"
#include "token/session.h"

/* Make one in the store itself; its id. */
static const char *
make(const char *user, uid_t uid, int64_t ttl_s)
{
	static char ids[8][SESSION_ID_DIGITS + 1];
	static unsigned next;
	struct session given = {.uid = uid,
	    .expires_unix_s = host->now_unix_s + ttl_s,
	    .introspector = "idp"};
	AUTO(secret) token = NULL;
	char *id = ids[next++ % 8];

	(void)snprintf(given.user, sizeof(given.user), "%s", user);
	assert_int_equal(session_create(host->daemon.store, &given,
			     host->now_unix_s, &token, id),
	    0);
	return id;
}

static int
count_listed(uid_t uid, const char *parameters)
{
	assert_call("", uid, "Session.List", "%s", parameters);
	return cJSON_GetArraySize(
	    json_find(host->reply.parameters, "sessions"));
}

static void
a_user_lists_his_own_sessions_alone(void **state)
{
	const cJSON *first;
	const char *id = make("alice", HOST_ALICE, 600), *text = NULL;
	int64_t expires = 0;

	(void)state;
	(void)make("bob", HOST_BOB, 600);
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 1);
	first = json_find(host->reply.parameters, "sessions")->child;
	assert_int_equal(json_find_text(first, "id", &text), 1);
	assert_string_equal(text, id);
	assert_int_equal(json_find_text(first, "user", &text), 1);
	assert_string_equal(text, "alice");
	assert_int_equal(json_find_text(first, "introspector", &text), 1);
	assert_string_equal(text, "idp");
	assert_int_equal(json_find_int(first, "expires", &expires), 1);
	assert_int_equal(expires, HOST_NOW + 600);
	assert_null(json_find(first, "token"));
}

static void
an_expired_session_is_not_listed(void **state)
{
	(void)state;
	(void)make("alice", HOST_ALICE, 600);
	host->now_unix_s += 600;
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 0);
}

static void
nobody_lists_or_revokes_anothers(void **state)
{
	const char *id = make("alice", HOST_ALICE, 600);
	char unknown[SESSION_ID_DIGITS + 1];

	(void)state;
	(void)snprintf(unknown, sizeof(unknown), "%.15s%c", id,
	    id[SESSION_ID_DIGITS - 1] == '0' ? '1' : '0');
	assert_call("Forbidden", HOST_BOB, "Session.List", "{'user': 'alice'}");
	assert_call("Forbidden", HOST_BOB, "Session.List",
	    "{'user': 'alice', 'everybody': false}");
	assert_call(
	    "Forbidden", HOST_BOB, "Session.List", "{'everybody': true}");
	assert_call(
	    "Forbidden", HOST_BOB, "Session.RevokeAll", "{'user': 'alice'}");
	assert_call(
	    "Forbidden", HOST_BOB, "Session.RevokeAll", "{'everybody': true}");
	assert_call("", HOST_BOB, "Session.RevokeAll", "{}");
	assert_int_equal(host_number("count"), 0);
	/* Another's and none are told alike. */
	assert_call(
	    "Session.NotFound", HOST_BOB, "Session.Revoke", "{'id': '%s'}", id);
	assert_call("Session.NotFound", HOST_BOB, "Session.Revoke",
	    "{'id': '%s'}", unknown);
	assert_string_equal(host_text("reason"), "no_session");
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 1);
}

/* Uids that mean "all" and "none" inside, and one without a name. */
static void
no_odd_uid_is_a_way_to_anothers(void **state)
{
	static const uid_t odd[] = {
	    (uid_t)-1, (uid_t)-2, HOST_UNKNOWN, HOST_NOBODY};
	const char *alices = make("alice", HOST_ALICE, 600);
	const char *servers = make("reports", SESSION_NO_UID, 600);

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_string_not_equal(
		    host_call(odd[i], "Session.Revoke", "{'id': '%s'}", alices),
		    "");
		assert_string_not_equal(host_call(odd[i], "Session.Revoke",
					    "{'id': '%s'}", servers),
		    "");
		(void)host_call(odd[i], "Session.RevokeAll", "{}");
	}
	assert_int_equal(count_listed(HOST_ROOT, "{'everybody': true}"), 2);
}

/* bob left, and alice got his uid: his sessions are not hers. */
static void
a_uid_given_to_another_does_not_bring_sessions_along(void **state)
{
	const char *id = make("bob", HOST_ALICE, 600);

	(void)state;
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 0);
	assert_call("Session.NotFound", HOST_ALICE, "Session.Revoke",
	    "{'id': '%s'}", id);
	assert_call("", HOST_ALICE, "Session.RevokeAll", "{}");
	assert_int_equal(host_number("count"), 0);
	assert_int_equal(count_listed(HOST_ROOT, "{'user': 'bob'}"), 1);
}

static void
a_user_revokes_one_or_all_of_his_own(void **state)
{
	const char *id = make("alice", HOST_ALICE, 600);

	(void)state;
	(void)make("alice", HOST_ALICE, 600);
	(void)make("alice", HOST_ALICE, 600);
	(void)make("bob", HOST_BOB, 600);
	assert_call("", HOST_ALICE, "Session.Revoke", "{'id': '%s'}", id);
	assert_audit(1, "revoked 1 session-revoked alice");
	assert_call("Session.NotFound", HOST_ALICE, "Session.Revoke",
	    "{'id': '%s'}", id);
	assert_int_equal(host->audit_count, 2);
	assert_call("", HOST_ALICE, "Session.RevokeAll", "{}");
	assert_int_equal(host_number("count"), 2);
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 0);
	assert_int_equal(count_listed(HOST_BOB, "{}"), 1);
}

static void
root_lists_and_revokes_by_name_and_everybodys(void **state)
{
	const char *id = make("alice", HOST_ALICE, 600);

	(void)state;
	(void)make("bob", HOST_BOB, 600);
	(void)make("reports", SESSION_NO_UID, 600);
	(void)make("mails", SESSION_NO_UID, 600);
	assert_int_equal(count_listed(HOST_ROOT, "{}"), 0);
	assert_int_equal(count_listed(HOST_ROOT, "{'user': 'alice'}"), 1);
	assert_int_equal(count_listed(HOST_ROOT, "{'user': 'reports'}"), 1);
	assert_int_equal(count_listed(HOST_ROOT, "{'everybody': true}"), 4);
	assert_call("", HOST_ROOT, "Session.Revoke", "{'id': '%s'}", id);
	assert_audit(1, "revoked 1 session-revoked alice");
	assert_call("", HOST_ROOT, "Session.RevokeAll", "{'user': 'reports'}");
	assert_int_equal(host_number("count"), 1);
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "Session.RevokeAll", "{'user': 'bob', 'everybody': true}");
	assert_int_equal(count_listed(HOST_ROOT, "{'everybody': true}"), 2);
	assert_call("", HOST_ROOT, "Session.RevokeAll", "{'everybody': true}");
	assert_int_equal(host_number("count"), 2);
}

static void
a_silent_user_database_refuses(void **state)
{
	const char *id = make("alice", HOST_ALICE, 600);

	(void)state;
	host->nss_error = EIO;
	assert_call("Unavailable", HOST_ALICE, "Session.List", "{}");
	assert_call(
	    "Unavailable", HOST_ALICE, "Session.Revoke", "{'id': '%s'}", id);
	assert_call("Unavailable", HOST_ALICE, "Session.RevokeAll", "{}");
	/* Root needs no name. */
	assert_call("", HOST_ROOT, "Session.Revoke", "{'id': '%s'}", id);
}

/* ---- Create ---- */

static void
a_session_is_as_good_as_its_token_and_ends_with_it(void **state)
{
	char token[64];

	(void)state;
	host_configure(TOKEN_CONFIG);
	assert_call("", HOST_ALICE, "Session.Create", "{'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	assert_audit(1, "session 1 session-created alice");
	assert_string_equal(host_text("user"), "alice");
	assert_int_equal(host_number("expires"), HOST_NOW + 600);
	assert_int_equal(strlen(host_text("token")), SESSION_TOKEN_LENGTH);
	(void)snprintf(token, sizeof(token), "%s", host_text("token"));

	assert_call("", HOST_BOB, "Token.Introspect", "{'token': '%s'}", token);
	assert_string_equal(host_text("user"), "alice");
	assert_string_equal(host_text("introspector"), "idp");
	assert_non_null(json_find(host->reply.parameters, "jwt"));
	host->now_unix_s += 600;
	assert_call("", HOST_BOB, "Token.Introspect", "{'token': '%s'}", token);
	assert_string_equal(host_text("reason"), "session-unknown");
	assert_null(host_text("user"));
}

static void
a_session_may_be_shorter_than_its_token(void **state)
{
	static const int wrong[] = {-1, 0, 59, 86401};

	(void)state;
	host_configure(TOKEN_CONFIG);
	assert_call("", HOST_ALICE, "Session.Create",
	    "{'token': '%s', 'ttl': 60}", token_sign("alice", TOKEN_KEY));
	assert_int_equal(host_number("expires"), HOST_NOW + 60);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_call("org.varlink.service.InvalidParameter", HOST_ALICE,
		    "Session.Create", "{'token': '%s', 'ttl': %d}",
		    token_sign("alice", TOKEN_KEY), wrong[i]);
}

static void
nobody_makes_a_session_of_anothers_token(void **state)
{
	static const uid_t others[] = {
	    HOST_BOB, HOST_NOBODY, HOST_UNKNOWN, (uid_t)-1, (uid_t)-2};

	(void)state;
	host_configure(TOKEN_CONFIG);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_call("Forbidden", others[i], "Session.Create",
		    "{'token': '%s'}", token_sign("alice", TOKEN_KEY));
		assert_string_equal(host_text("reason"), "other_user");
		/* Nor of one whose user has no uid to compare. */
		assert_call("Forbidden", others[i], "Session.Create",
		    "{'token': '%s'}", token_sign("reports", TOKEN_KEY));
	}
	assert_int_equal(count_listed(HOST_ROOT, "{'everybody': true}"), 0);
	assert_call("", HOST_ROOT, "Session.Create", "{'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	assert_call("", HOST_ROOT, "Session.Create", "{'token': '%s'}",
	    token_sign("reports", TOKEN_KEY));
	assert_int_equal(count_listed(HOST_ALICE, "{}"), 1);
	assert_int_equal(count_listed(HOST_ROOT, "{'everybody': true}"), 2);
}

static void
what_is_no_good_token_makes_no_session(void **state)
{
	char token[64];

	(void)state;
	host_configure(TOKEN_CONFIG);
	assert_call("Unauthorized", HOST_ROOT, "Session.Create",
	    "{'token': '%s'}", token_sign("carol", TOKEN_KEY));
	assert_audit(1, "session 0 inactive -");
	assert_call("Unauthorized", HOST_ALICE, "Session.Create",
	    "{'token': 'abx_nonsense'}");
	/* A session from a session would outlive its end. */
	assert_call("", HOST_ALICE, "Session.Create", "{'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	(void)snprintf(token, sizeof(token), "%s", host_text("token"));
	assert_call("Unauthorized", HOST_ALICE, "Session.Create",
	    "{'token': '%s'}", token);
	assert_string_equal(host_text("reason"), "session-presented");
}

static void
a_session_is_not_good_for_a_name_with_another_uid(void **state)
{
	char token[64];

	(void)state;
	host_configure(TOKEN_CONFIG);
	assert_call("", HOST_ALICE, "Session.Create", "{'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	(void)snprintf(token, sizeof(token), "%s", host_text("token"));
	nss_free(host->daemon.nss); /* and what it remembers */
	host->daemon.nss = nss_new();
	host->alice_uid = 2000;
	assert_call("", HOST_BOB, "Token.Introspect", "{'token': '%s'}", token);
	assert_string_equal(host_text("reason"), "session-unknown");
	assert_null(host_text("user"));
}

static void
there_are_so_many_sessions_and_no_more(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG);
	for (int i = 0; i < SESSIONS_PER_UID_MAX; i++)
		(void)make("alice", HOST_ALICE, 600);
	assert_call("Forbidden", HOST_ALICE, "Session.Create",
	    "{'token': '%s'}", token_sign("alice", TOKEN_KEY));
	assert_string_equal(host_text("reason"), "sessions_full");
	assert_audit(1, "session 2 sessions-full alice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_user_lists_his_own_sessions_alone),
	    HOST_TEST(an_expired_session_is_not_listed),
	    HOST_TEST(nobody_lists_or_revokes_anothers),
	    HOST_TEST(no_odd_uid_is_a_way_to_anothers),
	    HOST_TEST(a_uid_given_to_another_does_not_bring_sessions_along),
	    HOST_TEST(a_user_revokes_one_or_all_of_his_own),
	    HOST_TEST(root_lists_and_revokes_by_name_and_everybodys),
	    HOST_TEST(a_silent_user_database_refuses),
	    HOST_TEST(a_session_is_as_good_as_its_token_and_ends_with_it),
	    HOST_TEST(a_session_may_be_shorter_than_its_token),
	    HOST_TEST(nobody_makes_a_session_of_anothers_token),
	    HOST_TEST(what_is_no_good_token_makes_no_session),
	    HOST_TEST(a_session_is_not_good_for_a_name_with_another_uid),
	    HOST_TEST(there_are_so_many_sessions_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
