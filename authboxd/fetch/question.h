/*
 * What authbox-fetch is asked to send, checked before anything is resolved or
 * connected to. The address is taken apart by the same parser that libcurl
 * connects by, so that both see the same host.
 */
#ifndef FETCH_QUESTION_H
#define FETCH_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "base/json.h"

#define QUESTION_URL_BYTES_MAX	  2048
#define QUESTION_BODY_BYTES_MAX	  32768
#define QUESTION_HEADERS_MAX	  16
#define QUESTION_HEADER_BYTES_MAX 8192 /* of one name or value */
#define QUESTION_ANSWER_BYTES_MAX 524288
#define QUESTION_TIMEOUT_MS_MAX	  30000
#define QUESTION_PEM_BYTES_MAX	  16384 /* a chain of certificates, or a key */
#define QUESTION_ANSWER_TYPES_MAX 4

/* Names of the parameters, ended by NULL. */
extern const char *const question_parameters[];

/* Texts are lent from the parameters. */
struct question {
	CURLU *address; /* owned */
	bool is_post;
	bool is_https;
	bool public_only;	  /* connect to public addresses alone */
	const char *content_type; /* may be NULL */
	const char *body;	  /* may be NULL */
	struct {
		const char *name, *value;
	} headers[QUESTION_HEADERS_MAX];
	size_t header_count;
	/* One of these is what a good answer is; none: whatever comes. */
	const char *answer_types[QUESTION_ANSWER_TYPES_MAX];
	size_t answer_type_count;
	unsigned timeout_ms;
	size_t body_bytes_max; /* 0: the body is not wanted */
	const char *proxy;     /* NULL: none, also for this host itself */
	const char *ca;	       /* NULL: the system's authorities */
	const char *certificate, *private_key; /* PEM; both NULL: none */
};

/* 0: good, the caller gives it to question_done(). -EINVAL: *ret_parameter
 * (static) is one that must not be sent, and nothing is to be done; -ENOMEM. */
int question_parse(const cJSON *parameters, struct question *ret_question,
    const char **ret_parameter);
void question_done(struct question *question);

#endif
