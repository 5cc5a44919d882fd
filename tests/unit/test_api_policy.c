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

static void
a_token_must_be_good_and_the_users(void **state)
{
	(void)state;
	host_configure(POLICIES);
	assert_call("Unauthorized", HOST_ROOT, "Policy.Test",
	    "{'user': 'bob', 'service': 'sshd', 'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	assert_string_equal(host_text("reason"), "other-user");
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
	    HOST_TEST(a_token_must_be_good_and_the_users),
	    HOST_TEST(only_root_learns_what_policies_demand),
	    HOST_TEST(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
