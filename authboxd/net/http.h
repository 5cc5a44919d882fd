/*
 * One bounded HTTP request, asked of authbox-fetch over its socket: authboxd
 * itself has no network.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "net/header.h"

#define HTTP_REQUEST_BODY_MAX 32768
#define HTTP_ANSWER_BODY_MAX  262144 /* unless the request says otherwise */
#define HTTP_HEADERS_MAX      16
#define HTTP_TIMEOUT_MS_MAX   30000

struct http_request {
	const char *method; /* "GET", "POST" */
	const char *url;    /* https, or http where the caller allowed it */
	bool insecure;	    /* http:// to other hosts than loopback */
	bool public_only;   /* connect to public addresses alone */
	const char *content_type; /* NULL without a body */
	const char *body;	  /* NULL: none */
	const struct header *headers;
	size_t header_count;
	/* Media types, ended by NULL: an answer with status 2xx has one of
	 * these. NULL: any will do. */
	const char *const *answer_types;
	unsigned timeout_ms;	/* at most HTTP_TIMEOUT_MS_MAX */
	size_t body_bytes_max;	/* of the answer; 0: HTTP_ANSWER_BODY_MAX */
	bool ignore_body;	/* only the status counts, whatever follows */
	const char *proxy, *ca; /* Settings.http; may be NULL */
	/* Shown to the server in TLS: PEM, both or none; https alone. They
	 * cross the socket for this one request. */
	const char *certificate, *private_key;
};

struct http_answer {
	unsigned status;     /* 100 to 599 */
	struct secret *body; /* may be empty */
};

void http_answer_done(struct http_answer *answer);

/* Ask and wait, never for longer than timeout_ms and a second. `socket_path`:
 * authbox-fetch's. 0: an answer came, whatever its status (but a redirect is
 * none). -ECONNREFUSED: authbox-fetch is not there; -EHOSTUNREACH: the server
 * is not there; -ETIMEDOUT; -EPROTO: TLS; -EMSGSIZE: question or answer too
 * large; -EINVAL: a URL or header that must not be sent; -EIO: it failed in
 * another way. ret_why (of `why_size`, may be NULL with 0) says how, in words
 * without secrets, whenever the result is not 0. */
int http_ask(const char *socket_path, const struct http_request *request,
    struct http_answer *ret_answer, char *ret_why, size_t why_size);

#endif
