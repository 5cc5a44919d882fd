/*
 * Every method there is, called by every kind of peer about alice: exactly one
 * outcome for each, written down here and nowhere else. Whoever adds a method
 * adds its rows; the default is no.
 */
#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"
#include "token/session.h"

/* Each cell has a store of its own, which nobody will miss after a power cut.
 */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

#define SERVICE	 "org.varlink.service."
#define OUTCOME	 96
#define AUTH_APP "Basic YXBwOm9wZW5zOiBpdA==" /* app:opens: it */

#define PEOPLE                                                                 \
	"resourceType: TokenIntrospector\n"                                    \
	"id: idp\n"                                                            \
	"type: jwt\n"                                                          \
	"jwt: {iss: 'https://idp.example', aud: [host], secret: '" TOKEN_KEY   \
	"'}\n"                                                                 \
	"---\n"                                                                \
	"{resourceType: User, id: alice}\n"                                    \
	"---\n"                                                                \
	"{resourceType: Client, id: app, secret: 'opens: it', services: "      \
	"[web]}\n"                                                             \
	"---\n"                                                                \
	"{resourceType: Client, id: web, peers: [bob], services: [web]}\n"     \
	"---\n"                                                                \
	"{resourceType: AccessPolicy, id: all, engine: allow}\n"

/* Who asks. A Client's secret goes with a uid that NSS does not know, to
 * methods that take one. */
enum peer { ROOT, SELF, OTHER, CLIENT_PEER, CLIENT_SECRET, NOBODY, PEERS };

static const struct {
	const char *name;
	uid_t uid;
} peers[PEERS] = {
    [ROOT] = {"root", HOST_ROOT},
    [SELF] = {"alice herself", HOST_ALICE},
    [OTHER] = {"another user", HOST_DORA},
    [CLIENT_PEER] = {"a peer of a Client", HOST_BOB},
    [CLIENT_SECRET] = {"who has a Client's secret", HOST_UNKNOWN},
    [NOBODY] = {"nobody", HOST_NOBODY},
};

/* What there is before the call. */
enum state { PLAIN, REQUESTED, ENROLLED, SESSION };

#define OK     "ok"
#define NO     "Forbidden/not_allowed"
#define NAME   "Forbidden/unknown_user" /* his uid has none */
#define STREAM SERVICE "ExpectedMore/-"

#define ROOT_ALONE                                                             \
	{                                                                      \
		OK, NO, NO, NO, NO, NO                                         \
	}
#define ROOT_AND_SELF                                                          \
	{                                                                      \
		OK, OK, NO, NO, NO, NO                                         \
	}
#define ANYONE                                                                 \
	{                                                                      \
		OK, OK, OK, OK, OK, OK                                         \
	}

