/* Device logins from end to end. */
#include "device_stage.h"

static void
it_is_off_until_an_auth_config_allows_it(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG("", ANYBODY));
	provider_start(stage, &provider, answers, 1);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_CONFIG, "device-off");
	assert_string_equal(played.script.shown, "");
	assert_int_equal(provider.fetch.count, 0);
	provider_stop(&provider);
}

static void
it_is_refused_where_no_provider_is_known(void **state)
{
	struct stage *stage = *state;
	struct played played;

	stage_write_config(stage, "resourceType: AuthConfig\nid: app\n" ON);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_CONFIG, "device-no-provider");
	assert_string_equal(played.script.shown, "");
}

static void
who_approves_is_let_in_and_the_policies_see_the_claims(void **state)
{
	AUTO_TEXT id_token =
	    token_with("{\"alg\":\"HS256\"}", "alice", "host1");
	const struct answer answers[] = {
	    {200, BEGIN}, {400, PENDING}, {200, approval(id_token, NULL)}};
	struct login_request account = {
	    .stage = PAM_STAGE_ACCOUNT, .factor = "device", .user = "alice"};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;
	const char *form;

	stage_write_config(stage,
	    CONFIG(ON, "{resourceType: AccessPolicy, id: p, engine: matcho, "
		       "matcho: {jwt: {sub: alice}, service: sshd}}"));
	provider_start(stage, &provider, answers, 3);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_ALLOW, "device-accepted");
	assert_int_equal(played.script.asked, 1);
	assert_non_null(
	    strstr(played.script.shown, "Open  https://idp.example/d\n"));
	assert_non_null(strstr(played.script.shown, "Code  WDJB-MJHT\n"));
	assert_non_null(strstr(played.script.shown, "from 192.0.2.1\n"));

	/* What the provider wants lies between, but for what the test takes. */
	assert_int_equal(pauses, 2);
	assert_in_range(shortest_pause_ms, 500, 1000);
	assert_int_equal(provider.fetch.count, 3);
	form = provider_form(&provider, 0);
	assert_non_null(strstr(form, "scope=openid+email"));
	assert_null(strstr(form, "device_code"));
	for (size_t i = 1; i < 3; i++) {
		form = provider_form(&provider, i);
		assert_non_null(strstr(form, "device_code=dc-1"));
		assert_non_null(strstr(form,
		    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%"
		    "3Adevice_code"));
	}
	provider_stop(&provider);

	/* The account stage asks again, with the same claims. */
	(void)strcpy(account.reference, played.reference);
	played = stage_play(stage, &account, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	played = stage_play(stage, &account, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
}

struct outcome {
	const char *what;
	struct answer last; /* body NULL: of the two tokens */
	const char *id_token, *access_token;
	enum verdict verdict;
	const char *reason;
};

static void
play_outcome(struct stage *stage, const struct outcome *outcome)
{
	const struct answer answers[] = {{200, BEGIN},
	    {outcome->last.status,
		outcome->last.body
		    ? outcome->last.body
		    : approval(outcome->id_token, outcome->access_token)}};
	struct provider provider;
	struct played played;

	print_message("%s\n", outcome->what);
	provider_start(stage, &provider, answers, 2);
	played = log_in_from(stage, "alice", another_address(), enter);
	expect(&played, outcome->verdict, outcome->reason);
	provider_stop(&provider);
}

static void
what_the_provider_says_decides(void **state)
{
	static const char hs256[] = "{\"alg\":\"HS256\"}";
	AUTO_TEXT hers = token_with(hs256, "alice", "host1");
	AUTO_TEXT bobs = token_with(hs256, "bob", "host1");
	AUTO_TEXT of_other_client = token_with(hs256, "alice", "host2");
	AUTO_TEXT unsigned_one =
	    token_with("{\"alg\":\"none\"}", "alice", "host1");
	AUTO_TEXT access = token_with(hs256, "alice", "ssh");
	const struct outcome outcomes[] = {
	    {"an access token alone", {200, NULL}, NULL, access, VERDICT_ALLOW,
		"device-accepted"},
	    {"approved by bob", {200, NULL}, bobs, NULL, VERDICT_DENY,
		"token-other-user"},
	    /* A bad ID token is not made good by what stands beside it. */
	    {"approved for another client", {200, NULL}, of_other_client,
		access, VERDICT_DENY, "token-audience"},
	    {"no signature", {200, NULL}, unsigned_one, access, VERDICT_DENY,
		"token-alg"},
	    /* An ID token in the place of the access token is none. */
	    {"an ID token as access token", {200, NULL}, NULL, hers,
		VERDICT_DENY, "token-audience"},
	    {"no JWT at all", {200, NULL}, NULL, NULL, VERDICT_UNAVAILABLE,
		"device-refused"},
	    {"denied", {400, "{\"error\":\"access_denied\"}"}, NULL, NULL,
		VERDICT_DENY, "device-denied"},
	    {"expired", {400, "{\"error\":\"expired_token\"}"}, NULL, NULL,
		VERDICT_DENY, "device-expired"},
	    {"unknown client", {401, "{\"error\":\"invalid_client\"}"}, NULL,
		NULL, VERDICT_UNAVAILABLE, "device-refused"},
	};

	stage_write_config(*state, CONFIG(ON, ANYBODY));
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		play_outcome(*state, &outcomes[i]);
}

static void
without_a_policy_nobody_is_let_in(void **state)
{
	AUTO_TEXT hers = token_with("{\"alg\":\"HS256\"}", "alice", "host1");
	const struct outcome outcome = {"no policy", {200, NULL}, hers, NULL,
	    VERDICT_FORBIDDEN, "no-policy"};

	stage_write_config(*state, CONFIG(ON, ""));
	play_outcome(*state, &outcome);
}

static void
nothing_is_shown_that_a_provider_must_not_say(void **state)
{
	static const struct {
		struct answer begin;
		enum verdict verdict;
		const char *reason;
	} cases[] = {
	    {{200, "{\"device_code\":\"d\",\"user_code\":\"A\\u001b[2J\","
		   "\"verification_uri\":\"https://idp.example/d\","
		   "\"expires_in\":600}"},
		VERDICT_UNAVAILABLE, "device-answer"},
	    {{200, "{\"device_code\":\"d\",\"user_code\":\"A\","
		   "\"verification_uri\":\"http://evil.example/\","
		   "\"expires_in\":600}"},
		VERDICT_UNAVAILABLE, "device-answer"},
	    {{200, "<html>"}, VERDICT_UNAVAILABLE, "device-answer"},
	    {{400, "{\"error\":\"unauthorized_client\"}"}, VERDICT_UNAVAILABLE,
		"device-refused"},
	    {{500, ""}, VERDICT_UNAVAILABLE, "issuer-unavailable"},
	};
	struct stage *stage = *state;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct provider provider;
		struct played played;

		provider_start(stage, &provider, &cases[i].begin, 1);
		played = log_in_from(stage, "alice", another_address(), enter);
		expect(&played, cases[i].verdict, cases[i].reason);
		assert_string_equal(played.script.shown, "");
		assert_int_equal(provider.fetch.count, 1);
		provider_stop(&provider);
	}
}

