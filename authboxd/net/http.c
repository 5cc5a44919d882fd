/*
 * The asking side of io.authbox.Fetch. The answer's body comes in parts, one
 * reply each, because a frame is smaller than a key set may be.
 */
#include "net/http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define METHOD	 "io.authbox.Fetch.Request"
#define GRACE_MS 1000 /* authbox-fetch keeps the time; this is for it */

/* One question and what came of it. The body's secret is larger than what it
 * holds yet. */
struct exchange {
	struct varlink_client client;
	int64_t deadline_ms;
	unsigned status; /* 0: not known yet */
	struct secret *body;
	size_t body_bytes, body_bytes_max;
	char *why; /* may be NULL with 0 */
	size_t why_size;
};

/* authbox-fetch's reasons as errnos, and as words where it gave none. */
static const struct {
	const char *reason;
	int number;
	const char *words;
} reasons[] = {
    {"resolve", EHOSTUNREACH, "the server's name is not known"},
    {"refused", EHOSTUNREACH, "the server cannot be reached"},
    {"timeout", ETIMEDOUT, "the server did not answer in time"},
    {"tls", EPROTO, "the server's certificate or TLS is not good"},
    {"too-large", EMSGSIZE, "the answer is too large"},
    {"redirect", EIO,
	"the server answered with a redirect; give its final "
	"address in the configuration"},
    {"not-text", EIO, "the answer is not text in UTF-8"},
    {"media-type", EIO, "the answer is of another type than was asked for"},
    {"protocol", EIO, "the server does not speak HTTP"},
};

void
http_answer_done(struct http_answer *answer)
{
	secret_free(answer->body);
	*answer = (struct http_answer){0};
}

/* Say why and return `r`. */
static int
fail(const struct exchange *exchange, int r, const char *words)
{
	if (exchange->why_size > 0)
		text_copy_for_log(words, exchange->why, exchange->why_size);
	return r;
}

/* ---- the question ---- */

static bool
put_text(cJSON *object, const char *name, const char *text)
{
	return !text || cJSON_AddStringToObject(object, name, text);
}

