/* Logins by token: for which Client a program speaks, and who gets in. */
#include "login_stage.h"

#include "token_stage.h"
#include "wire/pause.h"

#define ISSUER                                                                 \
	"resourceType: TokenIntrospector\n"                                    \
	"id: idp\n"                                                            \
	"type: jwt\n"                                                          \
	"jwt: {iss: 'https://idp.example', aud: host, secret: '" KEY "'}\n"    \
	"namesUsers: true\n"                                                   \
	"---\n"                                                                \
	"{resourceType: User, id: alice}\n"                                    \
	"---\n"                                                                \
	"{resourceType: User, id: bob, inactive: true}\n"                      \
	"---\n"                                                                \
	"{resourceType: User, id: www-data, allowSystem: true}\n"              \
	"---\n"                                                                \
	"{resourceType: User, id: postgres}\n"                                 \
	"---\n"                                                                \
	"{resourceType: User, id: reports}\n"                                  \
	"---\n"                                                                \
	"{resourceType: Client, id: web, peers: [www-data], services: "        \
	"[nginx, sshd, sudo, su, login]}\n"                                    \
	"---\n"                                                                \
	"{resourceType: Client, id: db, peers: [postgres], services: "         \
	"[postgresql]}\n"                                                      \
	"---\n"
#define ALL ISSUER "{resourceType: AccessPolicy, id: all, engine: allow}\n"
#define FOR_WEB                                                                \
	ISSUER "{resourceType: AccessPolicy, id: web, engine: allow, link: "   \
	       "[{resourceType: Client, id: web}]}\n"

/* ---- logging in ---- */

struct asked {
	uid_t peer_uid;
	const char *user, *service, *client, *introspector;
};

#define ASKED(peer, who, at, as)                                               \
	{                                                                      \
		.peer_uid = (peer), .user = (who), .service = (at),            \
		.client = (as)                                                 \
	}

static struct login_request
request_of(const struct asked *asked)
{
	struct login_request request = {.factor = "token", .tries = 1};

	(void)strcpy(request.user, asked->user);
	(void)strcpy(
	    request.service, asked->service ? asked->service : "nginx");
	(void)strcpy(request.client, asked->client ? asked->client : "");
	(void)strcpy(request.introspector,
	    asked->introspector ? asked->introspector : "");
	return request;
}

/* With a good token of the user. */
static struct played
authenticate(struct stage *stage, const struct asked *asked)
{
	struct login_request request = request_of(asked);

	return stage_play(stage, &request, asked->peer_uid,
	    (const char *const[]){token_of(asked->user), NULL});
}

static struct played
account(
    struct stage *stage, const struct asked *asked, const struct played *auth)
{
	struct login_request request = request_of(asked);

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, auth->reference);
	return stage_play(stage, &request, asked->peer_uid, NULL);
}

#define assert_played(it, expected_verdict, expected_reason)                   \
	do {                                                                   \
		const struct played once = (it);                               \
                                                                               \
		assert_string_equal(once.reason, expected_reason);             \
		assert_int_equal(once.verdict, expected_verdict);              \
	} while (0)

/* ---- who presents bad ones ---- */

static unsigned pauses;

int
pause_until(int fd, int64_t until_ms)
{
	(void)until_ms;
	assert_int_equal(fd, -1); /* hanging up does not end it */
	pauses++;
	return 0;
}

/* Root's programs ask for people, who are slow enough. */
static void
only_other_programs_than_roots_are_held_back(void **state)
{
	static const struct {
		uid_t peer;
		const char *token;
		unsigned pauses;
	} cases[] = {{ALICE, "not.a.token", 1}, {WEB, "not.a.token", 2},
	    {0, "not.a.token", 2}, {ALICE, NULL, 2}};
	struct played played;

	stage_write_config(*state, ALL);
	pauses = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct asked asked =
		    ASKED(cases[i].peer, "alice", NULL, NULL);
		struct login_request request = request_of(&asked);
		const char *token = cases[i].token;

		played = stage_play(*state, &request, cases[i].peer,
		    (const char *const[]){
			token ? token : token_of("alice"), NULL});
		assert_int_equal(played.verdict == VERDICT_ALLOW, !token);
		assert_int_equal(pauses, cases[i].pauses);
	}
}

/* ---- client= ---- */

static void
policies_see_the_client_of_the_pam_line(void **state)
{
	const struct asked with = ASKED(0, "alice", NULL, "web");
	const struct asked without = ASKED(0, "alice", NULL, NULL);
	struct played auth;

	stage_write_config(*state, FOR_WEB);
	assert_played(
	    authenticate(*state, &without), VERDICT_FORBIDDEN, "no-policy");
	auth = authenticate(*state, &with);
	assert_played(auth, VERDICT_ALLOW, "token-accepted");
	assert_played(
	    account(*state, &with, &auth), VERDICT_ALLOW, "account-allowed");
}

