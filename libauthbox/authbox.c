/*
 * A thin skin over wire/varlink_client.h that speaks text on one side. It is a
 * guest in its process: cJSON's allocator is not its to replace, so trees are
 * wiped before they are given back.
 */
#include "authbox/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/json.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define CONNECT_S	   5
#define TIMEOUT_DEFAULT_MS 30000

struct authbox {
	struct varlink_client client;
	struct secret *text; /* the last reply's parameters */
	char *error;	     /* NULL: the last reply was no error */
};

static inline void
authbox_free(struct authbox *authbox)
{
	authbox_close(authbox);
}
CLEANUP_DEFINE(authbox)

static void
forget_reply(struct authbox *authbox)
{
	secret_free(TAKE(authbox->text));
	free(TAKE(authbox->error));
}

void
authbox_close(struct authbox *authbox)
{
	if (!authbox)
		return;
	forget_reply(authbox);
	varlink_client_done(&authbox->client);
	free(authbox);
}

static int
connect_to(const char *path, int fd)
{
	struct timeval patience = {.tv_sec = CONNECT_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(path) + 1;

	if (size > sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, size);

	/* A full backlog makes connect(2) wait for ever without this. */
	if (setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return 0;
}

int
authbox_connect(const char *socket_path, struct authbox **ret_authbox)
{
	AUTO(authbox) authbox = calloc(1, sizeof(*authbox));
	int r;

	if (!authbox)
		return -ENOMEM;
	if (!socket_path)
		socket_path = secure_getenv("AUTHBOX_SOCKET");
	if (!socket_path)
		socket_path = AUTHBOX_SOCKET;

	authbox->client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (authbox->client.fd < 0)
		return -errno;
	r = connect_to(socket_path, authbox->client.fd);
	if (r < 0)
		return r;

	*ret_authbox = TAKE(authbox);
	return 0;
}

static int64_t
deadline(int timeout_ms)
{
	return stream_now_ms() +
	       (timeout_ms > 0 ? timeout_ms : TIMEOUT_DEFAULT_MS);
}

/* Keep what came as text. Consumes `reply`. */
static int
keep_reply(struct authbox *authbox, struct varlink_reply *reply,
    const char **ret_reply)
{
	bool continues = reply->continues;

	authbox->text = json_print(reply->parameters);
	authbox->error = TAKE(reply->error);
	varlink_reply_done(reply);
	if (!authbox->text)
		return -ENOMEM;

	*ret_reply = authbox->text->bytes;
	if (authbox->error)
		return AUTHBOX_REFUSED;
	return continues ? AUTHBOX_CONTINUES : AUTHBOX_DONE;
}

static int
call(struct authbox *authbox, const char *method, const char *parameters,
    bool more, int timeout_ms, const char **ret_reply)
{
	struct varlink_reply reply = {0};
	cJSON *tree = NULL;
	int r;

	forget_reply(authbox);
	if (parameters) {
		r = json_parse(parameters, strlen(parameters), &tree, NULL);
		if (r < 0)
			return r == -EBADMSG ? -EINVAL : r;
	}
	r = tree && !cJSON_IsObject(tree)
		? -EINVAL
		: varlink_client_call(&authbox->client, method, tree, more,
		      deadline(timeout_ms), &reply);
	json_wipe(tree);
	cJSON_Delete(tree);
	return r < 0 ? r : keep_reply(authbox, &reply, ret_reply);
}

int
authbox_call(struct authbox *authbox, const char *method,
    const char *parameters, int timeout_ms, const char **ret_reply)
{
	int r = call(authbox, method, parameters, false, timeout_ms, ret_reply);

	/* Nobody asked for several replies. */
	return r == AUTHBOX_CONTINUES ? -EBADMSG : r;
}

int
authbox_call_more(struct authbox *authbox, const char *method,
    const char *parameters, int timeout_ms, const char **ret_reply)
{
	return call(authbox, method, parameters, true, timeout_ms, ret_reply);
}

int
authbox_next(struct authbox *authbox, int timeout_ms, const char **ret_reply)
{
	struct varlink_reply reply = {0};
	int r;

	forget_reply(authbox);
	r = varlink_client_next(&authbox->client, deadline(timeout_ms), &reply);
	return r < 0 ? r : keep_reply(authbox, &reply, ret_reply);
}

const char *
authbox_error(const struct authbox *authbox)
{
	return authbox->error;
}