static bool
put_headers(cJSON *object, const struct http_request *request)
{
	cJSON *array = cJSON_AddArrayToObject(object, "headers");

	for (size_t i = 0; i < request->header_count; i++) {
		const struct header *header = &request->headers[i];
		cJSON *item = cJSON_CreateObject();

		if (!cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
		if (!put_text(item, "name", header->name) ||
		    !put_text(item, "value", header->value->bytes))
			return false;
	}
	return array != NULL;
}

static bool
put_answer_types(cJSON *object, const char *const *types)
{
	cJSON *array;

	if (!types)
		return true;
	array = cJSON_AddArrayToObject(object, "answerTypes");
	for (; array && *types; types++) {
		cJSON *item = cJSON_CreateString(*types);

		if (!cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
	}
	return array != NULL;
}

/* NULL: no memory. */
static cJSON *
question_new(const struct http_request *request, size_t body_bytes_max)
{
	AUTO_JSON question = cJSON_CreateObject();

	if (!put_text(question, "method", request->method) ||
	    !put_text(question, "url", request->url) ||
	    !put_text(question, "contentType", request->content_type) ||
	    !put_text(question, "body", request->body) ||
	    !put_text(question, "proxy", request->proxy) ||
	    !put_text(question, "ca", request->ca) ||
	    !put_text(question, "certificate", request->certificate) ||
	    !put_text(question, "privateKey", request->private_key) ||
	    !put_headers(question, request) ||
	    !put_answer_types(question, request->answer_types) ||
	    !cJSON_AddBoolToObject(question, "insecure", request->insecure) ||
	    !cJSON_AddBoolToObject(
		question, "publicOnly", request->public_only) ||
	    !cJSON_AddNumberToObject(
		question, "timeoutMs", request->timeout_ms) ||
	    !cJSON_AddNumberToObject(
		question, "bodyBytesMax", (double)body_bytes_max))
		return NULL;
	return TAKE(question);
}

/* ---- the answer ---- */

static int
put_body(struct exchange *exchange, const char *text)
{
	size_t size = strlen(text), used = exchange->body_bytes;
	size_t capacity = exchange->body ? exchange->body->size : 0;
	struct secret *larger;

	if (size == 0)
		return 0; /* there may be no place for it yet */
	if (size > exchange->body_bytes_max - used)
		return -EMSGSIZE;
	if (size > capacity - used) {
		larger = secret_new(2 * capacity + size);
		if (!larger)
			return -ENOMEM;
		if (used > 0)
			memcpy(larger->bytes, exchange->body->bytes, used);
		secret_free(exchange->body);
		exchange->body = larger;
	}
	memcpy(exchange->body->bytes + used, text, size);
	exchange->body_bytes += size;
	return 0;
}

/* The status stands in the first reply, and in no other. */
static int
read_reply(struct exchange *exchange, const cJSON *parameters)
{
	const char *text;
	int64_t status;
	int r;

	r = json_find_int(parameters, "status", &status);
	if (r < 0 || (r > 0) == (exchange->status > 0))
		return -EBADMSG;
	if (r > 0 && (status < 100 || status > 599))
		return -EBADMSG;
	if (r > 0)
		exchange->status = (unsigned)status;

	r = json_find_text(parameters, "body", &text);
	return r <= 0 ? r : put_body(exchange, text);
}

static int
read_error(const struct exchange *exchange, const cJSON *parameters)
{
	const char *text = "", *message = NULL;
	char words[96];

	if (json_find_text(parameters, "parameter", &text) > 0) {
		(void)snprintf(words, sizeof(words),
		    "the request's %s is not one that may be sent",
		    text); /* may cut */
		return fail(exchange, -EINVAL, words);
	}
	(void)json_find_text(parameters, "reason", &text);
	(void)json_find_text(parameters, "message", &message);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (streq(reasons[i].reason, text))
			return fail(exchange, -reasons[i].number,
			    message ? message : reasons[i].words);
	return fail(exchange, -EIO,
	    message ? message : "authbox-fetch refused the request");
}

/* 1: there is another reply to read; 0: that was all. */
static int
take_reply(struct exchange *exchange, const struct varlink_reply *reply)
{
	int r;

	if (reply->error)
		return read_error(exchange, reply->parameters);
	r = read_reply(exchange, reply->parameters);
	if (r == -EMSGSIZE)
		return fail(exchange, r, "the answer is too large");
	if (r == -ENOMEM)
		return fail(exchange, r, "out of memory");
	if (r < 0)
		return fail(exchange, -EIO, "authbox-fetch answered nonsense");
	return reply->continues;
}

static int
converse(struct exchange *exchange, const cJSON *question)
{
	struct varlink_client *client = &exchange->client;
	struct varlink_reply reply = {0};
	int r;

	r = varlink_client_call(
	    client, METHOD, question, true, exchange->deadline_ms, &reply);
	while (r == 0) {
		r = take_reply(exchange, &reply);
		varlink_reply_done(&reply);
		if (r <= 0)
			return r;
		r = varlink_client_next(client, exchange->deadline_ms, &reply);
	}

	switch (r) {
	case -EMSGSIZE:
		return fail(exchange, r, "the request is too large");
	case -ENOMEM:
		return fail(exchange, r, "out of memory");
	case -ETIMEDOUT:
		return fail(exchange, r, "authbox-fetch did not answer");
	default:
		return fail(exchange, -EIO, "authbox-fetch broke off");
	}
}

static size_t
body_bytes_max(const struct http_request *request)
{
	if (request->ignore_body)
		return 0;
	return request->body_bytes_max ? request->body_bytes_max
				       : HTTP_ANSWER_BODY_MAX;
}

int
http_ask(const char *socket_path, const struct http_request *request,
    struct http_answer *ret_answer, char *ret_why, size_t why_size)
{
	struct exchange exchange = {
	    .client = {.fd = -1},
	    .deadline_ms = stream_now_ms() + request->timeout_ms + GRACE_MS,
	    .body_bytes_max = body_bytes_max(request),
	    .why = ret_why,
	    .why_size = why_size,
	};
	AUTO_JSON question = question_new(request, exchange.body_bytes_max);
	struct http_answer answer = {0};
	int r;

	if (!question)
		return fail(&exchange, -ENOMEM, "out of memory");
	if (varlink_client_connect(&exchange.client, socket_path) < 0)
		return fail(&exchange, -ECONNREFUSED,
		    "authbox-fetch is not running, or does not let us in");

	r = converse(&exchange, question);
	varlink_client_done(&exchange.client);
	if (r == 0) {
		answer.status = exchange.status;
		answer.body =
		    secret_copy(exchange.body ? exchange.body->bytes : "",
			exchange.body_bytes);
		if (!answer.body)
			r = fail(&exchange, -ENOMEM, "out of memory");
	}
	secret_free(exchange.body);
	if (r == 0)
		*ret_answer = answer;
	return r;
}
