/*
 * Each request has a handle and a connection of its own: nothing that one
 * caller sent (credentials, cookies, TLS sessions) can reach another's server.
 */
#include "fetch/transfer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/address.h"
#include "fetch/media_type.h"
#include "fetch/memory.h"

#define BODY_BYTES_FIRST 4096
#define ACCEPT_BYTES_MAX                                                       \
	(QUESTION_ANSWER_TYPES_MAX * (MEDIA_TYPE_BYTES_MAX + 2))

enum fault {
	FAULT_NONE = 0,
	FAULT_RESOLVE,
	FAULT_REFUSED,
	FAULT_TIMEOUT,
	FAULT_SLOW,
	FAULT_TLS,
	FAULT_TOO_LARGE,
	FAULT_LONG_LINE,
	FAULT_REDIRECT,
	FAULT_NOT_TEXT,
	FAULT_TYPE,
	FAULT_PROTOCOL,
	FAULT_CA,
	FAULT_STOPPING,
	FAULT_NOT_PUBLIC,
	FAULT_NO_MEMORY,
};

struct transfer {
	const struct question *question;
	const struct transfer_limits *limits;
	CURL *easy;
	struct curl_slist *headers;
	size_t header_bytes;
	int64_t began_ms; /* the answer's first line came; 0: not yet */
	char *body;
	size_t size, capacity;
	bool not_public;  /* there was such an address */
	bool enough;	  /* the body is not wanted, and has begun */
	enum fault fault; /* why a callback broke off */
	char error[CURL_ERROR_SIZE];
};

/* Reasons as in io.authbox.Fetch. NULL: libcurl's message says more; it names
 * hosts and certificates, never paths or headers, so it may be passed on. */
static const struct {
	const char *reason, *message;
} faults[] = {
    [FAULT_RESOLVE] = {"resolve", NULL},
    [FAULT_REFUSED] = {"refused", NULL},
    [FAULT_TIMEOUT] = {"timeout", NULL},
    [FAULT_SLOW] = {"timeout", "the server answers too slowly"},
    [FAULT_TLS] = {"tls", NULL},
    [FAULT_TOO_LARGE] = {"too-large", "the answer is too large"},
    [FAULT_LONG_LINE] = {"too-large",
	"a line of the answer is too long, or there is no memory"},
    [FAULT_REDIRECT] = {"redirect",
	"the server answered with a redirect, which is not followed; "
	"configure its final address"},
    [FAULT_NOT_TEXT] = {"not-text", "the answer is not text in UTF-8"},
    [FAULT_TYPE] = {"media-type", NULL},
    [FAULT_PROTOCOL] = {"protocol", NULL},
    [FAULT_CA] = {"ca",
	"the file with the certificate authorities cannot be used"},
    [FAULT_NOT_PUBLIC] = {"refused",
	"its name leads to an address that is not public; give this address "
	"in the configuration if it is meant"},
    [FAULT_STOPPING] = {"stopping", "authbox-fetch is stopping; try again"},
};

/* ---- what libcurl tells while it runs ---- */

