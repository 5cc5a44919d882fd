#include "fetch/question.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/header_name.h"
#include "base/text.h"
#include "fetch/media_type.h"

#define SCHEME_MAX 8
#define HOST_MAX   256

const char *const question_parameters[] = {"method", "url", "insecure",
    "contentType", "body", "headers", "timeoutMs", "bodyBytesMax", "proxy",
    "ca", "certificate", "privateKey", "publicOnly", "answerTypes", NULL};

/* ---- characters ---- */

/* RFC 9110 5.6.2 */
static bool
is_token(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= QUESTION_HEADER_BYTES_MAX &&
	       strspn(text,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789!#$%&'*+-.^_`|~") == size;
}

/* One line, and nothing that ends it early. */
static bool
is_header_value(const char *text)
{
	size_t size = strlen(text);

	return size <= QUESTION_HEADER_BYTES_MAX &&
	       text_is_printable(text, size);
}

static bool
is_visible_ascii(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	return true;
}

/* ---- the address ---- */

/* A part of an address as text; false: it has none, or one too long. */
static bool
address_part(CURLU *address, CURLUPart part, char *ret_text, size_t size)
{
	char *text = NULL;
	bool good;

	if (curl_url_get(address, part, &text, 0) != CURLUE_OK)
		return false;
	good = strlen(text) < size;
	if (good)
		memcpy(ret_text, text, strlen(text) + 1);
	curl_free(text);
	return good;
}

/* libcurl maps the name localhost to this host by itself, and writes numeric
 * addresses of any spelling in their usual form. */
static bool
is_loopback(const char *host)
{
	uint8_t four[4];

	if (inet_pton(AF_INET, host, four) == 1)
		return four[0] == 127;
	return strcasecmp(host, "localhost") == 0 || streq(host, "[::1]");
}

/* An address that libcurl reads and that names scheme and host, without user
 * and password. NULL: it is none, or no memory. */
static CURLU *
address_new(
    const char *url, char ret_scheme[SCHEME_MAX], char ret_host[HOST_MAX])
{
	CURLU *address = curl_url();

	if (address && strlen(url) <= QUESTION_URL_BYTES_MAX &&
	    is_visible_ascii(url) &&
	    curl_url_set(address, CURLUPART_URL, url, CURLU_DISALLOW_USER) ==
		CURLUE_OK &&
	    address_part(address, CURLUPART_SCHEME, ret_scheme, SCHEME_MAX) &&
	    address_part(address, CURLUPART_HOST, ret_host, HOST_MAX))
		return address;
	curl_url_cleanup(address);
	return NULL;
}

/* ---- the parameters ---- */

static bool
find_optional_text(const cJSON *parameters, const char *name, const char **ret)
{
	return json_find_text(parameters, name, ret) >= 0;
}

static bool
find_method(const cJSON *parameters, struct question *question)
{
	const char *method;

	if (json_find_text(parameters, "method", &method) != 1)
		return false;
	question->is_post = streq(method, "POST");
	return question->is_post || streq(method, "GET");
}

static bool
find_url(
    const cJSON *parameters, struct question *question, bool *ret_is_loopback)
{
	char scheme[SCHEME_MAX], host[HOST_MAX];
	bool insecure = false;
	const char *url;

	if (json_find_text(parameters, "url", &url) != 1 ||
	    json_find_bool(parameters, "insecure", &insecure) < 0)
		return false;
	question->address = address_new(url, scheme, host);
	if (!question->address)
		return false;
	question->is_https = streq(scheme, "https");
	*ret_is_loopback = is_loopback(host);
	return question->is_https ||
	       (streq(scheme, "http") && (insecure || *ret_is_loopback));
}

static bool
find_headers(const cJSON *parameters, struct question *question)
{
	static const char *const members[] = {"name", "value", NULL};
	const cJSON *headers = json_find(parameters, "headers"), *header;
	const char *name, *value, *unknown;

	if (headers && !cJSON_IsArray(headers))
		return false;
	cJSON_ArrayForEach (header, headers) {
		if (question->header_count == QUESTION_HEADERS_MAX ||
		    json_find_text(header, "name", &name) != 1 ||
		    json_find_text(header, "value", &value) != 1 ||
		    !json_has_only(header, members, &unknown) ||
		    !is_token(name) || header_name_is_reserved(name) ||
		    !is_header_value(value))
			return false;
		question->headers[question->header_count].name = name;
		question->headers[question->header_count++].value = value;
	}
	return true;
}

static bool
find_answer_types(const cJSON *parameters, struct question *question)
{
	const cJSON *types = json_find(parameters, "answerTypes"), *type;

	if (types && !cJSON_IsArray(types))
		return false;
	cJSON_ArrayForEach (type, types) {
		if (question->answer_type_count == QUESTION_ANSWER_TYPES_MAX ||
		    !cJSON_IsString(type) ||
		    !media_type_is_valid(type->valuestring))
			return false;
		question->answer_types[question->answer_type_count++] =
		    type->valuestring;
	}
	return true;
}

/* The proxy's own name and password may stand in it, since it is configured by
 * root, and only it gets them. */
static bool
find_proxy(const cJSON *parameters, struct question *question)
{
	char scheme[SCHEME_MAX] = "";
	CURLU *address;
	bool good;

	if (!find_optional_text(parameters, "proxy", &question->proxy))
		return false;
	if (!question->proxy)
		return true;
	if (strlen(question->proxy) > QUESTION_URL_BYTES_MAX ||
	    !is_visible_ascii(question->proxy))
		return false;
	address = curl_url();
	good =
	    address &&
	    curl_url_set(address, CURLUPART_URL, question->proxy, 0) ==
		CURLUE_OK &&
	    address_part(address, CURLUPART_SCHEME, scheme, sizeof(scheme)) &&
	    (streq(scheme, "http") || streq(scheme, "https"));
	curl_url_cleanup(address);
	return good;
}

/* Who asks, in TLS; both or none. */
static bool
find_certificate(const cJSON *parameters, struct question *question)
{
	if (!find_optional_text(
		parameters, "certificate", &question->certificate) ||
	    !find_optional_text(
		parameters, "privateKey", &question->private_key))
		return false;
	if (!question->certificate || !question->private_key)
		return question->certificate == question->private_key;
	return question->is_https &&
	       strlen(question->certificate) <= QUESTION_PEM_BYTES_MAX &&
	       strlen(question->private_key) <= QUESTION_PEM_BYTES_MAX;
}

static bool
find_number(
    const cJSON *parameters, const char *name, int64_t max, int64_t *ret)
{
	return json_find_int(parameters, name, ret) == 1 && *ret >= 0 &&
	       *ret <= max;
}

/* The name of the first wrong parameter, NULL: all are good. */
static const char *
parse(const cJSON *parameters, struct question *question)
{
	bool loopback = false;
	int64_t number;

	if (!find_method(parameters, question))
		return "method";
	if (!find_url(parameters, question, &loopback))
		return "url";
	if (!find_optional_text(
		parameters, "contentType", &question->content_type) ||
	    (question->content_type &&
		!is_header_value(question->content_type)))
		return "contentType";
	if (!find_optional_text(parameters, "body", &question->body) ||
	    (question->body &&
		(!question->is_post ||
		    strlen(question->body) > QUESTION_BODY_BYTES_MAX)))
		return "body";
	if (!find_headers(parameters, question))
		return "headers";
	if (!find_number(
		parameters, "timeoutMs", QUESTION_TIMEOUT_MS_MAX, &number) ||
	    number == 0)
		return "timeoutMs";
	question->timeout_ms = (unsigned)number;
	if (!find_number(
		parameters, "bodyBytesMax", QUESTION_ANSWER_BYTES_MAX, &number))
		return "bodyBytesMax";
	question->body_bytes_max = (size_t)number;
	if (!find_proxy(parameters, question))
		return "proxy";
	if (loopback)
		/* The proxy's localhost is another host. */
		question->proxy = NULL;
	if (!find_optional_text(parameters, "ca", &question->ca) ||
	    (question->ca && question->ca[0] != '/'))
		return "ca";
	if (!find_certificate(parameters, question))
		return "certificate";
	if (json_find_bool(parameters, "publicOnly", &question->public_only) <
	    0)
		return "publicOnly";
	if (!find_answer_types(parameters, question))
		return "answerTypes";
	return NULL;
}

int
question_parse(const cJSON *parameters, struct question *ret_question,
    const char **ret_parameter)
{
	struct question question = {0};
	const char *wrong = parse(parameters, &question);

	if (wrong) {
		question_done(&question);
		*ret_parameter = wrong;
		return -EINVAL;
	}
	*ret_question = question;
	return 0;
}

void
question_done(struct question *question)
{
	curl_url_cleanup(question->address);
	*question = (struct question){0};
}