static void
a_client_that_is_not_there_asks_nobody(void **state)
{
	const struct asked asked = ASKED(0, "alice", NULL, "wed");
	struct played played;

	stage_write_config(*state, ALL);
	played = authenticate(*state, &asked);
	assert_played(played, VERDICT_CONFIG, "client-unknown");
	assert_int_equal(played.script.asked, 0);
}

static void
a_client_is_bound_to_its_services(void **state)
{
	static const uid_t peers[] = {0, DB};

	stage_write_config(*state, ALL);
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		const struct asked asked =
		    ASKED(peers[i], "alice", "nginx", "db");
		struct played played = authenticate(*state, &asked);

		assert_played(played, VERDICT_FORBIDDEN, "client-service");
		assert_int_equal(played.script.asked, 0);
	}
}

static void
nobody_speaks_as_anothers_client(void **state)
{
	static const struct asked refused[] = {
	    ASKED(DB, "alice", "nginx", "web"),
	    ASKED(ALICE, "alice", "nginx", "web"), /* not even about himself */
	    ASKED(ALICE, "bob", "nginx", "web"),
	    ASKED(WEB, "www-data", "postgresql", "db"),
	    ASKED(65534, "alice", "nginx", "web"),
	    ASKED(4242, "alice", "nginx", "web"),
	    ASKED((uid_t)-1, "alice", "nginx", "web"),
	};

	stage_write_config(*state, ALL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct played played = authenticate(*state, &refused[i]);

		assert_played(played, VERDICT_FORBIDDEN, "peer-not-allowed");
		assert_int_equal(played.script.asked, 0);
	}
}

static void
a_peer_speaks_as_its_client_named_or_not(void **state)
{
	static const struct asked allowed[] = {
	    ASKED(WEB, "alice", "nginx", "web"),
	    ASKED(WEB, "alice", "nginx", NULL),
	};

	stage_write_config(*state, FOR_WEB);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		struct played auth = authenticate(*state, &allowed[i]);

		assert_played(auth, VERDICT_ALLOW, "token-accepted");
		assert_played(account(*state, &allowed[i], &auth),
		    VERDICT_ALLOW, "account-allowed");
	}
}

/* www-data's own token, at its own program: still the Client's service. */
static void
a_peer_that_asks_about_itself_is_the_client_too(void **state)
{
	const struct asked own = ASKED(WEB, "www-data", "nginx", NULL);
	const struct asked other = ASKED(WEB, "www-data", "screen", NULL);

	stage_write_config(*state, FOR_WEB);
	assert_played(
	    authenticate(*state, &own), VERDICT_ALLOW, "token-accepted");
	assert_played(
	    authenticate(*state, &other), VERDICT_FORBIDDEN, "no-policy");
}

static void
account_goes_on_with_the_client_of_auth(void **state)
{
	const struct asked with = ASKED(0, "alice", NULL, "web");
	const struct asked without = ASKED(0, "alice", NULL, NULL);
	const struct asked another = ASKED(0, "alice", NULL, "db");
	struct played auth;

	stage_write_config(*state, FOR_WEB);
	auth = authenticate(*state, &with);
	assert_played(
	    account(*state, &without, &auth), VERDICT_ALLOW, "account-allowed");
	auth = authenticate(*state, &with);
	assert_played(account(*state, &another, &auth), VERDICT_FORBIDDEN,
	    "client-service");
	/* It does not live on in what began before. */
	auth = authenticate(*state, &with);
	stage_write_config(*state,
	    "resourceType: AccessPolicy\nid: web\nengine: allow\n"
	    "link: [{resourceType: Client, id: web}]\n");
	assert_played(
	    account(*state, &without, &auth), VERDICT_FORBIDDEN, "no-policy");
}

/* ---- introspector= ---- */

static void
an_introspector_that_is_not_there_asks_nobody(void **state)
{
	const struct asked asked = {.user = "alice", .introspector = "ipd"};
	struct played played;

	stage_write_config(*state, ALL);
	played = authenticate(*state, &asked);
	assert_played(played, VERDICT_CONFIG, "introspector-unknown");
	assert_int_equal(played.script.asked, 0);
}

static void
an_introspector_judges_its_own_issuers_tokens_alone(void **state)
{
	const struct asked own = {.user = "alice", .introspector = "idp"};
	const struct asked other = {.user = "alice", .introspector = "second"};

	stage_write_config(*state,
	    ALL "---\n"
		"resourceType: TokenIntrospector\n"
		"id: second\n"
		"type: jwt\n"
		"jwt: {iss: 'https://second.example', secret: '" KEY "'}\n");
	assert_played(
	    authenticate(*state, &own), VERDICT_ALLOW, "token-accepted");
	assert_played(
	    authenticate(*state, &other), VERDICT_DENY, "token-issuer");
}

