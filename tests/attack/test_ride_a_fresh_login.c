/*
 * What may be tried to get a local session out of a login that just went
 * through: somebody else's, too late, twice, after it was taken back, or with
 * less than a login. Each test is named after the attempt.
 */
#include "tests/unit/login_stage.h"
#include "tests/unit/token_stage.h"

#include <pthread.h>
#include <sys/socket.h>

#include "api/api.h"
#include "token/session.h"
#include "wire/varlink_client.h"

#define ROOT	0
#define CALLERS 16

#define SETTINGS(fresh)                                                        \
	"{resourceType: Settings, id: s, session: {freshLogin: " fresh "}}\n"
#define HOST_CONFIG                                                            \
	"resourceType: TokenIntrospector\n"                                    \
	"id: idp\n"                                                            \
	"type: jwt\n"                                                          \
	"jwt: {iss: 'https://idp.example', aud: host, secret: '" KEY "'}\n"    \
	"---\n"                                                                \
	"{resourceType: User, id: alice}\n"                                    \
	"---\n"                                                                \
	"{resourceType: Client, id: web, peers: [www-data], services: "        \
	"[nginx]}\n"                                                           \
	"---\n"
#define ALL HOST_CONFIG "{resourceType: AccessPolicy, id: all, engine: allow}\n"

/* ---- the API ---- */

struct server {
	struct stage *stage;
	int fd;
	uid_t uid;
};

static void *
serve(void *context)
{
	const struct server *server = context;

	varlink_serve(server->fd, server->uid, api_interfaces, api_is_self,
	    server->stage->daemon.busy, &server->stage->daemon);
	(void)close(server->fd);
	return NULL;
}

struct called {
	char error[96], reason[64], token[64], user[64];
	int64_t expires;
};

static void
copy_member(const cJSON *object, const char *name, char ret_text[64])
{
	const char *text = NULL;

	if (json_find_text(object, name, &text) > 0)
		(void)snprintf(ret_text, 64, "%s", text);
}

static struct called
call(struct stage *stage, uid_t uid, const char *method, const char *parameters)
{
	struct varlink_reply reply = {0};
	AUTO_JSON tree = cJSON_Parse(parameters);
	struct called called = {.expires = -1};
	struct server server;
	pthread_t thread;
	int pair[2];
	struct varlink_client client;

	assert_non_null(tree);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	client = (struct varlink_client){.fd = pair[0]};
	server = (struct server){stage, pair[1], uid};
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	assert_int_equal(varlink_client_call(&client, method, tree, false,
			     stream_now_ms() + 20000, &reply),
	    0);
	varlink_client_done(&client);
	(void)pthread_join(thread, NULL);
	if (reply.error)
		(void)snprintf(
		    called.error, sizeof(called.error), "%s", reply.error);
	copy_member(reply.parameters, "reason", called.reason);
	copy_member(reply.parameters, "token", called.token);
	copy_member(reply.parameters, "user", called.user);
	(void)json_find_int(reply.parameters, "expires", &called.expires);
	varlink_reply_done(&reply);
	return called;
}

static struct called
create(struct stage *stage, uid_t uid)
{
	return call(stage, uid, "io.authbox.Session.Create", "{}");
}

#define assert_got(it, name)                                                   \
	do {                                                                   \
		const struct called got = (it);                                \
                                                                               \
		assert_string_equal(got.reason, "");                           \
		assert_string_equal(got.user, name);                           \
		assert_int_equal(strlen(got.token), SESSION_TOKEN_LENGTH);     \
	} while (0)

#define assert_refused(it, why)                                                \
	do {                                                                   \
		const struct called got = (it);                                \
                                                                               \
		assert_string_equal(got.reason, why);                          \
		assert_string_equal(got.error, "io.authbox.Forbidden");        \
		assert_string_equal(got.token, "");                            \
	} while (0)

/* ---- logging in ---- */

struct way {
	uid_t peer_uid;
	const char *user, *service, *client;
	const char *token; /* NULL: by code */
};

static struct login_request
request_of(const struct way *way)
{
	struct login_request request = {.tries = 1};

	(void)strcpy(request.factor, way->token ? "token" : "totp");
	(void)strcpy(request.user, way->user);
	(void)strcpy(request.service, way->service ? way->service : "sshd");
	(void)strcpy(request.client, way->client ? way->client : "");
	return request;
}

static struct played
authenticate(struct stage *stage, const struct way *way)
{
	struct login_request request = request_of(way);

	return stage_play(stage, &request, way->peer_uid,
	    (const char *const[]){
		way->token ? way->token : stage_code(0), NULL});
}

