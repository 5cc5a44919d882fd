/*
 * Any bytes on api.sock: nothing that the table forbids is run, every reply is
 * one; and any bytes that a server sends are a reply or refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "wire/stream.h"
#include "wire/varlink.h"
#include "wire/varlink_client.h"

#define ALICE	  1000
#define CALLS_MAX 64 /* their replies fit into the socket's buffer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static int
run_forbidden(struct varlink_call *call)
{
	(void)call;
	abort();
}

static int
run_self(struct varlink_call *call)
{
	const char *user = "alice", *unknown;
	static const char *const names[] = {"user", "text", NULL};

	demand(json_has_only(call->parameters, names, &unknown));
	demand(json_find_text(call->parameters, "user", &user) >= 0);
	demand(streq(user, "alice"));
	return 0;
}

static int
run_stream(struct varlink_call *call)
{
	demand(call->more);
	return varlink_reply_part(call, cJSON_CreateObject());
}

static int
is_self(void *daemon, uid_t peer_uid, const char *user)
{
	(void)daemon;
	return peer_uid == ALICE && streq(user, "alice");
}

static const char *const names[] = {"user", "text", NULL};

static const struct varlink_method methods[] = {
    {"io.test.Nobody", VARLINK_NOBODY, names, run_forbidden, false},
    {"io.test.Root", VARLINK_ROOT, names, run_forbidden, false},
    {"io.test.Self", VARLINK_SELF, names, run_self, false},
    {"io.test.Stream", VARLINK_ANYONE, NULL, run_stream, true},
    {0},
};

static const struct varlink_interface interfaces[] = {
    {"io.test", "interface io.test\n", methods}, {0}};

/* Bytes on one end of a pair, and then its end. */
static void
make_pair(int ret_fds[2], const uint8_t *data, size_t size)
{
	demand(socketpair(AF_UNIX, SOCK_STREAM, 0, ret_fds) == 0);
	demand(
	    stream_write(ret_fds[0], data, size, stream_now_ms() + 1000) == 0);
	demand(shutdown(ret_fds[0], SHUT_WR) == 0);
}

static void
read_replies(struct varlink_client *client)
{
	int r;

	do {
		struct varlink_reply reply = {0};

		r = varlink_client_next(client, stream_now_ms() + 1000, &reply);
		demand(r < 0 || cJSON_IsObject(reply.parameters));
		varlink_reply_done(&reply);
	} while (r == 0);
}

static void
try_as_calls(const uint8_t *data, size_t size)
{
	struct varlink_client client = {.fd = -1};
	int fds[2];

	make_pair(fds, data, size);
	varlink_serve(fds[1], ALICE, interfaces, is_self, NULL, NULL);
	(void)close(fds[1]);
	client.fd = fds[0];
	read_replies(&client);
	varlink_client_done(&client);
}

static void
try_as_replies(const uint8_t *data, size_t size)
{
	struct varlink_client client = {.fd = -1};
	int fds[2];

	make_pair(fds, data, size);
	client.fd = fds[1];
	read_replies(&client);
	varlink_client_done(&client);
	(void)close(fds[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned calls = 0;
	size_t used = 0;

	if (size > VARLINK_FRAME_BYTES_MAX + 2)
		size = VARLINK_FRAME_BYTES_MAX + 2;
	while (used < size && calls < CALLS_MAX)
		calls += data[used++] == '\0';
	try_as_calls(data, used);
	try_as_replies(data, used);
	return 0;
}
