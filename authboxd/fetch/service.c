#include "fetch/service.h"

#include <errno.h>
#include <string.h>

#include "fetch/question.h"
#include "fetch/transfer.h"
#include "wire/private_socket.h"

#define INTERFACE      "io.authbox.Fetch"
#define PART_BYTES_MAX 8192 /* six times as long when all is escaped */

static const char description[] =
#include "authbox/io.authbox.Fetch.varlink.inc"
    ;

/* What a call is served with. */
struct client {
	const struct service *service;
	int fd;
};

/* How many of `size` bytes stand in the next reply: whole characters. */
static size_t
part_size(const char *text, size_t size)
{
	if (size <= PART_BYTES_MAX)
		return size;
	size = PART_BYTES_MAX;
	while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return size;
}

/* {"status", "body"} with the part in front of text[size]; status 0: none. */
static cJSON *
part_new(unsigned status, char *text, size_t size)
{
	AUTO_JSON part = cJSON_CreateObject();
	char after;
	bool good;

	if (status && !cJSON_AddNumberToObject(part, "status", status))
		return NULL;
	if (size > 0) {
		after = text[size];
		text[size] = '\0';
		good = cJSON_AddStringToObject(part, "body", text);
		text[size] = after;
		if (!good)
			return NULL;
	}
	return TAKE(part);
}

static int
reply_parts(struct varlink_call *call, struct transfer_answer *answer)
{
	unsigned status = answer->status;
	char *at = answer->body;
	size_t left = answer->size, size;
	int r;

	while ((size = part_size(at, left)) < left) {
		r = varlink_reply_part(call, part_new(status, at, size));
		if (r < 0)
			return r;
		status = 0;
		at += size;
		left -= size;
	}
	call->reply = part_new(status, at, left);
	return call->reply ? 0 : -ENOMEM;
}

static int
refuse(struct varlink_call *call, const struct transfer_answer *answer)
{
	int r = varlink_refuse(call, VARLINK_ERROR_UNAVAILABLE, answer->reason);

	if (r < 0)
		return r;
	return cJSON_AddStringToObject(
		   call->error_parameters, "message", answer->message)
		   ? 0
		   : -ENOMEM;
}

static int
request(struct varlink_call *call)
{
	const struct client *client = call->daemon;
	const struct transfer_limits limits = {
	    &client->service->stop_at_ms, client->fd};
	struct transfer_answer answer = {0};
	struct question question;
	const char *wrong;
	int r;

	r = question_parse(call->parameters, &question, &wrong);
	if (r == -EINVAL)
		return varlink_refuse_parameter(call, wrong);
	if (r < 0)
		return r;
	r = transfer_run(&question, &limits, &answer);
	question_done(&question);
	if (r < 0)
		return r;
	r = answer.reason ? refuse(call, &answer) : reply_parts(call, &answer);
	transfer_answer_done(&answer);
	return r;
}

/* Who may: private_socket_serve() has decided. */
static const struct varlink_method methods[] = {
    {INTERFACE ".Request", VARLINK_ANYONE, question_parameters, request, true},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

static const struct varlink_interface interfaces[] = {
    {INTERFACE, description, methods},
    {NULL, NULL, NULL},
};

void
service_serve(const struct connection *connection)
{
	const struct service *service = connection->context;
	struct client client = {service, connection->fd};

	private_socket_serve(connection, service->owner, interfaces, &client);
}
