/* The server's side of Varlink: who may call what, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "varlink_session.h"

static void
peers_may_call_what_the_table_says(void **state)
{
	static const struct {
		uid_t uid;
		const char *method, *user;
		const char *outcome; /* "yes", or a reason */
	} cases[] = {
	    {0, "Nobody", NULL, "not_allowed"},
	    {ALICE, "Nobody", NULL, "not_allowed"},
	    {0, "Root", NULL, "yes"},
	    {ALICE, "Root", NULL, "not_allowed"},
	    {ALICE, "Root", "alice", "not_allowed"},
	    {65534, "Root", NULL, "not_allowed"},
	    {(uid_t)-1, "Root", NULL, "not_allowed"},
	    {0, "Self", NULL, "yes"},
	    {0, "Self", "alice", "yes"},
	    {0, "Self", "broken-nss", "yes"},
	    {ALICE, "Self", NULL, "yes"},
	    {ALICE, "Self", "alice", "yes"},
	    {ALICE, "Self", "bob", "not_allowed"},
	    {ALICE, "Self", "", "not_allowed"},
	    {ALICE, "Self", "root", "not_allowed"},
	    {ALICE, "Self", "broken-nss", "store_io"},
	    {BOB, "Self", "alice", "not_allowed"},
	    {65534, "Self", NULL, "not_allowed"},
	    {(uid_t)-1, "Self", NULL, "not_allowed"},
	    {0, "Anyone", NULL, "yes"},
	    {ALICE, "Anyone", "bob", "yes"},
	    {65534, "Anyone", NULL, "yes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct varlink_reply reply = {0};
		AUTO_JSON parameters = cJSON_CreateObject();
		const char *outcome = "yes";
		char method[64];
		struct session s;

		if (cases[i].user)
			cJSON_AddStringToObject(
			    parameters, "user", cases[i].user);
		(void)snprintf(
		    method, sizeof(method), "io.test.%s", cases[i].method);
		session_init(&s, cases[i].uid);
		assert_int_equal(varlink_client_call(&s.client, method,
				     parameters, false, soon(), &reply),
		    0);
		if (reply.error)
			assert_int_equal(json_find_text(reply.parameters,
					     "reason", &outcome),
			    1);
		if (!streq(outcome, cases[i].outcome))
			fail_msg("uid %u %s user=%s: %s", cases[i].uid, method,
			    cases[i].user ? cases[i].user : "-", outcome);
		varlink_reply_done(&reply);
		session_done(&s);
	}
}

#define INVALID(name)                                                          \
	"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"  \
	"{\"parameter\":\"" name "\"}}"

