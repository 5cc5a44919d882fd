/* Introspection over the API, with tokens of a made-up issuer. */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"

static bool
is_active(void)
{
	bool active = false;

	assert_int_equal(
	    json_find_bool(host->reply.parameters, "active", &active), 1);
	return active;
}

static void
introspect(uid_t uid, const char *token)
{
	assert_call("", uid, "Token.Introspect", "{'token': '%s'}", token);
}

static void
anybody_learns_whose_the_token_is_that_he_has(void **state)
{
	static const uid_t callers[] = {
	    HOST_ROOT, HOST_ALICE, HOST_BOB, HOST_NOBODY, HOST_UNKNOWN};
	const char *sub = NULL;
	const cJSON *roles;

	(void)state;
	host_configure(TOKEN_CONFIG);
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		introspect(callers[i], token_sign("alice", TOKEN_KEY));
		assert_true(is_active());
		assert_null(host_text("reason"));
		assert_string_equal(host_text("user"), "alice");
		assert_string_equal(host_text("introspector"), "idp");
		assert_int_equal(host_number("expires"), HOST_NOW + 600);
		assert_int_equal(
		    json_find_text(
			json_find(host->reply.parameters, "jwt"), "sub", &sub),
		    1);
		assert_string_equal(sub, "alice");
		assert_null(json_find(host->reply.parameters, "token"));
		roles = json_find(host->reply.parameters, "role");
		assert_int_equal(cJSON_GetArraySize(roles), 1);
		assert_string_equal(roles->child->valuestring, "nurse");
	}
	/* It is no login. */
	assert_int_equal(host->audit_count, 0);
}

static void
a_token_that_is_not_good_says_why_and_no_more(void **state)
{
	struct {
		const char *token, *reason;
	} cases[] = {
	    {"", "token-malformed"},
	    {"abx_nonsense", "session-unknown"},
	    {NULL, "token-signature"},
	};

	(void)state;
	host_configure(TOKEN_CONFIG);
	cases[2].token =
	    token_sign("alice", "another key of the same length..");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		introspect(HOST_ALICE, cases[i].token);
		assert_false(is_active());
		assert_string_equal(host_text("reason"), cases[i].reason);
		assert_null(host_text("user"));
		assert_null(json_find(host->reply.parameters, "jwt"));
		assert_null(json_find(host->reply.parameters, "expires"));
	}
}

static void
an_expired_token_is_not_active(void **state)
{
	const char *token;

	(void)state;
	host_configure(TOKEN_CONFIG);
	token = token_sign("alice", TOKEN_KEY);
	host->now_unix_s += 700;
	introspect(HOST_ALICE, token);
	assert_false(is_active());
	assert_string_equal(host_text("reason"), "token-expired");
}

static void
an_inactive_users_token_is_not_active(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG);
	introspect(HOST_BOB, token_sign("carol", TOKEN_KEY));
	assert_false(is_active());
	assert_string_equal(host_text("reason"), "inactive");
	assert_null(json_find(host->reply.parameters, "jwt"));
}

static void
a_good_token_may_be_nobodys(void **state)
{
	(void)state;
	host_configure(TOKEN_CONFIG);
	introspect(HOST_BOB, token_sign("mallory", TOKEN_KEY));
	assert_true(is_active());
	assert_string_equal(host_text("reason"), "token-no-user");
	assert_null(host_text("user"));
	assert_non_null(json_find(host->reply.parameters, "jwt"));
}

static void
a_client_is_known_by_its_secret_or_its_peers(void **state)
{
	const char *token;

	(void)state;
	host_configure(TOKEN_CONFIG);
	token = token_sign("alice", TOKEN_KEY);
	introspect(HOST_BOB, token);
	assert_string_equal(host_text("client"), "web");
	introspect(HOST_ALICE, token);
	assert_null(host_text("client"));
	/* app:opens: it */
	assert_call("", HOST_ALICE, "Token.Introspect",
	    "{'token': '%s', 'clientAuth': 'Basic YXBwOm9wZW5zOiBpdA=='}",
	    token);
	assert_string_equal(host_text("client"), "app");
	/* What is said counts, not who says it. */
	assert_call("", HOST_BOB, "Token.Introspect",
	    "{'token': '%s', 'clientAuth': 'basic YXBwOm9wZW5zOiBpdA=='}",
	    token);
	assert_string_equal(host_text("client"), "app");
}

static void
a_wrong_client_secret_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "Basic",
	    "Basic ",
	    "Bearer YXBwOm9wZW5zOiBpdA==",
	    "Basic YXBwOm9wZW5zOiBp", /* cut */
	    "Basic YXBwOm9wZW5zOiBpdA",
	    "Basic  YXBwOm9wZW5zOiBpdA==",
	    "Basic YXBwOm9wZW5zOiBpdA== ",
	    "Basic YXBw",		  /* app */
	    "Basic YXBwOg==",		  /* app: */
	    "Basic OjpvcGVucw==",	  /* ::opens */
	    "Basic d2ViOg==",		  /* web: has no secret */
	    "Basic d2ViOng=",		  /* web:x */
	    "Basic YXBwOm9wZW5zOiBpdAA=", /* a NUL behind it */
	    "Basic bm9ib2R5Om9wZW5zOiBpdA==",
	    "Basic ====",
	    "Basic A===",
	};

	(void)state;
	host_configure(TOKEN_CONFIG);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_call("Unauthorized", HOST_BOB, "Token.Introspect",
		    "{'token': '%s', 'clientAuth': '%s'}",
		    token_sign("alice", TOKEN_KEY), wrong[i]);
		assert_string_equal(host_text("reason"), "client_unknown");
	}
}

static void
an_issuer_that_cannot_be_asked_says_nothing_about_a_token(void **state)
{
	(void)state;
	host_configure("resourceType: TokenIntrospector\n"
		       "type: opaque\n"
		       "introspection_endpoint: {url: "
		       "'https://idp.example/introspect'}\n");
	assert_call("Unavailable", HOST_ALICE, "Token.Introspect",
	    "{'token': 'some-opaque-token-0123456789'}");
	assert_string_equal(host_text("reason"), "issuer_unavailable");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(anybody_learns_whose_the_token_is_that_he_has),
	    HOST_TEST(a_token_that_is_not_good_says_why_and_no_more),
	    HOST_TEST(an_expired_token_is_not_active),
	    HOST_TEST(an_inactive_users_token_is_not_active),
	    HOST_TEST(a_good_token_may_be_nobodys),
	    HOST_TEST(a_client_is_known_by_its_secret_or_its_peers),
	    HOST_TEST(a_wrong_client_secret_is_refused),
	    HOST_TEST(
		an_issuer_that_cannot_be_asked_says_nothing_about_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
