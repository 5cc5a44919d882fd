/* The server's side of Varlink on a socketpair: who may call what, what is
 * refused, and what ends the connection. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/text.h"
#include "wire/stream.h"
#include "wire/varlink.h"
#include "wire/varlink_client.h"

#define ALICE		1000
#define BOB		1001
#define LONG_TEXT_BYTES 70000

/* ---- a service to call ---- */

static int
run_echo(struct varlink_call *call)
{
	call->reply = call->parameters ? cJSON_Duplicate(call->parameters, true)
				       : cJSON_CreateObject();
	return 0;
}

static int
run_fail(struct varlink_call *call)
{
	return -json_find(call->parameters, "errno")->valueint;
}

static int
run_refuse(struct varlink_call *call)
{
	return varlink_refuse(call, "io.test.Sad", "rain");
}

static int
run_count(struct varlink_call *call)
{
	for (int i = 1; i <= 3; i++) {
		cJSON *one = cJSON_CreateObject();
		int r;

		cJSON_AddNumberToObject(one, "n", i);
		r = varlink_reply_part(call, one);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
run_long(struct varlink_call *call)
{
	char text[LONG_TEXT_BYTES + 1];

	memset(text, 'a', LONG_TEXT_BYTES);
	text[LONG_TEXT_BYTES] = '\0';
	call->reply = cJSON_CreateObject();
	cJSON_AddStringToObject(call->reply, "text", text);
	return 0;
}

static const char *const echo_parameters[] = {"user", "text", "b", NULL};
static const char *const fail_parameters[] = {"errno", NULL};

static const struct varlink_method methods[] = {
    {"io.test.Nobody", VARLINK_NOBODY, echo_parameters, run_echo, false},
    {"io.test.Root", VARLINK_ROOT, echo_parameters, run_echo, false},
    {"io.test.Self", VARLINK_SELF, echo_parameters, run_echo, false},
    {"io.test.Peer", VARLINK_PEER, echo_parameters, run_echo, false},
    {"io.test.Anyone", VARLINK_ANYONE, echo_parameters, run_echo, false},
    {"io.test.Fail", VARLINK_ANYONE, fail_parameters, run_fail, false},
    {"io.test.Refuse", VARLINK_ANYONE, NULL, run_refuse, false},
    {"io.test.Count", VARLINK_ANYONE, NULL, run_count, true},
    {"io.test.Long", VARLINK_ANYONE, NULL, run_long, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

static const struct varlink_interface interfaces[] = {
    {"io.test", "interface io.test\n", methods},
    {NULL, NULL, NULL},
};

static int
is_self(void *daemon, uid_t peer_uid, const char *user)
{
	(void)daemon;
	if (streq(user, "alice"))
		return peer_uid == ALICE;
	return streq(user, "broken-nss") ? -EIO : 0;
}

/* ---- one connection ---- */

struct session {
	int server_fd;
	uid_t uid;
	pthread_t thread;
	struct varlink_client client;
};

static void *
serve(void *context)
{
	struct session *s = context;

	varlink_serve(s->server_fd, s->uid, interfaces, is_self, NULL);
	(void)close(s->server_fd); /* the client sees the end */
	return NULL;
}

static void
session_init(struct session *s, uid_t uid)
{
	int fds[2];

	memset(s, 0, sizeof(*s));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	s->client.fd = fds[0];
	s->server_fd = fds[1];
	s->uid = uid;
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
session_done(struct session *s)
{
	varlink_client_done(&s->client);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static int64_t
soon(void)
{
	return stream_now_ms() + 5000;
}

/* Send raw bytes; the reply as text, "closed" when the server hung up. */
static void
exchange(struct session *s, const char *bytes, size_t size, char *ret_text,
    size_t ret_size)
{
	AUTO_JSON object = NULL;
	AUTO(secret) text = NULL;
	int r;

	r = stream_write(s->client.fd, bytes, size, soon());
	if (r == 0)
		r = varlink_frame_receive(
		    s->client.fd, &s->client.buffer, soon(), 5000, &object);
	if (r < 0) {
		assert_true(r == -ECONNRESET || r == -EPIPE);
		(void)snprintf(ret_text, ret_size, "closed");
		return;
	}
	text = json_print(object);
	(void)snprintf(ret_text, ret_size, "%s", text->bytes);
}

/* One call on a connection of its own. */
static void
assert_answer(uid_t uid, const char *call, const char *expected)
{
	struct session s;
	char got[1024];

	session_init(&s, uid);
	exchange(&s, call, strlen(call) + 1, got, sizeof(got));
	assert_string_equal(got, expected);
	session_done(&s);
}

/* ---- tests ---- */

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
	    {0, "Peer", NULL, "yes"},
	    {4242, "Peer", NULL, "not_allowed"},
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

static void
this_daemons_own_uid_is_a_peer(void **state)
{
	(void)state;
	assert_answer(
	    geteuid(), "{\"method\":\"io.test.Peer\"}", "{\"parameters\":{}}");
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
a_call_cut_at_any_byte_gets_no_answer(void **state)
{
	static const char call[] = "{\"method\":\"io.test.Anyone\"}";

	(void)state;
	for (size_t cut = 0; cut < sizeof(call); cut++) {
		struct session s;
		char byte;

		session_init(&s, ALICE);
		assert_int_equal(
		    stream_write(s.client.fd, call, cut, soon()), 0);
		assert_int_equal(shutdown(s.client.fd, SHUT_WR), 0);
		assert_int_equal(
		    stream_read(s.client.fd, &byte, 1, soon()), -ECONNRESET);
		session_done(&s);
	}
}

static void
a_call_may_come_byte_by_byte(void **state)
{
	static const char call[] = "{\"method\":\"io.test.Anyone\"}";
	struct session s;
	char got[256];

	(void)state;
	session_init(&s, ALICE);
	for (size_t i = 0; i + 1 < sizeof(call); i++)
		assert_int_equal(
		    stream_write(s.client.fd, call + i, 1, soon()), 0);
	exchange(&s, "", 1, got, sizeof(got));
	assert_string_equal(got, "{\"parameters\":{}}");
	session_done(&s);
}

static void
pipelined_calls_are_answered_in_order(void **state)
{
	struct session s;
	char calls[64 * 100], got[256];
	size_t size = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		size += (size_t)sprintf(calls + size,
			    "{\"method\":\"io.test.Anyone\","
			    "\"parameters\":{\"b\":%d}}",
			    i) +
			1;
	session_init(&s, ALICE);
	for (int i = 0; i < 100; i++) {
		char expected[64];

		exchange(&s, calls, i == 0 ? size : 0, got, sizeof(got));
		(void)sprintf(expected, "{\"parameters\":{\"b\":%d}}", i);
		assert_string_equal(got, expected);
	}
	session_done(&s);
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
the_largest_frame_passes_and_one_byte_more_does_not(void **state)
{
	static const char head[] =
	    "{\"method\":\"io.test.Anyone\",\"parameters\":{\"text\":\"";
	char *frame = malloc(VARLINK_FRAME_BYTES_MAX + 1);
	char got[64];

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		size_t size = VARLINK_FRAME_BYTES_MAX + extra;
		struct session s;

		memset(frame, 'a', size);
		memcpy(frame, head, sizeof(head) - 1);
		memcpy(frame + size - 4, "\"}}", 4);
		session_init(&s, ALICE);
		exchange(&s, frame, size, got, sizeof(got));
		got[13] = '\0';
		assert_string_equal(got, extra ? "closed" : "{\"parameters\"");
		session_done(&s);
	}
	free(frame);
}

static void
a_reply_that_is_too_long_becomes_an_error(void **state)
{
	struct varlink_reply reply = {0};
	struct session s;

	(void)state;
	session_init(&s, ALICE);
	assert_int_equal(varlink_client_call(&s.client, "io.test.Long", NULL,
			     false, soon(), &reply),
	    0);
	assert_string_equal(reply.error, "io.authbox.Unavailable");
	varlink_reply_done(&reply);
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
	    cmocka_unit_test(this_daemons_own_uid_is_a_peer),
	    cmocka_unit_test(calls_are_read_strictly),
	    cmocka_unit_test(failures_come_from_one_table),
	    cmocka_unit_test(a_call_cut_at_any_byte_gets_no_answer),
	    cmocka_unit_test(a_call_may_come_byte_by_byte),
	    cmocka_unit_test(pipelined_calls_are_answered_in_order),
	    cmocka_unit_test(a_oneway_call_is_never_answered),
	    cmocka_unit_test(
		the_largest_frame_passes_and_one_byte_more_does_not),
	    cmocka_unit_test(a_reply_that_is_too_long_becomes_an_error),
	    cmocka_unit_test(a_stream_of_replies_ends_without_continues),
	    cmocka_unit_test(the_service_describes_itself),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
