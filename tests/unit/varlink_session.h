/* A small Varlink service on one end of a socketpair. After cmocka.h. */
#ifndef UNIT_VARLINK_SESSION_H
#define UNIT_VARLINK_SESSION_H

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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
	call->reply = call->parameters ? json_tree_copy(call->parameters)
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
	struct busy *busy; /* NULL: nobody watches */
	struct varlink_client client;
};

static void *
serve(void *context)
{
	struct session *s = context;

	varlink_serve(s->server_fd, s->uid, interfaces, is_self, s->busy, NULL);
	(void)close(s->server_fd); /* the client sees the end */
	return NULL;
}

static inline void
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

static inline void
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
static inline void
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
static inline void
assert_answer(uid_t uid, const char *call, const char *expected)
{
	struct session s;
	char got[1024];

	session_init(&s, uid);
	exchange(&s, call, strlen(call) + 1, got, sizeof(got));
	assert_string_equal(got, expected);
	session_done(&s);
}

#endif