/* What on_header() and on_body() return to break off. */
static size_t
break_off(struct transfer *transfer, enum fault fault)
{
	transfer->fault = fault;
	return 0;
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	long status = 0;

	(void)bytes;
	transfer->header_bytes += size * count;
	if (transfer->header_bytes > TRANSFER_HEADER_BYTES_MAX)
		return break_off(transfer, FAULT_TOO_LARGE);
	/* Interim answers (100 to 199) may precede a long wait. */
	if (transfer->began_ms == 0 &&
	    curl_easy_getinfo(
		transfer->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	    status >= 200)
		transfer->began_ms = clock_monotonic_ms();
	return size * count;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t used = transfer->size, added = size * count;

	if (transfer->question->body_bytes_max == 0) {
		transfer->enough = true;
		return 0;
	}
	if (added > transfer->question->body_bytes_max - used)
		return break_off(transfer, FAULT_TOO_LARGE);
	if (added + 1 > transfer->capacity - used) {
		size_t capacity =
		    2 * transfer->capacity + added + 1 + BODY_BYTES_FIRST;
		char *larger = memory_wipe_realloc(transfer->body, capacity);

		if (!larger)
			return break_off(transfer, FAULT_NO_MEMORY);
		transfer->body = larger;
		transfer->capacity = capacity;
	}
	memcpy(transfer->body + used, bytes, added);
	transfer->size += added;
	transfer->body[transfer->size] = '\0';
	return added;
}

static bool
limits_are_reached(const struct transfer_limits *limits)
{
	int64_t stop_at_ms =
	    __atomic_load_n(limits->stop_at_ms, __ATOMIC_RELAXED);
	struct pollfd peer = {.fd = limits->peer_fd, .events = POLLRDHUP};

	return (stop_at_ms != 0 && clock_monotonic_ms() >= stop_at_ms) ||
	       poll(&peer, 1, 0) > 0;
}

/* Called at least once a second. Not 0: break off. */
static int
on_progress(void *context, curl_off_t to_get, curl_off_t got, curl_off_t to_put,
    curl_off_t put)
{
	struct transfer *transfer = context;
	int64_t passed_ms = clock_monotonic_ms() - transfer->began_ms;

	(void)to_get;
	(void)to_put;
	(void)put;
	if (limits_are_reached(transfer->limits)) {
		(void)break_off(transfer, FAULT_STOPPING);
		return 1;
	}
	if (transfer->began_ms == 0 || passed_ms <= TRANSFER_SLOW_MS ||
	    got + (curl_off_t)transfer->header_bytes >=
		TRANSFER_SLOW_BYTES_PER_S * passed_ms / 1000)
		return 0;
	(void)break_off(transfer, FAULT_SLOW);
	return 1;
}

/* ---- setting up ---- */

static int
put_header(struct transfer *transfer, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + sizeof(": ");
	struct curl_slist *longer;
	char *line = malloc(size); /* asprintf() would leave a copy */

	if (!line)
		return -ENOMEM;
	/* "Name;" is libcurl's way to send one that is empty. */
	(void)snprintf(
	    line, size, *value ? "%s: %s" : "%s;", name, value); /* fits */
	longer = curl_slist_append(transfer->headers, line);
	memory_wipe_free(line);
	if (!longer)
		return -ENOMEM;
	transfer->headers = longer;
	return 0;
}

static int
put_accept(struct transfer *transfer)
{
	const struct question *question = transfer->question;
	char line[ACCEPT_BYTES_MAX] = "", *at = line;

	for (size_t i = 0; i < question->answer_type_count; i++)
		/* Each is bounded, and so they fit. */
		at += snprintf(at, (size_t)(line + sizeof(line) - at), "%s%s",
		    i > 0 ? ", " : "", question->answer_types[i]);
	return *line ? put_header(transfer, "Accept", line) : 0;
}

static int
put_headers(struct transfer *transfer)
{
	const struct question *question = transfer->question;
	bool has_type = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < question->header_count; i++) {
		has_type |=
		    strcasecmp(question->headers[i].name, "Content-Type") == 0;
		r = put_header(transfer, question->headers[i].name,
		    question->headers[i].value);
	}
	if (r == 0 && question->content_type && !has_type)
		r = put_header(
		    transfer, "Content-Type", question->content_type);
	return r == 0 ? put_accept(transfer) : r;
}