/* In parameters: @code, @token (alice's), @id (her session's). */
static const struct row {
	const char *method;
	enum state state;
	const char *parameters;
	const char *outcomes[PEERS];
} rows[] = {
    {"TwoFactor.Request", PLAIN, "'user': 'alice'", ROOT_AND_SELF},
    {"TwoFactor.Request", ENROLLED, "'user': 'alice', 'device': 'b'",
	{OK, "WrongToken/wrong_token", NO, NO, NO, NO}},
    {"TwoFactor.Request", PLAIN, "", {OK, OK, OK, OK, NAME, NO}},
    {"TwoFactor.Confirm", REQUESTED, "'user': 'alice', 'code': '@code'",
	ROOT_AND_SELF},
    {"TwoFactor.Confirm", REQUESTED, "'user': 'alice', 'code': ''",
	{"WrongToken/wrong_token", "WrongToken/wrong_token", NO, NO, NO, NO}},
    {"TwoFactor.Disable", ENROLLED, "'user': 'alice', 'code': '@code'",
	ROOT_AND_SELF},
    {"TwoFactor.Replace", ENROLLED, "'user': 'alice', 'code': '@code'",
	ROOT_AND_SELF},
    {"TwoFactor.Status", ENROLLED, "'user': 'alice'", ROOT_AND_SELF},
    {"TwoFactor.Status", ENROLLED, "'user': 'mallory'",
	{"Forbidden/unknown_user", NO, NO, NO, NO, NO}},
    {"TwoFactor.Recovery", ENROLLED, "'user': 'alice', 'code': '@code'",
	ROOT_AND_SELF},
    {"TwoFactor.Recovery", ENROLLED, "'user': 'alice'",
	{OK, "WrongToken/wrong_token", NO, NO, NO, NO}},
    {"TwoFactor.Reset", ENROLLED, "'user': 'alice'", ROOT_ALONE},
    {"TwoFactor.Resync", ENROLLED, "'user': 'alice', 'code1': '@code'",
	{OK, "Forbidden/root_only", NO, NO, NO, NO}},
    {"Import.GoogleAuthenticator", PLAIN,
	"'user': 'alice', 'text': "
	"'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\\n\\' TOTP_AUTH\\n'",
	ROOT_ALONE},
    {"Import.Oath", PLAIN,
	"'line': 'HOTP/T30/6 alice - "
	"3132333435363738393031323334353637383930'",
	ROOT_ALONE},
    {"Store.Check", ENROLLED, "", ROOT_ALONE},
    {"Store.Backup", ENROLLED, "", {STREAM, NO, NO, NO, NO, NO}},
    {"Store.Rekey", ENROLLED, "", ROOT_ALONE},
    {"Store.ExportKey", ENROLLED, "", ROOT_ALONE},
    {"Store.AcceptClock", ENROLLED, "", ROOT_ALONE},
    {"Daemon.Reload", PLAIN, "", ROOT_ALONE},
    {"Daemon.Stats", PLAIN, "", ROOT_ALONE},
    {"Daemon.ConfigCheck", PLAIN, "", ROOT_ALONE},
    {"Daemon.Status", PLAIN, "", ANYONE},
    {"Daemon.ConfigExplain", PLAIN, "'kind': 'Client'", ANYONE},
    {"Token.Introspect", PLAIN, "'token': '@token'", ANYONE},
    {"Token.Introspect", SESSION, "'token': '@session'", ANYONE},
    {"Token.Authorize", PLAIN, "'token': '@token', 'service': 'web'",
	{OK, OK, "Forbidden/peer-not-allowed", OK, OK,
	    "Forbidden/peer-not-allowed"}},
    {"Token.Authorize", PLAIN, "'token': '@token', 'service': 'sshd'",
	{OK, OK, "Forbidden/peer-not-allowed", "Forbidden/peer-not-allowed",
	    "Forbidden/client-service", "Forbidden/peer-not-allowed"}},
    {"User.List", PLAIN, "", {STREAM, NO, NO, NO, NO, NO}},
    {"User.Show", PLAIN, "'user': 'alice'",
	{"User.NotFound/not_found", "User.NotFound/not_found", NO, NO, NO, NO}},
    {"User.Add", PLAIN, "'user': 'ann', 'account': false", ROOT_ALONE},
    {"User.Link", PLAIN, "'user': 'alice', 'issuer': 'i', 'subject': 's'",
	ROOT_ALONE},
    {"User.Unlink", PLAIN, "'issuer': 'i', 'subject': 's'",
	{"User.NotFound/not_found", NO, NO, NO, NO, NO}},
    {"User.Deactivate", PLAIN, "'user': 'alice'",
	{"User.NotFound/not_found", NO, NO, NO, NO, NO}},
    {"User.Activate", PLAIN, "'user': 'alice'",
	{"User.NotFound/not_found", NO, NO, NO, NO, NO}},
    {"User.Remove", PLAIN, "'user': 'alice'",
	{"User.NotFound/not_found", NO, NO, NO, NO, NO}},
    {"Policy.Test", PLAIN, "'user': 'alice', 'service': 'web'", ROOT_ALONE},
    {"Session.Create", PLAIN, "'token': '@token'",
	{OK, OK, "Forbidden/other_user", "Forbidden/other_user",
	    "Forbidden/other_user", "Forbidden/other_user"}},
    {"Session.Create", PLAIN, "",
	{"Forbidden/not_fresh", "Forbidden/not_fresh", "Forbidden/not_fresh",
	    "Forbidden/not_fresh", "Forbidden/not_fresh",
	    "Forbidden/not_fresh"}},
    {"Session.List", SESSION, "'user': 'alice'", ROOT_AND_SELF},
    {"Session.List", SESSION, "", {OK, OK, OK, OK, NAME, NO}},
    {"Session.List", SESSION, "'everybody': true",
	{OK, "Forbidden/root_only", "Forbidden/root_only",
	    "Forbidden/root_only", "Forbidden/root_only", NO}},
    {"Session.Revoke", SESSION, "'id': '@id'",
	{OK, OK, "Session.NotFound/no_session", "Session.NotFound/no_session",
	    NAME, "Session.NotFound/no_session"}},
    {"Session.RevokeAll", SESSION, "'user': 'alice'", ROOT_AND_SELF},
    {"Session.RevokeAll", SESSION, "", {OK, OK, OK, OK, NAME, NO}},
    {"Session.RevokeAll", SESSION, "'everybody': true",
	{OK, "Forbidden/root_only", "Forbidden/root_only",
	    "Forbidden/root_only", "Forbidden/root_only", NO}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct varlink_method *
find_method(const char *name)
{
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name; m++)
			if (streq(m->name + strlen("io.authbox."), name))
				return m;
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
every_method_has_its_rows(void **state)
{
	(void)state;
	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name;
		     m++) {
			size_t found = 0;

			for (size_t r = 0; r < ROWS; r++)
				found += streq(m->name + strlen("io.authbox."),
				    rows[r].method);
			if (found == 0)
				fail_msg("%s has no row", m->name);
		}
}

/* ---- one cell ---- */

struct scene {
	const char *code;
	char token[1024], session[64], id[64];
	struct app *app;
};

static void
set_scene(enum state state, struct scene *scene)
{
	host_configure(PEOPLE);
	scene->code = "";
	if (state == REQUESTED) {
		assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
		scene->app = app_scan();
	} else if (state == ENROLLED)
		scene->app = host_enrol(HOST_ALICE);
	if (scene->app)
		scene->code = app_code(scene->app, 0);
	(void)snprintf(scene->token, sizeof(scene->token), "%s",
	    token_sign("alice", TOKEN_KEY));
	if (state != SESSION)
		return;
	assert_call(
	    "", HOST_ALICE, "Session.Create", "{'token': '%s'}", scene->token);
	(void)snprintf(
	    scene->session, sizeof(scene->session), "%s", host_text("token"));
	(void)snprintf(scene->id, sizeof(scene->id), "%s", host_text("id"));
}

/* A copy of `text` with each @word filled in. */
static char *
fill_in(const char *text, const struct scene *scene)
{
	const struct {
		const char *word, *value;
	} words[] = {{"@code", scene->code}, {"@token", scene->token},
	    {"@session", scene->session}, {"@id", scene->id}};
	char *filled = NULL;
	size_t size;
	FILE *out = open_memstream(&filled, &size);

	assert_non_null(out);
	while (*text) {
		size_t w = 0;

		while (w < 4 &&
		       strncmp(text, words[w].word, strlen(words[w].word)) != 0)
			w++;
		if (w < 4) {
			(void)fputs(words[w].value, out);
			text += strlen(words[w].word);
		} else
			(void)putc(*text++, out);
	}
	assert_int_equal(fclose(out), 0);
	return filled;
}

/* "ok", or "ERROR/REASON". */
static void
call_cell(const struct row *row, enum peer peer, const struct scene *scene,
    char ret_outcome[OUTCOME])
{
	AUTO_TEXT parameters = fill_in(row->parameters, scene);
	const char *error, *auth = "";

	if (peer == CLIENT_SECRET &&
	    has_parameter(find_method(row->method), "clientAuth"))
		auth = ", 'clientAuth': '" AUTH_APP "'";
	error =
	    host_call(peers[peer].uid, row->method, "{%s%s}", parameters, auth);
	if (!*error)
		(void)snprintf(ret_outcome, OUTCOME, OK);
	else
		(void)snprintf(ret_outcome, OUTCOME, "%s/%s", error,
		    host_text("reason") ? host_text("reason") : "-");
}

static int
clean_up(void)
{
	void *nothing = NULL;

	return host_teardown(&nothing);
}

static void
each_peer_gets_exactly_this(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t r = 0; r < ROWS; r++)
		for (enum peer p = 0; p < PEERS; p++) {
			struct scene scene = {0};
			char outcome[OUTCOME];
			void *nothing = NULL;

			assert_int_equal(host_setup(&nothing), 0);
			set_scene(rows[r].state, &scene);
			call_cell(&rows[r], p, &scene, outcome);
			app_free(scene.app);
			assert_int_equal(clean_up(), 0);
			if (streq(outcome, rows[r].outcomes[p]))
				continue;
			print_message("%s {%s} by %s: %s, not %s\n",
			    rows[r].method, rows[r].parameters, peers[p].name,
			    outcome, rows[r].outcomes[p]);
			wrong++;
		}
	assert_int_equal(wrong, 0);
}

