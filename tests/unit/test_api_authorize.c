/* Does a token open a service? For servers that do not speak PAM. */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"

#define APP    "Basic YXBwOm9wZW5zOiBpdA==" /* app:opens: it */
#define POLICY "---\nresourceType: AccessPolicy\n"
#define ALL    TOKEN_CONFIG POLICY "id: all\nengine: allow\n"

/* As `uid`, with a token of `sub` and more members, which begin with a comma.
 */
static const char *
authorize(uid_t uid, const char *sub, const char *service, const char *more)
{
	return host_call(uid, "Token.Authorize",
	    "{'token': '%s', 'service': '%s'%s}", token_sign(sub, TOKEN_KEY),
	    service, more);
}

static void
assert_refused(const char *error, const char *got, const char *reason)
{
	assert_string_equal(got, error);
	assert_string_equal(host_text("reason"), reason);
	assert_int_equal(strlen(host_text("reference")), 8);
	assert_null(host_text("user"));
	assert_null(host_text("policy"));
}

static void
a_good_token_opens_what_a_policy_allows(void **state)
{
	(void)state;
	host_configure(ALL);
	assert_string_equal(authorize(HOST_ROOT, "alice", "sshd", ""), "");
	assert_string_equal(host_text("user"), "alice");
	assert_string_equal(host_text("policy"), "all");
	assert_string_equal(host_text("reason"), "token-accepted");
	assert_int_equal(strlen(host_text("reference")), 8);
	assert_int_equal(host_number("expires"), HOST_NOW + 600);
	assert_audit(1, "authorize 1 token-accepted alice");
	/* What the token claims is Introspect's to tell. */
	assert_null(json_find(host->reply.parameters, "jwt"));
	assert_null(host_text("client"));
}

static void
each_asks_about_what_is_his(void **state)
{
	static const struct {
		uid_t uid;
		const char *sub, *service, *more, *error, *reason;
	} cases[] = {
	    {HOST_ROOT, "alice", "sshd", "", "", NULL},
	    {HOST_ALICE, "alice", "sshd", "", "", NULL},
	    {HOST_ALICE, "bob", "sshd", "", "Forbidden", "peer-not-allowed"},
	    /* bob is a peer of web, which lists web. */
	    {HOST_BOB, "alice", "web", "", "", NULL},
	    {HOST_BOB, "alice", "sshd", "", "Forbidden", "peer-not-allowed"},
	    {HOST_BOB, "bob", "sshd", "", "", NULL},
	    {HOST_NOBODY, "alice", "web", "", "Forbidden", "peer-not-allowed"},
	    {HOST_UNKNOWN, "alice", "web", "", "Forbidden", "peer-not-allowed"},
	    {(uid_t)-1, "alice", "web", "", "Forbidden", "peer-not-allowed"},
	    /* By the secret of app, which lists app. */
	    {HOST_ROOT, "alice", "app", ", 'clientAuth': '" APP "'", "", NULL},
	    {HOST_ALICE, "bob", "app", ", 'clientAuth': '" APP "'", "", NULL},
	    {HOST_UNKNOWN, "bob", "app", ", 'clientAuth': '" APP "'", "", NULL},
	    /* Who says which Client he is, is bound to it. */
	    {HOST_ROOT, "alice", "sshd", ", 'clientAuth': '" APP "'",
		"Forbidden", "client-service"},
	    {HOST_ALICE, "alice", "sshd", ", 'clientAuth': '" APP "'",
		"Forbidden", "client-service"},
	    {HOST_BOB, "alice", "web", ", 'clientAuth': '" APP "'", "Forbidden",
		"client-service"},
	    {HOST_ROOT, "alice", "sshd", ", 'clientAuth': 'Basic YXBwOng='",
		"Unauthorized", NULL},
	};

	(void)state;
	host_configure(ALL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *error = authorize(cases[i].uid, cases[i].sub,
		    cases[i].service, cases[i].more);

		if (!streq(error, cases[i].error))
			fail_msg("case %zu: %s", i, error);
		if (cases[i].reason)
			assert_refused(cases[i].error, error, cases[i].reason);
		assert_int_equal(host->audit_count, i + 1);
	}
	assert_audit(host->audit_count, "authorize 0 client-secret -");
}

