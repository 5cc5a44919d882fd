/* io.authbox.User: who may ask, what is changed, and what stays. */
#include "api_host.h"

#include "token/session.h"
#include "users/ownership.h"
#include "users/uid_owner.h"

#define ISSUER "https://idp.example"
#define PAIR   "'issuer':'" ISSUER "','subject':'1'"

/* One without a Unix account, so that nobody else is needed. */
static void
make(const char *name, const char *sub)
{
	AUTO(person) person = person_new(name, PERSON_NO_UID, ISSUER, sub);
	enum ownership result;

	assert_non_null(person);
	person->created_unix_s = HOST_NOW;
	assert_int_equal(
	    ownership_take(host->daemon.store, person, HOST_NOW, &result), 0);
	assert_int_equal(result, OWNERSHIP_TAKEN);
}

static void
all_but_oneself_is_roots(void **state)
{
	static const struct {
		const char *method, *parameters;
	} calls[] = {
	    {"User.Show", "{'user':'bob'}"},
	    {"User.Add", "{'user':'ann','account':false}"},
	    {"User.Link", "{'user':'alice'," PAIR "}"},
	    {"User.Unlink", "{" PAIR "}"},
	    {"User.Deactivate", "{'user':'alice'}"},
	    {"User.Activate", "{'user':'alice'}"},
	    {"User.Remove", "{'user':'alice'}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_call("Forbidden", HOST_ALICE, calls[i].method, "%s",
		    calls[i].parameters);
	assert_int_equal(host->audit_count, 0);
}

static void
a_link_is_made_shown_and_taken_away(void **state)
{
	(void)state;
	assert_call("", HOST_ROOT, "User.Link", "{'user':'alice'," PAIR "}");
	assert_audit(1, "user-linked 1 user-changed alice");
	assert_call(
	    "User.Taken", HOST_ROOT, "User.Link", "{'user':'bob'," PAIR "}");
	assert_string_equal(host_text("user"), "alice");
	assert_call("Forbidden", HOST_ROOT, "User.Link",
	    "{'user':'nobody-here','issuer':'i','subject':'2'}");
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "User.Link", "{'user':'alice','issuer':'','subject':'2'}");

	assert_call("", HOST_ALICE, "User.Show", "{}");
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "links")), 1);
	assert_call("User.NotFound", HOST_BOB, "User.Show", "{}");

	assert_call("", HOST_ROOT, "User.Unlink", "{" PAIR "}");
	assert_string_equal(host_text("user"), "alice");
	assert_call("User.NotFound", HOST_ROOT, "User.Unlink", "{" PAIR "}");
}

static void
a_user_is_added_shut_out_and_forgotten(void **state)
{
	const struct session given = {.user = "ann",
	    .uid = SESSION_NO_UID,
	    .expires_unix_s = HOST_NOW + 600};
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = NULL;
	AUTO(subject) link = NULL;

	(void)state;
	assert_call("", HOST_ROOT, "User.Add",
	    "{'user':'ann','account':false," PAIR "}");
	assert_call("", HOST_ROOT, "User.Add",
	    "{'user':'ann','account':false," PAIR "}");
	assert_call("User.Taken", HOST_ROOT, "User.Add",
	    "{'user':'ann','account':false}");
	assert_call(
	    "", HOST_ROOT, "User.Add", "{'user':'hal','account':false}");
	assert_call(
	    "", HOST_ROOT, "User.Add", "{'user':'hal','account':false}");
	assert_call("User.Taken", HOST_ROOT, "User.Add",
	    "{'user':'hal','account':false," PAIR "}");
	assert_call("User.Taken", HOST_ROOT, "User.Add", "{'user':'alice'}");
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "User.Add", "{'user':'eve','issuer':'i'}");
	assert_call("org.varlink.service.InvalidParameter", HOST_ROOT,
	    "User.Add", "{'user':'eve','uid':0}");

	assert_int_equal(
	    session_create(host->daemon.store, &given, HOST_NOW, &token, id),
	    0);
	assert_call("", HOST_ROOT, "User.Deactivate", "{'user':'ann'}");
	assert_call("", HOST_ROOT, "User.Show", "{'user':'ann'}");
	assert_true(cJSON_IsTrue(
	    json_find(json_find(host->reply.parameters, "user"), "inactive")));
	assert_call("", HOST_ROOT, "Session.List", "{'everybody':true}");
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "sessions")),
	    0);
	assert_call("", HOST_ROOT, "User.Activate", "{'user':'ann'}");

	assert_call("", HOST_ROOT, "User.Remove", "{'user':'ann'}");
	assert_int_equal(host_number("links"), 1);
	assert_call(
	    "User.NotFound", HOST_ROOT, "User.Remove", "{'user':'ann'}");
	assert_call("User.NotFound", HOST_ROOT, "User.Show", "{'user':'ann'}");
	assert_int_equal(
	    subject_find(host->daemon.store, ISSUER, "1", &link), 0);
}

/* Where authbox-userdb is not there, nothing is half done for good. */
static void
without_authbox_userdb_no_account_is_added_and_none_removed(void **state)
{
	AUTO(person) person = person_new("ann", 70001, ISSUER, "1");
	AUTO(person) there = NULL;
	enum ownership result;

	(void)state;
	assert_call("Unavailable", HOST_ROOT, "User.Add", "{'user':'eve'}");
	assert_string_equal(host_text("reason"), "userdb_unavailable");
	assert_int_equal(person_find(host->daemon.store, "eve", &there), 0);

	assert_int_equal(
	    ownership_take(host->daemon.store, person, HOST_NOW, &result), 0);
	assert_call("Unavailable", HOST_ROOT, "User.Remove", "{'user':'ann'}");
	assert_int_equal(person_find(host->daemon.store, "ann", &there), 1);
	assert_true(there->inactive);
}

static void
an_unknown_user_is_not_found(void **state)
{
	static const char *const methods[] = {
	    "User.Deactivate", "User.Activate", "User.Remove", "User.Show"};

	(void)state;
	make("ann", "1");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		assert_call("User.NotFound", HOST_ROOT, methods[i],
		    "{'user':'nobody-here'}");
		assert_call("User.NotFound", HOST_ROOT, methods[i],
		    "{'user':'../ann'}");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(all_but_oneself_is_roots),
	    HOST_TEST(a_link_is_made_shown_and_taken_away),
	    HOST_TEST(a_user_is_added_shut_out_and_forgotten),
	    HOST_TEST(
		without_authbox_userdb_no_account_is_added_and_none_removed),
	    HOST_TEST(an_unknown_user_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
