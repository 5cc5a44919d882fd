/* authboxctl token, session and policy against a scripted daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_ctl.h"

#define SESSION                                                                \
	"{\"token\":\"abx_short\",\"id\":\"0011223344556677\",\"user\":"       \
	"\"alice\",\"expires\":1767226200}"
#define LISTED                                                                 \
	"{\"sessions\":[{\"id\":\"0011223344556677\",\"user\":\"alice\","      \
	"\"created\":1767225600,\"expires\":1767226200,\"introspector\":"      \
	"\"idp\"}]}"

static void
calls_are_these_word_for_word(void **state)
{
	static const struct {
		const char *words, *input;
		struct fake_daemon_step step;
		int status;
		const char *out;
	} cases[] = {
	    {"token introspect --json", " long.token.text \r\n",
		{CALL("Token.Introspect", "{\"token\":\"long.token.text\"}"),
		    {REPLY("{\"active\":true,\"role\":[]}")}},
		0, "{\"active\":true,\"role\":[]}\n"},
	    {"token introspect --introspector idp --json", "t",
		{CALL("Token.Introspect",
		     "{\"introspector\":\"idp\",\"token\":\"t\"}"),
		    {REPLY("{\"active\":false,\"reason\":\"token-expired\"}")}},
		1, "{\"active\":false,\"reason\":\"token-expired\"}\n"},
	    {"token authorize --service web --user alice --rhost 192.0.2.7",
		"t",
		{CALL("Token.Authorize",
		     "{\"user\":\"alice\",\"service\":\"web\",\"rhost\":"
		     "\"192.0.2.7\",\"token\":\"t\"}"),
		    {REPLY("{\"user\":\"alice\",\"policy\":\"all\","
			   "\"reason\":\"token-accepted\",\"reference\":"
			   "\"3f9a01c2\"}")}},
		0,
		"allowed      yes\nuser         alice\npolicy       all\n"
		"reference    3f9a01c2\n"},
	    {"token authorize --service web --json", "t",
		{CALL("Token.Authorize",
		     "{\"service\":\"web\",\"token\":\"t\"}"),
		    {ERROR("Forbidden", "{\"reason\":\"policy-denied\","
					"\"reference\":\"3f9a01c2\"}")}},
		1,
		"{\"error\":\"policy-denied\",\"reference\":"
		"\"3f9a01c2\"}\n"},
	    {"session create", "t\nrest",
		{CALL("Session.Create", "{\"token\":\"t\"}"), {REPLY(SESSION)}},
		0, "abx_short\n"},
	    {"session create --ttl 600 --json", "t",
		{CALL("Session.Create", "{\"ttl\":600,\"token\":\"t\"}"),
		    {REPLY(SESSION)}},
		0, SESSION "\n"},
	    {"session create --ttl 600", NULL,
		{CALL("Session.Create", "{\"ttl\":600}"), {REPLY(SESSION)}}, 0,
		"abx_short\n"},
	    {"session create --json", NULL,
		{CALL("Session.Create", "{}"),
		    {ERROR("Forbidden", "{\"reason\":\"not_fresh\"}")}},
		1, "{\"error\":\"not_fresh\"}\n"},
	    {"session create --json", "t",
		{CALL("Session.Create", "{\"token\":\"t\"}"),
		    {ERROR("Unauthorized", "{\"reason\":\"token-expired\"}")}},
		1, "{\"error\":\"token-expired\"}\n"},
	    {"policy test --user alice --service sshd --stage other", "",
		{CALL("Policy.Test", "{\"user\":\"alice\",\"service\":\"sshd\","
				     "\"stage\":\"other\"}"),
		    {REPLY("{\"allowed\":false,\"reason\":\"policy-denied\","
			   "\"stage\":\"other\","
			   "\"request\":{\"jwt\":{\"sub\":\"eve\"}},"
			   "\"results\":[{\"id\":\"ward\",\"answer\":"
			   "\"false\",\"path\":\"jwt.sub\"},"
			   "{\"id\":\"b\",\"answer\":\"false\",\"path\":"
			   "\"and.1.and.0.role.0.name\"},"
			   "{\"id\":\"c\",\"answer\":\"false\",\"path\":"
			   "\"or\"},{\"id\":\"d\",\"answer\":"
			   "\"other-link\"}]}")}},
		1,
		"false        ward: jwt.sub (there is \"eve\")\n"
		"false        b: and.1.and.0.role.0.name (there is none)\n"
		"false        c: or\n"
		"other-link   d\n"
		"Denied: policy-denied, in the stage other\n"},
	    {"policy test --user a --service s --rhost 192.0.2.7 --client web",
		"",
		{CALL("Policy.Test",
		     "{\"user\":\"a\",\"service\":\"s\",\"rhost\":"
		     "\"192.0.2.7\",\"client\":\"web\"}"),
		    {REPLY("{\"allowed\":false,\"reason\":\"no-policy\","
			   "\"stage\":\"login\",\"results\":[],\"request\":{}"
			   ",\"sample\":\"id: a\\nmatcho: {}\\n\"}")}},
		1,
		"Denied: no-policy, in the stage login\n\nThe least that would "
		"allow it, in a file of its own in /etc/authbox, say "
		"policies.yaml:\n\nid: a\nmatcho: {}\n\nThen: authboxctl "
		"config check && authboxctl reload\n"},
	    {"session list --json", "",
		{CALL("Session.List", "{}"), {REPLY(LISTED)}}, 0, LISTED "\n"},
	    {"session list alice", "",
		{CALL("Session.List", "{\"user\":\"alice\"}"),
		    {REPLY("{\"sessions\":[]}")}},
		0, "There are no sessions.\n"},
	    {"session list --everybody", "",
		{CALL("Session.List", "{\"everybody\":true}"),
		    {REPLY("{\"sessions\":[]}")}},
		0, "There are no sessions.\n"},
	    {"session revoke 0011223344556677", "",
		{CALL("Session.Revoke", "{\"id\":\"0011223344556677\"}"),
		    {REPLY("{}")}},
		0, "The session has ended.\n"},
	    {"session revoke --all", "",
		{CALL("Session.RevokeAll", "{}"), {REPLY("{\"count\":2}")}}, 0,
		"2 sessions have ended.\n"},
	    {"session revoke --all --user bob --json", "",
		{CALL("Session.RevokeAll", "{\"user\":\"bob\"}"),
		    {REPLY("{\"count\":0}")}},
		0, "{\"count\":0}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_daemon_step steps[] = {cases[i].step, {0}};
		struct run run;

		run_script(&run, steps, cases[i].words, cases[i].input);
		assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, cases[i].status);
		run_done(&run);
	}
}

static void
people_see_what_a_token_is(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("Token.Introspect", "{\"token\":\"t\"}"),
		{REPLY("{\"active\":true,\"user\":\"alice\",\"role\":[\"nurse"
		       "\"],\"introspector\":\"idp\",\"expires\":1767226200,"
		       "\"jwt\":{\"sub\":\"al\\u001bice\"}}")}},
	    {0}};
	struct run run;

	(void)state;
	run_script(&run, steps, "token introspect", "t");
	assert_contains(run.out, "active       yes\nuser         alice\n");
	assert_contains(run.out, "role         nurse\nintrospector idp\n");
	assert_contains(run.out, "claims       {\"sub\":");
	assert_lacks(run.out, "\033");
	run_done(&run);
}

static void
people_see_their_sessions(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("Session.List", "{}"), {REPLY(LISTED)}}, {0}};
	struct run run;

	(void)state;
	run_script(&run, steps, "session list", "");
	assert_contains(run.out, "0011223344556677  until 20");
	assert_contains(run.out, "alice  by idp\n");
	run_done(&run);
}

static void
the_short_token_goes_alone_to_standard_output(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("Session.Create", "{\"token\":\"t\"}"), {REPLY(SESSION)}},
	    {0}};
	struct run run;

	(void)state;
	run_script(&run, steps, "session create", "t");
	assert_string_equal(run.out, "abx_short\n");
	assert_contains(run.err, "session revoke 0011223344556677\n");
	assert_lacks(run.err, "abx_short");
	run_done(&run);
}

static void
without_a_token_nobody_is_asked(void **state)
{
	static const char *const inputs[] = {"", "\n", " \r\n"};
	static char text[16400];
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		run_words(&run, "/nowhere", "session create", inputs[i]);
		assert_int_equal(run.status, 1);
		assert_contains(run.err, "There is no token");
		run_done(&run);
	}
	memset(text, 'x', 16385);
	run_words(&run, "/nowhere", "token introspect", text);
	assert_int_equal(run.status, 1);
	assert_contains(run.err, "too long");
	run_done(&run);
}

static void
what_is_no_command_asks_nobody(void **state)
{
	static const char *const revokes[] = {
	    "session revoke",
	    "session revoke 0011 --all",
	    "session revoke 0011 --user bob",
	    "session revoke --everybody",
	};
	struct run run;

	(void)state;
	run_words(&run, "/nowhere", "token introspect abx_short", "");
	assert_int_equal(run.status, 2);
	run_done(&run);
	run_words(&run, "/nowhere", "policy test --user alice", "");
	assert_int_equal(run.status, 2);
	assert_contains(run.err, "--service SERVICE");
	run_done(&run);
	run_words(&run, "/nowhere", "token authorize --user alice", "t");
	assert_int_equal(run.status, 2);
	assert_contains(run.err, "--service SERVICE");
	run_done(&run);
	for (size_t i = 0; i < sizeof(revokes) / sizeof(revokes[0]); i++) {
		run_words(&run, "/nowhere", revokes[i], "");
		assert_int_equal(run.status, 2);
		assert_contains(run.err, "Say which");
		run_done(&run);
	}
	run_words(&run, "/nowhere", "session create abx_short", "");
	assert_int_equal(run.status, 2);
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_are_these_word_for_word),
	    cmocka_unit_test(people_see_what_a_token_is),
	    cmocka_unit_test(people_see_their_sessions),
	    cmocka_unit_test(the_short_token_goes_alone_to_standard_output),
	    cmocka_unit_test(without_a_token_nobody_is_asked),
	    cmocka_unit_test(what_is_no_command_asks_nobody),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