static struct played
account(struct stage *stage, const struct way *way, const char *reference)
{
	struct login_request request = request_of(way);

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, reference);
	return stage_play(stage, &request, way->peer_uid, NULL);
}

/* Both stages, to their good end. */
static void
log_in(struct stage *stage, const struct way *way)
{
	struct played auth = authenticate(stage, way);

	assert_int_equal(auth.verdict, VERDICT_ALLOW);
	assert_int_equal(
	    account(stage, way, auth.reference).verdict, VERDICT_ALLOW);
	stage_now_unix_s += 30; /* another code */
}

static const struct way by_code = {.user = "alice"};

static int
set_up(void **state)
{
	if (stage_set_up(state) < 0)
		return -1;
	stage_write_config(*state, ALL);
	stage_enrol(*state, "alice", ALICE);
	return 0;
}

/* What the short token opens. */
static struct played
present(struct stage *stage, const struct called *session, const char *user)
{
	const struct way way = {.user = user, .token = session->token};

	return authenticate(stage, &way);
}

#define assert_played(it, expected_verdict, expected_reason)                   \
	do {                                                                   \
		const struct played once = (it);                               \
                                                                               \
		assert_string_equal(once.reason, expected_reason);             \
		assert_int_equal(once.verdict, expected_verdict);              \
	} while (0)

/* ---- what is meant to be ---- */

static void
the_owner_gets_one_session_by_code(void **state)
{
	struct called session;

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	assert_got(session, "alice");
	assert_int_equal(session.expires, stage_now_unix_s + 86400);
	assert_played(present(*state, &session, "alice"), VERDICT_ALLOW,
	    "session-accepted");
}

static void
the_owner_gets_one_session_by_token_that_ends_with_it(void **state)
{
	const struct way by_token = {
	    .user = "alice", .token = token_of("alice")};
	int64_t end_unix_s = stage_now_unix_s + 600;
	struct called session;

	log_in(*state, &by_token);
	session = create(*state, ALICE);
	assert_got(session, "alice");
	assert_int_equal(session.expires, end_unix_s);
	assert_played(present(*state, &session, "alice"), VERDICT_ALLOW,
	    "session-accepted");
	stage_now_unix_s = end_unix_s;
	assert_played(present(*state, &session, "alice"), VERDICT_DENY,
	    "session-unknown");
}

/* ---- the attempts ---- */

static void
another_uid_asks(void **state)
{
	static const uid_t others[] = {
	    ROOT, BOB, WEB, DB, 65534, 4242, SESSION_NO_UID, SESSION_ANY_UID};

	log_in(*state, &by_code);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_refused(create(*state, others[i]), "not_fresh");
	assert_got(create(*state, ALICE), "alice");
}

static void
one_login_is_exchanged_twice(void **state)
{
	log_in(*state, &by_code);
	assert_got(create(*state, ALICE), "alice");
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void *
create_once(void *context)
{
	struct stage *stage = context;
	struct called called = create(stage, ALICE);

	return called.token[0] ? stage : NULL;
}

static void
many_ask_at_once(void **state)
{
	pthread_t threads[CALLERS];
	int sessions = 0;
	void *got;

	log_in(*state, &by_code);
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, create_once, *state), 0);
	for (int i = 0; i < CALLERS; i++) {
		(void)pthread_join(threads[i], &got);
		sessions += got != NULL;
	}
	assert_int_equal(sessions, 1);
}