#define SET(option, value)                                                     \
	(curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

/* What is never asked for: each of these is off or empty by itself in the
 * libcurl that this was written for, and is meant to stay so. */
static bool
set_nothing_else(CURL *easy)
{
	return SET(CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	       SET(CURLOPT_HTTPAUTH, CURLAUTH_BASIC) &&
	       SET(CURLOPT_UNRESTRICTED_AUTH, 0L) &&
	       SET(CURLOPT_ACCEPT_ENCODING, NULL) &&
	       SET(CURLOPT_HTTP_CONTENT_DECODING, 0L) &&
	       SET(CURLOPT_HTTP09_ALLOWED, 0L) &&
	       SET(CURLOPT_FRESH_CONNECT, 1L) &&
	       SET(CURLOPT_FORBID_REUSE, 1L) &&
	       SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static bool
set_tls(CURL *easy, const struct question *question)
{
	bool good =
	    SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
	    SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	    SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L) &&
	    SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L) &&
	    SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

	if (!question->ca)
		return good;
	/* These and no others: the system's folder is left out. */
	return good && SET(CURLOPT_CAINFO, question->ca) &&
	       SET(CURLOPT_CAPATH, NULL) &&
	       SET(CURLOPT_PROXY_CAINFO, question->ca) &&
	       SET(CURLOPT_PROXY_CAPATH, NULL);
}

/* What we show to the server itself; a proxy gets none. libcurl reads it where
 * it lies, and makes no copy. */
static bool
set_certificate(CURL *easy, const struct question *question)
{
	struct curl_blob certificate, key;

	if (!question->certificate)
		return true;
	certificate = (struct curl_blob){
	    .data = (void *)(uintptr_t)question->certificate,
	    .len = strlen(question->certificate),
	    .flags = CURL_BLOB_NOCOPY,
	};
	key = (struct curl_blob){
	    .data = (void *)(uintptr_t)question->private_key,
	    .len = strlen(question->private_key),
	    .flags = CURL_BLOB_NOCOPY,
	};
	return SET(CURLOPT_SSLCERTTYPE, "PEM") &&
	       SET(CURLOPT_SSLKEYTYPE, "PEM") &&
	       SET(CURLOPT_SSLCERT_BLOB, &certificate) &&
	       SET(CURLOPT_SSLKEY_BLOB, &key);
}

/* "" as proxy keeps the environment from naming one. */
static bool
set_request(struct transfer *transfer)
{
	const struct question *question = transfer->question;
	CURL *easy = transfer->easy;
	bool good =
	    SET(CURLOPT_CURLU, question->address) &&
	    SET(CURLOPT_PROTOCOLS_STR, question->is_https ? "https" : "http") &&
	    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	    SET(CURLOPT_USERAGENT, "authbox") &&
	    SET(CURLOPT_PROXY, question->proxy ? question->proxy : "") &&
	    SET(CURLOPT_NOPROXY, "") &&
	    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) &&
	    SET(CURLOPT_HTTPHEADER, transfer->headers);

	/* What a proxy connects to is for the proxy to decide. */
	if (good && question->public_only && !question->proxy)
		good = SET(CURLOPT_OPENSOCKETFUNCTION, address_open_public) &&
		       SET(CURLOPT_OPENSOCKETDATA, &transfer->not_public);
	if (!good || !question->is_post)
		return good;
	return SET(CURLOPT_POST, 1L) &&
	       SET(CURLOPT_POSTFIELDS, question->body ? question->body : "") &&
	       SET(CURLOPT_POSTFIELDSIZE,
		   question->body ? (long)strlen(question->body) : 0L);
}

static bool
set_bounds(struct transfer *transfer)
{
	const struct question *question = transfer->question;
	long timeout_ms = (long)question->timeout_ms;
	CURL *easy = transfer->easy;

	return SET(CURLOPT_TIMEOUT_MS, timeout_ms) &&
	       SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms < TRANSFER_CONNECT_MS
						  ? timeout_ms
						  : TRANSFER_CONNECT_MS) &&
	       SET(CURLOPT_MAXFILESIZE_LARGE,
		   (curl_off_t)question->body_bytes_max) &&
	       SET(CURLOPT_NOSIGNAL, 1L) &&
	       /* A resolver that hangs is left behind in its own thread. */
	       SET(CURLOPT_QUICK_EXIT, 1L) &&
	       SET(CURLOPT_HEADERFUNCTION, on_header) &&
	       SET(CURLOPT_HEADERDATA, transfer) &&
	       SET(CURLOPT_WRITEFUNCTION, on_body) &&
	       SET(CURLOPT_WRITEDATA, transfer) &&
	       SET(CURLOPT_NOPROGRESS, 0L) &&
	       SET(CURLOPT_XFERINFOFUNCTION, on_progress) &&
	       SET(CURLOPT_XFERINFODATA, transfer) &&
	       SET(CURLOPT_ERRORBUFFER, transfer->error);
}

