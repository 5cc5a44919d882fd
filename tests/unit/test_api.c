/* Who may call what, and that texts and tables say the same. */
#include "tests/unit/api_host.h"

/* Every method there is, and who may call it: written down a second time, so
 * that no change of the tables goes unseen. */
static const struct {
	const char *method;
	enum varlink_may may;
} verbs[] = {
    {"TwoFactor.Request", VARLINK_SELF},
    {"TwoFactor.Confirm", VARLINK_SELF},
    {"TwoFactor.Disable", VARLINK_SELF},
    {"TwoFactor.Replace", VARLINK_SELF},
    {"TwoFactor.Status", VARLINK_SELF},
    {"TwoFactor.Recovery", VARLINK_SELF},
    {"TwoFactor.Resync", VARLINK_SELF},
    {"TwoFactor.Reset", VARLINK_ROOT},
    {"Import.GoogleAuthenticator", VARLINK_ROOT},
    {"Import.Oath", VARLINK_ROOT},
    {"Store.Check", VARLINK_ROOT},
    {"Store.Backup", VARLINK_ROOT},
    {"Store.Rekey", VARLINK_ROOT},
    {"Store.ExportKey", VARLINK_ROOT},
    {"Store.AcceptClock", VARLINK_ROOT},
    {"Daemon.Reload", VARLINK_ROOT},
    {"Daemon.Stats", VARLINK_ROOT},
    {"Daemon.ConfigCheck", VARLINK_ROOT},
    {"Daemon.Status", VARLINK_ANYONE},
    {"Daemon.ConfigExplain", VARLINK_ANYONE},
    {"Token.Introspect", VARLINK_ANYONE},
    {"Token.Authorize", VARLINK_ANYONE},
    {"Policy.Test", VARLINK_ROOT},
    {"User.List", VARLINK_ROOT},
    {"User.Show", VARLINK_SELF},
    {"User.Add", VARLINK_ROOT},
    {"User.Link", VARLINK_ROOT},
    {"User.Unlink", VARLINK_ROOT},
    {"User.Deactivate", VARLINK_ROOT},
    {"User.Activate", VARLINK_ROOT},
    {"User.Remove", VARLINK_ROOT},
    {"Session.Create", VARLINK_ANYONE},
    {"Session.List", VARLINK_SELF},
    {"Session.Revoke", VARLINK_ANYONE},
    {"Session.RevokeAll", VARLINK_SELF},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct varlink_method *
find_method(const char *name)
{
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name; m++)
			if (streq(m->name + strlen("io.authbox."), name))
				return m;
	return NULL;
}

static void
every_method_is_in_this_list(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name; m++)
			count++;
	assert_int_equal(count, VERB_COUNT);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		const struct varlink_method *m = find_method(verbs[i].method);

		assert_non_null(m);
		assert_int_equal(m->may, verbs[i].may);
	}
}

static bool
takes_user(const struct varlink_method *method)
{
	for (const char *const *p = method->parameters; p && *p; p++)
		if (streq(*p, "user"))
			return true;
	return false;
}

/* Call with alice as `user` where there is one: was it let through? */
static bool
is_let_through(uid_t uid, const char *verb, bool name_alice)
{
	const char *parameters = "{}", *error;

	if (name_alice && takes_user(find_method(verb)))
		parameters = "{'user': 'alice'}";
	error = host_call(uid, verb, "%s", parameters);
	return !(streq(error, "Forbidden") &&
		 streq_null(host_text("reason"), "not_allowed"));
}

static void
each_verb_is_for_whom_the_table_says(void **state)
{
	static const struct {
		uid_t uid;
		bool is_root, is_alice;
	} peers[] = {
	    {HOST_ROOT, true, false},
	    {HOST_ALICE, false, true},
	    {HOST_BOB, false, false},
	    {HOST_NOBODY, false, false},
	    {HOST_UNKNOWN, false, false},
	    {(uid_t)-1, false, false},
	};

	(void)state;
	for (size_t v = 0; v < VERB_COUNT; v++)
		for (size_t p = 0; p < sizeof(peers) / sizeof(peers[0]); p++) {
			enum varlink_may may = verbs[v].may;
			bool expected =
			    may == VARLINK_ANYONE || peers[p].is_root ||
			    (may == VARLINK_SELF && peers[p].is_alice);

			if (is_let_through(peers[p].uid, verbs[v].method,
				true) == expected)
				continue;
			fail_msg("%s as uid %u", verbs[v].method,
			    (unsigned)peers[p].uid);
		}
}