static void
somebody_waits_until_the_owner_is_away(void **state)
{
	log_in(*state, &by_code);
	stage_now_unix_s += 300 - 30 - 1;
	assert_got(create(*state, ALICE), "alice");
	log_in(*state, &by_code);
	stage_now_unix_s += 300 - 30 + 1;
	assert_refused(create(*state, ALICE), "not_fresh");

	stage_write_config(*state, ALL "---\n" SETTINGS("40"));
	log_in(*state, &by_code);
	assert_got(create(*state, ALICE), "alice");
	log_in(*state, &by_code);
	stage_now_unix_s += 11;
	assert_refused(create(*state, ALICE), "not_fresh");
	stage_write_config(*state, ALL "---\n" SETTINGS("0"));
	log_in(*state, &by_code);
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void
a_token_is_outlived(void **state)
{
	struct way by_token = {.user = "alice", .token = token_of("alice")};

	stage_write_config(*state, ALL "---\n" SETTINGS("3600"));
	log_in(*state, &by_token);
	stage_now_unix_s += 570;
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void
a_session_is_made_from_a_session(void **state)
{
	struct called session;
	struct way way = {.user = "alice"};

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	way.token = session.token;
	log_in(*state, &way);
	assert_refused(create(*state, ALICE), "not_fresh");
}

/* Who stopped behind the code, at a password that he does not have. */
static void
the_rest_of_the_login_is_left_out(void **state)
{
	struct played auth = authenticate(*state, &by_code);

	assert_int_equal(auth.verdict, VERDICT_ALLOW);
	assert_refused(create(*state, ALICE), "not_fresh");
	assert_int_equal(account(*state, &by_code, "").verdict, VERDICT_ALLOW);
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void
account_said_no(void **state)
{
	struct played auth;

	stage_write_config(*state,
	    ALL "---\n{resourceType: AccessPolicy, id: a, stage: account, "
		"engine: matcho, matcho: {service: sudo}}\n");
	auth = authenticate(*state, &by_code);
	assert_int_equal(account(*state, &by_code, auth.reference).verdict,
	    VERDICT_FORBIDDEN);
	assert_refused(create(*state, ALICE), "not_fresh");
}

/* A program of one's own says whatever it likes: its prompts are no login. */
static void
a_program_of_ones_own_logs_in(void **state)
{
	const struct way locker = {
	    .peer_uid = ALICE, .user = "alice", .service = "locker"};

	log_in(*state, &locker);
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void
a_server_of_a_client_asks_for_its_users(void **state)
{
	const struct way ways[] = {
	    {.peer_uid = WEB, .user = "alice", .service = "nginx"},
	    {.peer_uid = WEB,
		.user = "alice",
		.service = "nginx",
		.token = token_of("alice")},
	    {.user = "alice",
		.service = "nginx",
		.client = "web",
		.token = token_of("alice")},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		log_in(*state, &ways[i]);
		assert_refused(create(*state, WEB), "not_fresh");
		assert_refused(create(*state, ALICE), "not_fresh");
	}
}

static void
no_code_was_asked_for(void **state)
{
	struct login_request request = request_of(&by_code);
	struct played played;

	stage_write_config(*state,
	    ALL "---\nresourceType: AuthConfig\nid: app\n"
		"twoFactor: {exempt: [{service: sshd}]}\n");
	played = stage_play(*state, &request, ROOT, NULL);
	assert_int_equal(played.verdict, VERDICT_EXEMPT);
	assert_int_equal(account(*state, &by_code, played.reference).verdict,
	    VERDICT_EXEMPT);
	assert_refused(create(*state, ALICE), "not_fresh");
}

/* A device that is minutes old proves nothing that was so before. */
static void
the_code_is_of_a_device_enrolled_in_that_login(void **state)
{
	struct login_request request = {.tries = 1};
	struct played played;
	const struct way way = {.user = "bob"};

	stage_write_config(*state,
	    ALL "---\nresourceType: AuthConfig\nid: app\n"
		"twoFactor: {enrolment: offer}\n");
	(void)strcpy(request.user, "bob");
	played = stage_play(*state, &request, ROOT,
	    (const char *const[]){STAGE_SHOWN_CODE, "", NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_int_equal(
	    account(*state, &way, played.reference).verdict, VERDICT_ALLOW);
	assert_refused(create(*state, BOB), "not_fresh");
}

static void
the_second_factor_was_reset_meanwhile(void **state)
{
	struct called session, reset;

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	log_in(*state, &by_code);
	reset = call(*state, ROOT, "io.authbox.TwoFactor.Reset",
	    "{\"user\": \"alice\"}");
	assert_string_equal(reset.error, "");
	assert_refused(create(*state, ALICE), "not_fresh");
	assert_played(present(*state, &session, "alice"), VERDICT_DENY,
	    "session-unknown");
	/* Nor does a new device bring it back, whosever it is. */
	stage_now_unix_s += 30;
	stage_enrol(*state, "alice", ALICE);
	assert_played(present(*state, &session, "alice"), VERDICT_DENY,
	    "session-unknown");
	assert_refused(create(*state, ALICE), "not_fresh");
}

static void
the_second_factor_was_switched_off_meanwhile(void **state)
{
	struct called session, disabled;
	char parameters[64];

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	log_in(*state, &by_code);
	(void)snprintf(parameters, sizeof(parameters), "{\"code\": \"%s\"}",
	    stage_code(0));
	disabled =
	    call(*state, ALICE, "io.authbox.TwoFactor.Disable", parameters);
	assert_string_equal(disabled.error, "");
	assert_refused(create(*state, ALICE), "not_fresh");
	assert_played(present(*state, &session, "alice"), VERDICT_DENY,
	    "session-unknown");
}

static void
the_user_was_made_inactive_meanwhile(void **state)
{
	struct called session;

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	log_in(*state, &by_code);
	stage_write_config(*state,
	    "{resourceType: User, id: alice, inactive: true}\n---\n"
	    "{resourceType: AccessPolicy, id: all, engine: allow}\n");
	assert_refused(create(*state, ALICE), "inactive");
	assert_played(
	    present(*state, &session, "alice"), VERDICT_DENY, "inactive");
}

static void
sessions_were_revoked_meanwhile(void **state)
{
	struct called session;

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	log_in(*state, &by_code);
	(void)call(*state, ALICE, "io.authbox.Session.RevokeAll", "{}");
	assert_played(present(*state, &session, "alice"), VERDICT_DENY,
	    "session-unknown");
	assert_refused(create(*state, ALICE), "not_fresh");

	log_in(*state, &by_code);
	(void)call(*state, ROOT, "io.authbox.Session.RevokeAll",
	    "{\"user\": \"alice\"}");
	assert_refused(create(*state, ALICE), "not_fresh");
	log_in(*state, &by_code);
	(void)call(*state, ROOT, "io.authbox.Session.RevokeAll",
	    "{\"everybody\": true}");
	assert_refused(create(*state, ALICE), "not_fresh");
	/* bob's are his own. */
	log_in(*state, &by_code);
	(void)call(*state, BOB, "io.authbox.Session.RevokeAll", "{}");
	assert_got(create(*state, ALICE), "alice");
}

static void
a_session_by_code_is_more_than_its_code(void **state)
{
	struct way elsewhere = {.user = "alice"};
	struct login_request request;
	struct called session;

	log_in(*state, &by_code);
	session = create(*state, ALICE);
	assert_played(
	    present(*state, &session, "bob"), VERDICT_DENY, "token-other-user");
	assert_played(present(*state, &session, "root"), VERDICT_DENY,
	    "token-other-user");
	/* It says nothing that an issuer would have to say. */
	stage_write_config(*state,
	    HOST_CONFIG "{resourceType: AccessPolicy, id: c, engine: matcho, "
			"matcho: {jwt: {sub: alice}}}\n");
	assert_played(present(*state, &session, "alice"), VERDICT_FORBIDDEN,
	    "policy-denied");
	stage_write_config(*state,
	    HOST_CONFIG "{resourceType: AccessPolicy, id: c, engine: matcho, "
			"matcho: {session: {by: token}}}\n");
	assert_played(present(*state, &session, "alice"), VERDICT_FORBIDDEN,
	    "policy-denied");
	stage_write_config(*state,
	    HOST_CONFIG "{resourceType: AccessPolicy, id: c, engine: matcho, "
			"matcho: {session: {by: code}, jwt: nil?}}\n");
	assert_played(present(*state, &session, "alice"), VERDICT_ALLOW,
	    "session-accepted");
	/* Where one issuer's tokens are wanted, it is none. */
	elsewhere.token = session.token;
	request = request_of(&elsewhere);
	(void)strcpy(request.introspector, "idp");
	assert_played(stage_play(*state, &request, ROOT,
			  (const char *const[]){session.token, NULL}),
	    VERDICT_DENY, "token-issuer");
}

#define ATTEMPT(name)                                                          \
	cmocka_unit_test_setup_teardown(name, set_up, stage_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ATTEMPT(the_owner_gets_one_session_by_code),
	    ATTEMPT(the_owner_gets_one_session_by_token_that_ends_with_it),
	    ATTEMPT(another_uid_asks),
	    ATTEMPT(one_login_is_exchanged_twice),
	    ATTEMPT(many_ask_at_once),
	    ATTEMPT(somebody_waits_until_the_owner_is_away),
	    ATTEMPT(a_token_is_outlived),
	    ATTEMPT(a_session_is_made_from_a_session),
	    ATTEMPT(the_rest_of_the_login_is_left_out),
	    ATTEMPT(account_said_no),
	    ATTEMPT(a_program_of_ones_own_logs_in),
	    ATTEMPT(a_server_of_a_client_asks_for_its_users),
	    ATTEMPT(no_code_was_asked_for),
	    ATTEMPT(the_code_is_of_a_device_enrolled_in_that_login),
	    ATTEMPT(the_second_factor_was_reset_meanwhile),
	    ATTEMPT(the_second_factor_was_switched_off_meanwhile),
	    ATTEMPT(the_user_was_made_inactive_meanwhile),
	    ATTEMPT(sessions_were_revoked_meanwhile),
	    ATTEMPT(a_session_by_code_is_more_than_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