static void
calls_are_read_strictly(void **state)
{
	static const struct {
		const char *call, *answer;
	} cases[] = {
	    {"{\"method\":\"io.test.Anyone\",\"parameters\":{\"text\":\"x\"}}",
		"{\"parameters\":{\"text\":\"x\"}}"},
	    {"{\"method\":\"io.test.Anyone\",\"parameters\":{\"text\":null}}",
		"{\"parameters\":{}}"},
	    {"{\"method\":\"io.test.Anyone\",\"more\":true}",
		"{\"parameters\":{}}"},
	    {"{\"method\":\"io.test.Anyone\",\"parameters\":{\"Text\":1}}",
		INVALID("Text")},
	    {"{\"method\":\"io.test.Anyone\",\"parameters\":{\"z\":null}}",
		INVALID("z")},
	    {"{\"method\":\"io.test.Anyone\",\"parameters\":[]}",
		INVALID("parameters")},
	    {"{\"method\":\"io.test.Anyone\",\"upgrade\":true}",
		INVALID("upgrade")},
	    {"{\"method\":\"io.test.Anyone\",\"oneway\":1}", INVALID("oneway")},
	    {"{\"method\":\"io.test.Anyone\",\"more\":\"yes\"}",
		INVALID("more")},
	    {"{\"method\":\"io.test.Anyone\",\"uid\":0}", INVALID("uid")},
	    {"{\"METHOD\":\"io.test.Anyone\"}", INVALID("method")},
	    {"{\"method\":7}", INVALID("method")},
	    {"{}", INVALID("method")},
	    {"{\"method\":\"io.test.Refuse\",\"parameters\":{\"a\":1}}",
		INVALID("a")},
	    {"{\"method\":\"io.test.Refuse\"}",
		"{\"error\":\"io.test.Sad\",\"parameters\":{\"reason\":"
		"\"rain\"}}"},
	    {"{\"method\":\"io.test.Nothing\"}",
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\"io.test.Nothing\"}}"},
	    {"{\"method\":\"io.tes.Anyone\"}",
		"{\"error\":\"org.varlink.service.InterfaceNotFound\","
		"\"parameters\":{\"interface\":\"io.tes\"}}"},
	    {"{\"method\":\"x\"}",
		"{\"error\":\"org.varlink.service.InterfaceNotFound\","
		"\"parameters\":{\"interface\":\"x\"}}"},
	    {"{\"method\":\"io.test.Count\"}",
		"{\"error\":\"org.varlink.service.ExpectedMore\","
		"\"parameters\":{}}"},
	    /* Not strict JSON, or no object: no answer at all. */
	    {"", "closed"},
	    {"[]", "closed"},
	    {"null", "closed"},
	    {"{\"method\":\"io.test.Anyone\"} {}", "closed"},
	    {"{\"method\":\"io.test.Anyone\",\"method\":\"io.test.Root\"}",
		"closed"},
	    {"{\"method\":\"io.test.Anyone\",\"\\u006dethod\":1}", "closed"},
	    {"{\"method\":\"io.test.Anyone\\u0000\"}", "closed"},
	    {"{\"method\":\"\xff\"}", "closed"},
	    {"{method:\"io.test.Anyone\"}", "closed"},
	    {"GET / HTTP/1.1\r\n\r\n", "closed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_answer(ALICE, cases[i].call, cases[i].answer);
}

static void
failures_come_from_one_table(void **state)
{
	static const struct {
		int number;
		const char *reason;
	} cases[] = {
	    {ENOMEM, "no_memory"},
	    {ENOKEY, "store_key"},
	    {EBADMSG, "store_damaged"},
	    {EIO, "store_io"},
	    {ENOSPC, "store_io"},
	    {ETIMEDOUT, "timeout"},
	    {EPERM, "internal"},
	    {12345, "internal"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct varlink_reply reply = {0};
		AUTO_JSON parameters = cJSON_CreateObject();
		const char *reason, *message;
		struct session s;

		cJSON_AddNumberToObject(parameters, "errno", cases[i].number);
		session_init(&s, ALICE);
		assert_int_equal(varlink_client_call(&s.client, "io.test.Fail",
				     parameters, false, soon(), &reply),
		    0);
		assert_string_equal(reply.error, "io.authbox.Unavailable");
		assert_int_equal(
		    json_find_text(reply.parameters, "reason", &reason), 1);
		assert_string_equal(reason, cases[i].reason);
		assert_int_equal(
		    json_find_text(reply.parameters, "message", &message), 1);
		varlink_reply_done(&reply);
		session_done(&s);
	}
}

static void
a_oneway_call_is_never_answered(void **state)
{
	static const char calls[] =
	    "{\"method\":\"io.test.Anyone\",\"oneway\":true}\0"
	    "{\"method\":\"io.test.Root\",\"oneway\":true}\0"
	    "{\"method\":\"io.test.Count\",\"oneway\":true,\"more\":true}\0"
	    "{\"method\":\"io.test.Anyone\",\"parameters\":{\"b\":1}}";
	struct session s;
	char got[256];

	(void)state;
	session_init(&s, ALICE);
	exchange(&s, calls, sizeof(calls), got, sizeof(got));
	assert_string_equal(got, "{\"parameters\":{\"b\":1}}");
	session_done(&s);
}

static void
a_stream_of_replies_ends_without_continues(void **state)
{
	struct varlink_reply reply = {0};
	struct session s;
	int64_t n;

	(void)state;
	session_init(&s, ALICE);
	assert_int_equal(varlink_client_call(&s.client, "io.test.Count", NULL,
			     true, soon(), &reply),
	    0);
	for (int i = 1; i <= 3; i++) {
		assert_true(reply.continues);
		assert_int_equal(json_find_int(reply.parameters, "n", &n), 1);
		assert_int_equal(n, i);
		varlink_reply_done(&reply);
		assert_int_equal(
		    varlink_client_next(&s.client, soon(), &reply), 0);
	}
	assert_false(reply.continues);
	varlink_reply_done(&reply);
	session_done(&s);
}

static void
the_service_describes_itself(void **state)
{
	(void)state;
	assert_answer(ALICE, "{\"method\":\"org.varlink.service.GetInfo\"}",
	    "{\"parameters\":{\"interfaces\":[\"org.varlink.service\","
	    "\"io.test\"],\"vendor\":\"authbox\",\"product\":\"authboxd\","
	    "\"version\":\"" AUTHBOX_VERSION
	    "\",\"url\":\"man:authbox-protocol(7)\"}}");
	assert_answer(ALICE,
	    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	    "\"parameters\":{\"interface\":\"io.test\"}}",
	    "{\"parameters\":{\"description\":\"interface io.test\\n\"}}");
	assert_answer(ALICE,
	    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	    "\"parameters\":{\"interface\":\"io.none\"}}",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"io.none\"}}");
	assert_answer(ALICE,
	    "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
	    INVALID("interface"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(peers_may_call_what_the_table_says),
	    cmocka_unit_test(calls_are_read_strictly),
	    cmocka_unit_test(failures_come_from_one_table),
	    cmocka_unit_test(a_oneway_call_is_never_answered),
	    cmocka_unit_test(a_stream_of_replies_ends_without_continues),
	    cmocka_unit_test(the_service_describes_itself),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