static void
a_token_that_is_not_good_opens_nothing(void **state)
{
	static const struct {
		const char *sub, *reason;
	} cases[] = {
	    {"carol", "inactive"},
	    {"mallory", "token-no-user"},
	    {"root", "token-no-user"},
	    /* Without a Unix account, and no Client asks. */
	    {"reports", "unknown-user"},
	};

	(void)state;
	host_configure(ALL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused("Unauthorized",
		    authorize(HOST_ROOT, cases[i].sub, "sshd", ""),
		    cases[i].reason);
	assert_audit(4, "authorize 0 unknown-user reports");
	assert_refused("Unauthorized",
	    host_call(HOST_ROOT, "Token.Authorize",
		"{'token': 'nonsense', 'service': 'sshd'}"),
	    "token-malformed");
	assert_refused("Unauthorized",
	    host_call(HOST_ROOT, "Token.Authorize",
		"{'token': 'abx_nonsense', 'service': 'sshd'}"),
	    "session-unknown");
	assert_refused("Unauthorized",
	    authorize(HOST_ROOT, "alice", "sshd", ", 'introspector': 'x'"),
	    "introspector-unknown");
}

static void
the_user_must_be_who_was_asked_for(void **state)
{
	(void)state;
	host_configure(ALL);
	assert_string_equal(
	    authorize(HOST_ROOT, "alice", "sshd", ", 'user': 'alice'"), "");
	assert_refused("Unauthorized",
	    authorize(HOST_ROOT, "alice", "sshd", ", 'user': 'bob'"),
	    "token-other-user");
	assert_refused("Unauthorized",
	    authorize(HOST_ROOT, "alice", "sshd", ", 'user': 'Alice'"),
	    "token-other-user");
	assert_refused("Unauthorized",
	    authorize(HOST_ROOT, "alice", "sshd", ", 'user': ''"),
	    "token-other-user");
}

static void
an_account_of_the_system_is_not_reached_by_name(void **state)
{
	(void)state;
	host->alice_uid = 999;
	host_configure(ALL);
	assert_refused("Unauthorized",
	    authorize(HOST_ROOT, "alice", "sshd", ""), "system-account");
}

static void
a_clients_user_needs_no_account_but_for_a_shell(void **state)
{
	(void)state;
	host_configure(
	    ALL "---\n{resourceType: Client, id: shells, secret: s, services: "
		"[sshd, app]}\n");
	assert_string_equal(authorize(HOST_ALICE, "reports", "app",
				", 'clientAuth': '" APP "'"),
	    "");
	assert_string_equal(host_text("client"), "app");
	assert_string_equal(host_text("user"), "reports");
	assert_audit(1, "authorize 1 token-accepted reports");
	assert_refused("Unauthorized", /* shells:s */
	    authorize(HOST_ROOT, "reports", "sshd",
		", 'clientAuth': 'Basic c2hlbGxzOnM='"),
	    "unknown-user");
}

static void
policies_decide_by_all_that_the_caller_knows(void **state)
{
	static const struct {
		const char *policy, *more, *reason;
	} cases[] = {
	    {"{service: sshd}", "", NULL},
	    {"{service: sudo}", "", "policy-denied"},
	    {"{network: {$contains: 192.0.2.0/24}}", ", 'rhost': '192.0.2.7'",
		NULL},
	    {"{network: {$contains: 192.0.2.0/24}}", ", 'rhost': '192.0.3.7'",
		"policy-denied"},
	    {"{network: {$contains: 192.0.2.0/24}}", "", "policy-denied"},
	    {"{tty: pts/1, ruser: eve}", ", 'tty': 'pts/1', 'ruser': 'eve'",
		NULL},
	    {"{host: shop.example}", ", 'host': 'shop.example'", NULL},
	    {"{host: shop.example}", "", "policy-denied"},
	    {"{jwt: {sub: alice}, role: {$contains: {name: nurse}}}", "", NULL},
	    {"{client: {id: web}}", "", "policy-denied"},
	};
	char yaml[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(yaml, sizeof(yaml),
		    TOKEN_CONFIG POLICY "id: p\nengine: matcho\nmatcho: %s\n",
		    cases[i].policy);
		host_configure(yaml);
		if (cases[i].reason)
			assert_refused("Forbidden",
			    authorize(
				HOST_ROOT, "alice", "sshd", cases[i].more),
			    cases[i].reason);
		else if (!streq(authorize(
				    HOST_ROOT, "alice", "sshd", cases[i].more),
			     ""))
			fail_msg("case %zu: %s", i, host_text("reason"));
	}
	host_configure(TOKEN_CONFIG);
	assert_refused("Forbidden", authorize(HOST_ROOT, "alice", "sshd", ""),
	    "no-policy");
	assert_audit(host->audit_count, "authorize 2 no-policy alice");
}

/* Whoever asks about himself must not choose where he comes from. */
static void
an_address_is_believed_of_root_and_of_clients(void **state)
{
	const char *more = ", 'rhost': '192.0.2.7'";

	(void)state;
	host_configure(TOKEN_CONFIG POLICY
	    "id: p\nengine: matcho\nmatcho: {remote-addr: 192.0.2.7}\n");
	assert_string_equal(authorize(HOST_ROOT, "alice", "web", more), "");
	assert_string_equal(authorize(HOST_BOB, "alice", "web", more), "");
	assert_refused("Forbidden", authorize(HOST_ALICE, "alice", "web", more),
	    "policy-denied");
}

static void
both_stages_must_allow_it(void **state)
{
	static const char *const stages[] = {"login", "account"};
	char yaml[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		(void)snprintf(yaml, sizeof(yaml),
		    TOKEN_CONFIG POLICY "id: one\nengine: allow\nstage: %s\n",
		    stages[i]);
		host_configure(yaml);
		assert_refused("Forbidden",
		    authorize(HOST_ROOT, "alice", "sshd", ""), "no-policy");
	}
	host_configure(TOKEN_CONFIG POLICY "id: one\nengine: allow\n"
					   "stage: login\n" POLICY
					   "id: two\nengine: allow\n"
					   "stage: account\n");
	assert_string_equal(authorize(HOST_ROOT, "alice", "sshd", ""), "");
	assert_string_equal(host_text("policy"), "two");
}

static void
a_session_opens_what_its_token_opens(void **state)
{
	char token[64];

	(void)state;
	host_configure(TOKEN_CONFIG POLICY
	    "id: p\nengine: matcho\nmatcho: {jwt: {sub: alice}}\n");
	assert_call("", HOST_ALICE, "Session.Create", "{'token': '%s'}",
	    token_sign("alice", TOKEN_KEY));
	(void)snprintf(token, sizeof(token), "%s", host_text("token"));
	assert_call("", HOST_ROOT, "Token.Authorize",
	    "{'token': '%s', 'service': 'sshd'}", token);
	assert_string_equal(host_text("reason"), "session-accepted");
	host->now_unix_s += 600;
	assert_refused("Unauthorized",
	    host_call(HOST_ROOT, "Token.Authorize",
		"{'token': '%s', 'service': 'sshd'}", token),
	    "session-unknown");
}

static void
what_cannot_be_found_out_is_no_verdict(void **state)
{
	(void)state;
	host_configure("resourceType: TokenIntrospector\n"
		       "type: opaque\n"
		       "introspection_endpoint: {url: "
		       "'https://idp.example/introspect'}\n");
	assert_call("Unavailable", HOST_ROOT, "Token.Authorize",
	    "{'token': 'some-opaque-token-0123456789', 'service': 'sshd'}");
	assert_string_equal(host_text("reason"), "issuer_unavailable");
	assert_int_equal(strlen(host_text("reference")), 8);
	assert_audit(1, "authorize 4 issuer-unavailable -");

	host_configure(ALL);
	host->nss_error = EIO;
	assert_refused("Unavailable", authorize(HOST_ROOT, "alice", "sshd", ""),
	    "nss_unavailable");
	assert_audit(2, "authorize 4 nss-unavailable -");
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static char long_text[400];
	static const char *const wrong[] = {
	    "{}",
	    "{'token': 't'}",
	    "{'service': 's'}",
	    "{'token': 't', 'service': ''}",
	    "{'token': 't', 'service': 1}",
	    "{'token': 't', 'service': 's', 'rhost': []}",
	    "{'token': 't', 'service': 's', 'stage': 'login'}",
	};

	(void)state;
	host_configure(ALL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
		    "Token.Authorize", "%s", wrong[i]);
	memset(long_text, 'x', sizeof(long_text) - 1);
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "Token.Authorize", "{'token': 't', 'service': '%s'}", long_text);
	assert_int_equal(host->audit_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_good_token_opens_what_a_policy_allows),
	    HOST_TEST(each_asks_about_what_is_his),
	    HOST_TEST(a_token_that_is_not_good_opens_nothing),
	    HOST_TEST(the_user_must_be_who_was_asked_for),
	    HOST_TEST(an_account_of_the_system_is_not_reached_by_name),
	    HOST_TEST(a_clients_user_needs_no_account_but_for_a_shell),
	    HOST_TEST(policies_decide_by_all_that_the_caller_knows),
	    HOST_TEST(an_address_is_believed_of_root_and_of_clients),
	    HOST_TEST(both_stages_must_allow_it),
	    HOST_TEST(a_session_opens_what_its_token_opens),
	    HOST_TEST(what_cannot_be_found_out_is_no_verdict),
	    HOST_TEST(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