/* ---- what is there ---- */

/* The reply's parameters as text; "" of an error. */
static void
ask_service(
    const char *method, const char *interface, struct varlink_reply *ret)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	struct host_caller caller;

	if (interface)
		assert_non_null(cJSON_AddStringToObject(
		    parameters, "interface", interface));
	host_enter(&caller, HOST_NOBODY);
	assert_int_equal(varlink_client_call(&caller.client, method, parameters,
			     false, stream_now_ms() + HOST_CALL_MS, ret),
	    0);
	host_leave(&caller);
}

static void
everybody_learns_what_there_is(void **state)
{
	struct varlink_reply info = {0};
	const cJSON *listed, *name;
	size_t count = 0;

	(void)state;
	ask_service(SERVICE "GetInfo", NULL, &info);
	assert_null(info.error);
	listed = json_find(info.parameters, "interfaces");
	cJSON_ArrayForEach (name, listed) {
		struct varlink_reply text = {0};
		const char *description = NULL;
		char begin[96];

		assert_true(cJSON_IsString(name));
		ask_service(SERVICE "GetInterfaceDescription",
		    name->valuestring, &text);
		assert_null(text.error);
		assert_int_equal(json_find_text(text.parameters, "description",
				     &description),
		    1);
		(void)snprintf(
		    begin, sizeof(begin), "interface %s\n", name->valuestring);
		assert_non_null(strstr(description, begin));
		varlink_reply_done(&text);
		count++;
	}
	for (const struct varlink_interface *i = api_interfaces; i->name; i++) {
		bool found = false;

		count--;
		cJSON_ArrayForEach (name, listed)
			found |= streq(name->valuestring, i->name);
		if (!found)
			fail_msg("%s is not listed", i->name);
	}
	assert_int_equal(count, 1); /* org.varlink.service itself */
	varlink_reply_done(&info);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_method_has_its_rows),
	    cmocka_unit_test(each_peer_gets_exactly_this),
	    HOST_TEST(everybody_learns_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
