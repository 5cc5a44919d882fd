#include "wire/varlink_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "wire/stream.h"

#define REPLY_REST_MS 5000 /* from a reply's first byte to its last */

int
varlink_client_connect(struct varlink_client *client, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	/* connect(2) waits while the listener's backlog is full. */
	struct timeval limit = {.tv_usec = VARLINK_CONNECT_MS * 1000};
	AUTO_FD fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	client->fd = TAKE_FD(fd);
	return 0;
}

void
varlink_client_done(struct varlink_client *client)
{
	varlink_frame_buffer_done(&client->buffer);
	cleanup_fd(&client->fd);
	client->fd = -1;
}

void
varlink_reply_done(struct varlink_reply *reply)
{
	json_wipe(reply->parameters);
	cJSON_Delete(reply->parameters);
	free(reply->error);
	*reply = (struct varlink_reply){0};
}

/* Trees are wiped by hand: this may run in a process where json_init() was
 * not called. */
static int
send_call(struct varlink_client *client, const char *method,
    const cJSON *parameters, bool more, int64_t deadline_ms)
{
	AUTO_JSON object = cJSON_CreateObject();
	cJSON *copy;
	int r;

	if (!cJSON_AddStringToObject(object, "method", method))
		return -ENOMEM;
	if (more && !cJSON_AddTrueToObject(object, "more"))
		return -ENOMEM;
	if (parameters) {
		copy = json_tree_copy(parameters);
		if (!cJSON_AddItemToObject(object, "parameters", copy)) {
			json_wipe(copy);
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	r = varlink_frame_send(client->fd, object, deadline_ms);
	json_wipe(object);
	return r;
}

/* Take a reply object apart; -EBADMSG when it is none. */
static int
read_reply(cJSON *object, struct varlink_reply *ret_reply)
{
	static const char *const members[] = {
	    "parameters", "error", "continues", NULL};
	const char *error = NULL, *unknown;
	struct varlink_reply reply = {0};
	cJSON *parameters;

	if (!json_has_only(object, members, &unknown) ||
	    json_find_text(object, "error", &error) < 0 ||
	    json_find_bool(object, "continues", &reply.continues) < 0)
		return -EBADMSG;

	parameters = cJSON_GetObjectItemCaseSensitive(object, "parameters");
	if (parameters && !cJSON_IsObject(parameters))
		return -EBADMSG;
	reply.parameters = parameters
			       ? cJSON_DetachItemViaPointer(object, parameters)
			       : cJSON_CreateObject();
	reply.error = error ? strdup(error) : NULL;
	if (!reply.parameters || (error && !reply.error)) {
		varlink_reply_done(&reply);
		return -ENOMEM;
	}
	*ret_reply = reply;
	return 0;
}

int
varlink_client_next(struct varlink_client *client, int64_t deadline_ms,
    struct varlink_reply *ret_reply)
{
	const struct varlink_frame_buffer *buffer = &client->buffer;
	AUTO_JSON object = NULL;
	int64_t rest_ms;
	int r = 0;

	if (buffer->start == buffer->end)
		r = stream_wait(client->fd, deadline_ms);
	if (r < 0)
		return r;
	/* Only now, so that a server which sends byte by byte cannot hold the
	 * caller beyond the deadline. */
	rest_ms = deadline_ms - stream_now_ms();
	r = varlink_frame_receive(client->fd, &client->buffer, deadline_ms,
	    rest_ms < REPLY_REST_MS ? rest_ms : REPLY_REST_MS, &object);
	return r < 0 ? r : read_reply(object, ret_reply);
}

int
varlink_client_call(struct varlink_client *client, const char *method,
    const cJSON *parameters, bool more, int64_t deadline_ms,
    struct varlink_reply *ret_reply)
{
	int r;

	r = send_call(client, method, parameters, more, deadline_ms);
	return r < 0 ? r : varlink_client_next(client, deadline_ms, ret_reply);
}
