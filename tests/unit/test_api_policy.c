/* Trying policies over the API. */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"

#define POLICIES                                                               \
	TOKEN_CONFIG                                                           \
	"---\n"                                                                \
	"{resourceType: AccessPolicy, id: ward, engine: matcho, matcho: "      \
	"{service: sshd, jwt: {sub: alice}}}\n"                                \
	"---\n"                                                                \
	"{resourceType: AccessPolicy, id: bobs, engine: allow, link: "         \
	"[{resourceType: User, id: bob}]}\n"

static bool
is_allowed(void)
{
	bool allowed = false;

	assert_int_equal(
	    json_find_bool(host->reply.parameters, "allowed", &allowed), 1);
	return allowed;
}

static const char *
result_text(int n, const char *name)
{
	const char *text = NULL;

	(void)json_find_text(
	    cJSON_GetArrayItem(json_find(host->reply.parameters, "results"), n),
	    name, &text);
	return text;
}

static void
each_policy_says_what_it_says(void **state)
{
	(void)state;
	host_configure(POLICIES);
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd', 'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	assert_true(is_allowed());
	assert_string_equal(host_text("policy"), "ward");
	assert_string_equal(result_text(0, "id"), "ward");
	assert_string_equal(result_text(0, "answer"), "true");
	assert_string_equal(result_text(1, "answer"), "other-link");

	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd', 'claims': {'sub': 'eve'}}");
	assert_false(is_allowed());
	assert_null(host_text("policy"));
	assert_string_equal(host_text("reason"), "policy-denied");
	assert_string_equal(result_text(0, "answer"), "false");
	assert_string_equal(result_text(0, "path"), "jwt.sub");
	/* It is no login. */
	assert_int_equal(host->audit_count, 0);
}

/* A login is asked about twice; it is the "no" that helps. */
static void
both_stages_of_a_login_are_asked(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG
	    "---\n{resourceType: AccessPolicy, id: in, stage: login, engine: "
	    "allow}\n");
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd'}");
	assert_false(is_allowed());
	assert_string_equal(host_text("stage"), "account");
	assert_string_equal(host_text("reason"), "no-policy");
	assert_string_equal(result_text(0, "answer"), "other-stage");
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd', 'stage': 'login'}");
	assert_true(is_allowed());
	assert_string_equal(host_text("stage"), "login");
}

static void
all_that_a_program_knows_can_be_tried(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG
	    "---\n{resourceType: AccessPolicy, id: p, matcho: {remote-addr: "
	    "192.0.2.7, network: {$contains: 192.0.2.0/24}, tty: t, host: h, "
	    "client: {id: web}, jwt: {a: 1}}}\n");
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 's', 'rhost': '192.0.2.7', 'tty': "
	    "'t', 'host': 'h', 'client': 'web', 'claims': {'a': 1}}");
	assert_true(is_allowed());
}

static void
what_policies_saw_and_what_would_help_is_told(void **state)
{
	const cJSON *request, *jwt;
	int64_t number = 0;

	(void)state;
	host_configure(TOKEN_CONFIG);
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd', 'rhost': '192.0.2.7', "
	    "'claims': {'a': 1}}");
	assert_string_equal(host_text("reason"), "no-policy");
	assert_non_null(strstr(host_text("sample"), "service: \"sshd\""));
	request = json_find(host->reply.parameters, "request");
	jwt = json_find(request, "jwt");
	assert_int_equal(json_find_int(jwt, "a", &number), 1);
	assert_int_equal(number, 1);
	assert_null(json_find(request, "network"));
	host_configure(POLICIES);
	assert_call("", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd'}");
	assert_null(host_text("sample"));
}

static void
a_token_must_be_good_and_the_users(void **state)
{
	(void)state;
	host_configure(POLICIES);
	assert_call("Unauthorized", HOST_ROOT, "Policy.Test",
	    "{'user': 'bob', 'service': 'sshd', 'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	assert_string_equal(host_text("reason"), "token-other-user");
	assert_call("Unauthorized", HOST_ROOT, "Policy.Test",
	    "{'user': 'alice', 'service': 'sshd', 'token': 'x'}");
}

static void
only_root_learns_what_policies_demand(void **state)
{
	static const uid_t others[] = {HOST_ALICE, HOST_NOBODY, (uid_t)-1};

	(void)state;
	host_configure(POLICIES);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_call("Forbidden", others[i], "Policy.Test",
		    "{'user': 'alice', 'service': 'sshd'}");
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "{}",
	    "{'user': 'alice'}",
	    "{'user': 'a:b', 'service': 's'}",
	    "{'user': 'alice', 'service': 's', 'claims': 'x'}",
	    "{'user': 'alice', 'service': 's', 'claims': []}",
	    "{'user': 'alice', 'service': 's', 'claims': {}, 'token': 't'}",
	    "{'user': 'alice', 'service': 's', 'stage': 'auth'}",
	};

	(void)state;
	host_configure(POLICIES);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
		    "Policy.Test", "%s", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(each_policy_says_what_it_says),
	    HOST_TEST(both_stages_of_a_login_are_asked),
	    HOST_TEST(all_that_a_program_knows_can_be_tried),
	    HOST_TEST(what_policies_saw_and_what_would_help_is_told),
	    HOST_TEST(a_token_must_be_good_and_the_users),
	    HOST_TEST(only_root_learns_what_policies_demand),
	    HOST_TEST(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
