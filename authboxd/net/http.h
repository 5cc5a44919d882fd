/*
 * One bounded HTTP request, asked of authbox-fetch over its socket: authboxd
 * itself has no network.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "config/config.h"

#define HTTP_REQUEST_BODY_MAX 32768
#define HTTP_ANSWER_BODY_MAX  262144
#define HTTP_HEADERS_MAX      16

struct http_request {
	const char *method; /* "GET", "POST" */
	const char *url;    /* https, or http where the caller allowed it */
	bool insecure;	    /* http:// to other hosts than loopback */
	const char *content_type; /* NULL without a body */
	const char *body;	  /* NULL: none */
	const struct header *headers;
	size_t header_count;
	unsigned timeout_ms;
	const char *proxy, *ca; /* Settings.http; may be NULL */
};

struct http_answer {
	unsigned status;     /* 100 to 599 */
	struct secret *body; /* may be empty */
};

void http_answer_done(struct http_answer *answer);

/* Ask and wait. `socket_path`: authbox-fetch's. 0: an answer came, whatever its
 * status. -ECONNREFUSED: authbox-fetch is not there; -ETIMEDOUT; -EHOSTUNREACH,
 * -EPROTO (TLS), -EMSGSIZE (too large), -EIO: the request failed; ret_why (of
 * `why_size`, may be NULL) says how, in words without secrets. */
int http_ask(const char *socket_path, const struct http_request *request,
    struct http_answer *ret_answer, char *ret_why, size_t why_size);

#endif