/* ---- users ---- */

static void
a_user_without_an_account_gets_to_a_clients_services(void **state)
{
	static const struct asked allowed[] = {
	    ASKED(WEB, "reports", "nginx", NULL),
	    ASKED(WEB, "reports", "nginx", "web"),
	    ASKED(0, "reports", "nginx", "web"),
	};

	stage_write_config(*state, ALL);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		struct played auth = authenticate(*state, &allowed[i]);

		assert_played(auth, VERDICT_ALLOW, "token-accepted");
		assert_played(account(*state, &allowed[i], &auth),
		    VERDICT_ALLOW, "account-allowed");
	}
}

static void
a_user_without_an_account_gets_nowhere_else(void **state)
{
	static const struct asked refused[] = {
	    ASKED(0, "reports", "nginx", NULL),
	    ASKED(0, "reports", "screen", NULL),
	    ASKED(0, "reports", "sshd", NULL),
	    /* Listed, and it still would have to open an account. */
	    ASKED(0, "reports", "sshd", "web"),
	    ASKED(0, "reports", "sudo", "web"),
	    ASKED(0, "reports", "su", "web"),
	    ASKED(0, "reports", "login", "web"),
	    ASKED(WEB, "reports", "sshd", NULL),
	    ASKED(WEB, "reports", "sudo", "web"),
	};
	static const struct asked begun = ASKED(0, "reports", "nginx", "web");

	stage_write_config(*state, ALL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct played auth = authenticate(*state, &refused[i]);

		assert_played(auth, VERDICT_DENY, "unknown-user");
		assert_played(account(*state, &refused[i], &auth),
		    VERDICT_FORBIDDEN, "unknown-user");
		/* Nor with what auth said to the one service that he has. */
		auth = authenticate(*state, &begun);
		if (!streq(refused[i].service, "nginx"))
			assert_played(account(*state, &refused[i], &auth),
			    VERDICT_FORBIDDEN, "other-user");
	}
}

static void
a_token_opens_its_own_users_account_alone(void **state)
{
	static const struct {
		const char *sub, *user, *reason;
	} cases[] = {
	    {"alice", "alice", NULL},
	    {"alice", "bob", "token-other-user"},
	    {"alice", "Alice", "token-other-user"},
	    {"alice", "root", "token-other-user"},
	    {"alice", "reports", "token-other-user"},
	    {"bob", "bob", "inactive"},
	    {"postgres", "postgres", "system-account"},
	    {"root", "root", "token-no-user"},
	    {"daemon", "daemon", "token-no-user"},
	    {"nobody", "alice", "token-no-user"},
	};

	stage_write_config(*state, ALL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct asked asked =
		    ASKED(0, cases[i].user, "sshd", NULL);
		struct login_request request = request_of(&asked);
		struct played played = stage_play(*state, &request, 0,
		    (const char *const[]){token_of(cases[i].sub), NULL});

		if (cases[i].reason)
			assert_played(played, VERDICT_DENY, cases[i].reason);
		else
			assert_played(played, VERDICT_ALLOW, "token-accepted");
	}
}

static void
a_system_account_opens_where_its_user_says_so(void **state)
{
	const struct asked asked = ASKED(0, "www-data", "sshd", NULL);

	stage_write_config(*state, ALL);
	assert_played(
	    authenticate(*state, &asked), VERDICT_ALLOW, "token-accepted");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(only_other_programs_than_roots_are_held_back),
	    WITH_STAGE(policies_see_the_client_of_the_pam_line),
	    WITH_STAGE(a_client_that_is_not_there_asks_nobody),
	    WITH_STAGE(a_client_is_bound_to_its_services),
	    WITH_STAGE(nobody_speaks_as_anothers_client),
	    WITH_STAGE(a_peer_speaks_as_its_client_named_or_not),
	    WITH_STAGE(a_peer_that_asks_about_itself_is_the_client_too),
	    WITH_STAGE(account_goes_on_with_the_client_of_auth),
	    WITH_STAGE(an_introspector_that_is_not_there_asks_nobody),
	    WITH_STAGE(an_introspector_judges_its_own_issuers_tokens_alone),
	    WITH_STAGE(a_user_without_an_account_gets_to_a_clients_services),
	    WITH_STAGE(a_user_without_an_account_gets_nowhere_else),
	    WITH_STAGE(a_token_opens_its_own_users_account_alone),
	    WITH_STAGE(a_system_account_opens_where_its_user_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
