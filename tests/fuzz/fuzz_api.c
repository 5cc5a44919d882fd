/*
 * Any parameters for the real methods of the API, on a host with tokens,
 * policies and users. The first byte chooses the peer, the rest of the line is
 * the method, and what follows the parameters. Each call has one reply, an
 * error has a name, who may not call is told so, and nobody but its owner gets
 * a session or a device of somebody's.
 *
 * Root is no peer here: what only he may call writes where he says.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/api_host.h"

#include "tests/unit/api_token.h"

#define METHODS_MAX 64
/* A hundred thousand records would be a slow store, and no other one. */
#define CALLS_EACH  2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
begin(void)
{
	void *none = NULL;

	demand(host_setup(&none) == 0);
	host_configure(TOKEN_CONFIG
	    "---\n{resourceType: AccessPolicy, id: all, engine: allow}\n");
}

static void
end(void)
{
	void *none = NULL;

	(void)host_teardown(&none); /* a folder that stays is no fault here */
}

static void
renew(void)
{
	static unsigned calls;

	if (calls++ % CALLS_EACH > 0)
		return;
	if (calls > 1)
		end();
	else
		(void)atexit(end); /* likewise */
	begin();
}

/* By its name, or, so that a change of it leads somewhere, by its first byte.
 */
static const struct varlink_method *
choose_method(const char *name, size_t size)
{
	const struct varlink_method *methods[METHODS_MAX];
	size_t count = 0;

	for (const struct varlink_interface *i = api_interfaces; i->name; i++)
		for (const struct varlink_method *m = i->methods; m->name;
		     m++) {
			if (strlen(m->name) == size &&
			    memcmp(m->name, name, size) == 0)
				return m;
			methods[count++] = m;
		}
	demand(count > 0 && count <= METHODS_MAX);
	return methods[size > 0 ? (uint8_t)*name % count : 0];
}

static bool
error_is_known(const char *error)
{
	return strncmp(error, "io.authbox.", 11) == 0 ||
	       strncmp(error, "org.varlink.service.", 20) == 0;
}

/* A peer that is not root, about `user`, got an answer and no error. */
static void
check_allowed(const struct varlink_method *method, const char *peer,
    const cJSON *parameters, const cJSON *reply)
{
	const char *user;

	demand(method->may != VARLINK_NOBODY && method->may != VARLINK_ROOT);
	if (method->may == VARLINK_SELF &&
	    json_find_text(parameters, "user", &user) > 0)
		demand(peer && streq(user, peer));
	if (json_find_text(reply, "token", &user) > 0 &&
	    streq(method->name, "io.authbox.Session.Create"))
		demand(json_find_text(reply, "user", &user) > 0 && peer &&
		       streq(user, peer));
}

/* Nothing of it outlives the call. */
static void
forget_records(void)
{
	host->audit_count = host->notice_count = host->sent_count = 0;
}

static void
call(const struct varlink_method *method, uid_t uid, const char *peer,
    const cJSON *parameters)
{
	struct varlink_reply reply = {0};
	struct host_caller caller;
	int r;

	host_enter(&caller, uid);
	r = varlink_client_call(&caller.client, method->name, parameters,
	    method->streams, stream_now_ms() + HOST_CALL_MS, &reply);
	host_leave(&caller);
	demand(r == 0);
	if (reply.error)
		demand(error_is_known(reply.error));
	else
		check_allowed(method, peer, parameters, reply.parameters);
	varlink_reply_done(&reply);
	forget_records();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		uid_t uid;
		const char *name; /* NULL: NSS does not know him */
	} peers[] = {{HOST_ALICE, "alice"}, {HOST_BOB, "bob"},
	    {HOST_NOBODY, "nobody"}, {HOST_UNKNOWN, NULL}};
	const char *text = (const char *)data;
	const char *line_end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t line = line_end ? (size_t)(line_end - text) : 0;
	const struct varlink_method *method;
	AUTO_JSON parameters = NULL;
	size_t peer;

	if (line < 1 || size > VARLINK_FRAME_BYTES_MAX / 2 ||
	    json_parse(line_end + 1, size - line - 1, &parameters, NULL) < 0 ||
	    !cJSON_IsObject(parameters))
		return 0;
	renew();
	method = choose_method(text + 1, line - 1);
	peer = (uint8_t)text[0] % (sizeof(peers) / sizeof(peers[0]));
	call(method, peers[peer].uid, peers[peer].name, parameters);
	return 0;
}