/* ---- what came of it ---- */

static enum fault
code_fault(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return FAULT_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FAULT_RESOLVE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
		return FAULT_REFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return FAULT_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
		return FAULT_TLS;
	case CURLE_SSL_CACERT_BADFILE:
		return FAULT_CA;
	case CURLE_FILESIZE_EXCEEDED:
		return FAULT_TOO_LARGE;
	case CURLE_OUT_OF_MEMORY:
		return FAULT_LONG_LINE; /* libcurl says the same to both */
	default:
		return FAULT_PROTOCOL;
	}
}

static bool
status_is_redirect(long status)
{
	return (status >= 301 && status <= 303) || status == 307 ||
	       status == 308;
}

/* What is no success explains itself as it likes: a proxy's page, say. */
static bool
is_of_type(struct transfer *transfer, long status)
{
	const struct question *question = transfer->question;
	const char *type = NULL;

	if (question->answer_type_count == 0 || status > 299)
		return true;
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_CONTENT_TYPE, &type); /* else NULL */
	for (size_t i = 0; i < question->answer_type_count; i++)
		if (media_type_matches(type, question->answer_types[i]))
			return true;
	(void)snprintf(transfer->error, sizeof(transfer->error),
	    "the answer is %s, where %s is expected (Content-Type)",
	    media_type_get_name(type), question->answer_types[0]); /* may cut */
	return false;
}

static enum fault
transfer_perform(struct transfer *transfer, long *ret_status)
{
	CURL *easy = transfer->easy;
	CURLcode code;

	if (put_headers(transfer) < 0 || !set_nothing_else(easy) ||
	    !set_tls(easy, transfer->question) ||
	    !set_certificate(easy, transfer->question) ||
	    !set_request(transfer) || !set_bounds(transfer))
		return FAULT_NO_MEMORY;

	code = curl_easy_perform(easy);
	if (transfer->fault != FAULT_NONE)
		return transfer->fault;
	if (code == CURLE_COULDNT_CONNECT && transfer->not_public)
		return FAULT_NOT_PUBLIC;
	if (code != CURLE_OK && !transfer->enough)
		return code_fault(code);
	if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, ret_status) !=
		CURLE_OK ||
	    *ret_status < 200 || *ret_status > 599)
		return FAULT_PROTOCOL;
	if (status_is_redirect(*ret_status))
		return FAULT_REDIRECT;
	if (!is_of_type(transfer, *ret_status))
		return FAULT_TYPE;
	if (transfer->size > 0 && !text_is_utf8(transfer->body, transfer->size))
		return FAULT_NOT_TEXT;
	return FAULT_NONE;
}

int
transfer_run(const struct question *question,
    const struct transfer_limits *limits, struct transfer_answer *ret_answer)
{
	struct transfer transfer = {.question = question, .limits = limits};
	struct transfer_answer answer = {0};
	enum fault fault = FAULT_NO_MEMORY;
	const char *message;
	long status = 0;

	transfer.easy = curl_easy_init();
	if (limits_are_reached(limits))
		/* It waited too long for a thread: nothing is sent late. */
		fault = FAULT_STOPPING;
	else if (transfer.easy)
		fault = transfer_perform(&transfer, &status);
	curl_easy_cleanup(transfer.easy);
	curl_slist_free_all(transfer.headers);
	if (fault != FAULT_NONE) {
		memory_wipe_free(transfer.body);
		if (fault == FAULT_NO_MEMORY)
			return -ENOMEM;
		message = faults[fault].message;
		answer.reason = faults[fault].reason;
		text_copy_for_log(message ? message : transfer.error,
		    answer.message, sizeof(answer.message));
	} else {
		answer.status = (unsigned)status;
		answer.body = transfer.body;
		answer.size = transfer.size;
	}
	*ret_answer = answer;
	return 0;
}

void
transfer_answer_done(struct transfer_answer *answer)
{
	memory_wipe_free(answer->body);
	*answer = (struct transfer_answer){0};
}