static void
a_user_left_out_is_the_peer_himself(void **state)
{
	(void)state;
	assert_call("", HOST_BOB, "TwoFactor.Status", "{}");
	assert_string_equal(host_text("user"), "bob");
	assert_call("", HOST_ROOT, "TwoFactor.Status", "{}");
	assert_string_equal(host_text("user"), "root");
	assert_call("", HOST_ROOT, "TwoFactor.Status", "{'user': 'alice'}");
	assert_string_equal(host_text("user"), "alice");
	assert_call("Forbidden", HOST_NOBODY, "TwoFactor.Status", "{}");
	/* Nobody's uid: let through by the table, but it has no name. */
	assert_call("Forbidden", HOST_UNKNOWN, "TwoFactor.Status", "{}");
	assert_string_equal(host_text("reason"), "unknown_user");
}

/* ---- the interface texts ---- */

static char *
read_text(const char *interface)
{
	static char text[32768];
	char path[128];
	FILE *file;
	size_t size;

	(void)snprintf(
	    path, sizeof(path), "include/authbox/%s.varlink", interface);
	file = fopen(path, "r");
	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	assert_in_range(size, 1, sizeof(text) - 2);
	text[size] = '\0';
	return text;
}

static void
the_interface_texts_are_those_of_the_files(void **state)
{
	(void)state;
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		assert_string_equal(i->description, read_text(i->name));
}

/* The next parameter's name of "(a: t, b: ?(x, y))" from `at`, which stands
 * behind the "("; NULL: behind the ")". */
static const char *
next_name(const char *at, char ret_name[64], const char **ret_at)
{
	int depth = 1;

	for (; depth > 0; at++) {
		size_t size = strspn(at,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123"
		    "456789");

		depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
		if (depth == 1 && size > 0 && at[size] == ':') {
			(void)snprintf(ret_name, 64, "%.*s", (int)size, at);
			*ret_at = at + size;
			return ret_name;
		}
		at += size > 0 ? size - 1 : 0;
	}
	return NULL;
}

static bool
has_parameter(const struct varlink_method *method, const char *name)
{
	for (const char *const *p = method->parameters; p && *p; p++)
		if (streq(*p, name))
			return true;
	return false;
}

static void
methods_take_what_their_text_says(void **state)
{
	(void)state;
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name;
		     m++) {
			char line[96], name[64];
			size_t count = 0, known = 0;
			const char *at;

			(void)snprintf(line, sizeof(line), "\nmethod %s(",
			    m->name + strlen(i->name) + 1);
			at = strstr(i->description, line);
			assert_non_null(at);
			at += strlen(line);
			while (next_name(at, name, &at)) {
				count++;
				if (!has_parameter(m, name))
					fail_msg("%s: %s", m->name, name);
			}
			for (const char *const *p = m->parameters; p && *p; p++)
				known++;
			assert_int_equal(count, known);
		}
}

static void
texts_have_no_method_without_code(void **state)
{
	(void)state;
	for (const struct varlink_interface *i = api_interfaces; i->name; i++) {
		const char *at = i->description;
		size_t texts = 0, methods = 0;

		while ((at = strstr(at, "\nmethod ")) != NULL) {
			at++;
			texts++;
		}
		while (i->methods[methods].name)
			methods++;
		assert_int_equal(texts, methods);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(every_method_is_in_this_list),
	    HOST_TEST(each_verb_is_for_whom_the_table_says),
	    HOST_TEST(a_user_left_out_is_the_peer_himself),
	    HOST_TEST(the_interface_texts_are_those_of_the_files),
	    HOST_TEST(methods_take_what_their_text_says),
	    HOST_TEST(texts_have_no_method_without_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
