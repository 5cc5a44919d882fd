/*
 * What a provider answers in a device login (RFC 8628 3.2, 3.5): pure. What is
 * to be shown to a person comes out checked: visible ASCII, no control
 * characters, bounded.
 */
#ifndef TOKEN_DEVICE_ANSWER_H
#define TOKEN_DEVICE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "token/device_poll.h"

#define DEVICE_USER_CODE_BYTES_MAX 32
#define DEVICE_URI_BYTES_MAX	   256 /* a person may have to type it */
#define DEVICE_CODE_BYTES_MAX	   4096

/* A login that has begun. */
struct device_grant {
	struct secret *device_code; /* the tokens are handed out for it */
	char user_code[DEVICE_USER_CODE_BYTES_MAX + 1];
	char uri[DEVICE_URI_BYTES_MAX + 1];
	char complete_uri[DEVICE_URI_BYTES_MAX + 1]; /* "": it gives none */
	unsigned interval_s, life_s; /* within the bounds of device_poll.h */
};

void device_grant_done(struct device_grant *grant);

/* Read the answer to a device authorization request. The addresses must be
 * https; http to loopback passes, and to others where `insecure`. 0; -EBADMSG
 * and *ret_why (static, a clause that goes on "its answer cannot be used: …");
 * -ENOMEM. */
int device_grant_parse(const char *text, size_t size, bool insecure,
    struct device_grant *ret_grant, const char **ret_why);

/* An answer of the token endpoint. */
struct device_answer {
	enum device_event event;
	/* DEVICE_APPROVED: who it was is said by the ID token, and without one
	 * by the access token, which then has the form of a JWT. The access
	 * token may be NULL, or opaque, where there is an ID token. */
	struct secret *id_token, *access_token;
	/* DEVICE_FAILED: its error code, or in our words what is wrong. */
	char why[64];
};

/* Wipes. */
void device_answer_done(struct device_answer *answer);

/* Read an answer with the given status. Other tokens in it, the refresh token
 * first of all, are dropped. 0 or -ENOMEM. */
int device_answer_parse(unsigned status, const char *text, size_t size,
    struct device_answer *ret_answer);

#endif