static void
who_cannot_have_seen_the_code_is_not_asked_about(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}, {400, PENDING}};
	/* As sshd's password method answers each prompt. */
	static const char *const password[] = {"pw", "pw", "pw", "pw", NULL};
	struct login_request first_pass = {
	    .factor = "device", .user = "alice", .flags = PAM_BEGIN_FIRST_PASS};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 2);
	played = log_in(stage, "alice", password);
	expect(&played, VERDICT_DENY, "no-answer");
	assert_int_equal(played.script.asked, 2);

	played = stage_play(stage, &first_pass, 0, enter);
	expect(&played, VERDICT_DENY, "no-answer");
	assert_int_equal(played.script.asked, 0);
	provider_stop(&provider);
}

static void
the_person_is_asked_again_and_may_go(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}, {400, PENDING}};
	static const char *const once[] = {"", NULL};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 2);
	played = log_in(stage, "alice", once);
	expect(&played, VERDICT_CANCELLED, "cancelled");
	/* Two questions, a second apart, and then "not approved yet". */
	assert_int_equal(provider.fetch.count, 3);
	assert_non_null(
	    strstr(played.script.shown, "Not approved yet.\nOpen  "));
	provider_stop(&provider);

	/* Its place is free again. */
	occupy(stage, "alice", "net 192.0.2.0", DEVICE_FLOWS_PER_USER_MAX);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_UNAVAILABLE, "device-busy");
}

static void
nothing_is_asked_when_the_time_is_up(void **state)
{
	static const struct answer answers[] = {
	    {200, "{\"device_code\":\"dc-1\",\"user_code\":\"WDJB-MJHT\","
		  "\"verification_uri\":\"https://idp.example/d\","
		  "\"expires_in\":30,\"interval\":60}"}};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 1);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_DENY, "device-expired");
	assert_int_equal(provider.fetch.count, 1);
	provider_stop(&provider);
}

static void
nothing_is_asked_for_a_peer_that_has_gone(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}, {400, PENDING}};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 2);
	pause_result = -ECONNRESET;
	played = log_in(stage, "alice", enter);
	pause_result = 0;
	expect(&played, VERDICT_CANCELLED, "peer-gone");
	assert_int_equal(provider.fetch.count, 1);
	provider_stop(&provider);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(it_is_off_until_an_auth_config_allows_it),
	    WITH_STAGE(it_is_refused_where_no_provider_is_known),
	    WITH_STAGE(who_approves_is_let_in_and_the_policies_see_the_claims),
	    WITH_STAGE(what_the_provider_says_decides),
	    WITH_STAGE(without_a_policy_nobody_is_let_in),
	    WITH_STAGE(nothing_is_shown_that_a_provider_must_not_say),
	    WITH_STAGE(who_cannot_have_seen_the_code_is_not_asked_about),
	    WITH_STAGE(the_person_is_asked_again_and_may_go),
	    WITH_STAGE(nothing_is_asked_when_the_time_is_up),
	    WITH_STAGE(nothing_is_asked_for_a_peer_that_has_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
