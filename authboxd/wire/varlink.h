/*
 * Varlink on a connected stream socket (https://varlink.org): JSON objects,
 * each ended by a NUL byte, at most VARLINK_BYTES_MAX. Both ends of it; the
 * server calls methods through a table.
 */
#ifndef WIRE_VARLINK_H
#define WIRE_VARLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/json.h"

#define VARLINK_BYTES_MAX  65536
#define VARLINK_IDLE_MS	   10000
#define VARLINK_FRAME_MS   2000

/* Receive one object. `buffer` keeps bytes that came early (pipelining) and
 * must be zeroed before the first call; varlink_buffer_done() wipes it. 0;
 * -ECONNRESET, -ETIMEDOUT, -EMSGSIZE, -EBADMSG, -ENOMEM. */
struct varlink_buffer {
	char *bytes;
	size_t size;
};
void varlink_buffer_done(struct varlink_buffer *buffer);
int varlink_receive(int fd, struct varlink_buffer *buffer, cJSON **ret_object,
    int64_t idle_deadline_ms, int64_t frame_ms);

/* Send one object and its NUL. */
int varlink_send(int fd, const cJSON *object, int64_t deadline_ms);

/* ---- server ---- */

/* Who may call a method; the default, 0, is nobody. Decided on the kernel's
 * peer uid alone. */
enum varlink_may {
	VARLINK_NOBODY = 0,
	VARLINK_ROOT,
	VARLINK_SELF,	/* root, or the user that the `user` parameter names
			 * (left out: the peer himself) */
	VARLINK_PEER,	/* root, or the uid that runs this daemon */
	VARLINK_ANYONE,
};

struct varlink_call {
	void *daemon;		/* what varlink_serve() was given */
	uid_t peer_uid;
	const char *method;
	const cJSON *parameters; /* object or NULL; lent */
	int64_t deadline_ms;
	bool more; /* the caller takes several replies */
	int fd;	   /* for varlink_reply_part() */
	/* The method sets exactly one: */
	cJSON *reply;		/* parameters of the reply */
	const char *error;	/* full error name, static */
	cJSON *error_parameters;
};

struct varlink_method {
	const char *name; /* "io.authbox.TwoFactor.Request" */
	enum varlink_may may;
	const char *const *parameters; /* names, ended by NULL: others are
					* refused as InvalidParameter */
	/* < 0: internal failure, answered by the errno table. */
	int (*run)(struct varlink_call *call);
};

struct varlink_interface {
	const char *name;	 /* "io.authbox.TwoFactor" */
	const char *description; /* its interface text */
	const struct varlink_method *methods; /* ended by a NULL name */
};

/* Is the user parameter the peer? Given so that wire needs no NSS: 1 yes, 0 no,
 * < 0 could not find out (answered as Unavailable). */
typedef int varlink_is_self(void *daemon, uid_t peer_uid, const char *user);

/* Serve calls on `fd` until the peer closes or errs. `interfaces` ends with a
 * NULL name; org.varlink.service is added by this function. */
void varlink_serve(int fd, uid_t peer_uid,
    const struct varlink_interface *interfaces, varlink_is_self *is_self,
    void *daemon);

/* Send one reply that others follow ("continues"), at most VARLINK_FRAME_MS
 * long; for methods called with `more`. Takes `parameters`. 0, or the errno of
 * sending, which the method passes up: the connection is then closed. */
int varlink_reply_part(struct varlink_call *call, cJSON *parameters);

/* Reply with an error of the table: call->error and {"reason": reason}. Always
 * returns 0, so that a method can end with it. */
int varlink_refuse(
    struct varlink_call *call, const char *error, const char *reason);

/* ---- client ---- */

/* One call, one reply. `socket_fd` is connected. 0: *ret_reply is the reply's
 * parameters (may be an empty object); 1: an error reply: *ret_error is its
 * name (malloc()ed) and *ret_reply its parameters; < 0. */
int varlink_ask(int socket_fd, const char *method, const cJSON *parameters,
    int64_t deadline_ms, cJSON **ret_reply, char **ret_error);

#endif
