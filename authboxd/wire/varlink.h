/*
 * The server's side of Varlink (https://varlink.org): one connection's calls,
 * dispatched through tables that also say who may call what. The other side is
 * wire/varlink_client.h.
 *
 * A frame that is not a strict JSON object ends the connection; a call that is
 * wrong in another way is refused by an error reply.
 */
#ifndef WIRE_VARLINK_H
#define WIRE_VARLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/json.h"
#include "wire/busy.h"
#include "wire/varlink_frame.h"

#define VARLINK_IDLE_MS	 10000 /* between two calls */
#define VARLINK_FRAME_MS 2000  /* from a call's first byte to its last */
#define VARLINK_WRITE_MS 5000  /* for the peer to take one reply */
#define VARLINK_CALL_MS	 25000 /* for a method; authboxctl waits 30 s */

#define VARLINK_ERROR_FORBIDDEN	  "io.authbox.Forbidden"
#define VARLINK_ERROR_UNAVAILABLE "io.authbox.Unavailable"

/* Who may call a method; the default, 0, is nobody. Decided on the kernel's
 * peer uid alone. */
enum varlink_may {
	VARLINK_NOBODY = 0,
	VARLINK_ROOT,
	VARLINK_SELF, /* root, or the user that the `user` parameter names
		       * (left out: the peer himself) */
	VARLINK_ANYONE,
};

struct varlink_server;

struct varlink_call {
	void *daemon; /* what varlink_serve() was given */
	uid_t peer_uid;
	const char *method;
	const cJSON *parameters; /* object or NULL; lent */
	bool more;		 /* the caller takes several replies */
	int64_t deadline_ms;	 /* now + VARLINK_CALL_MS */
	/* The method sets one of them, or none for an empty reply. */
	cJSON *reply;		 /* parameters of the reply */
	const char *error;	 /* full error name, static */
	cJSON *error_parameters; /* NULL: none */
	/* Private to varlink.c. */
	const struct varlink_server *server;
	struct busy_work work;
	bool oneway;
	int broken; /* < 0: a frame was sent in part, so nothing may follow */
};

struct varlink_method {
	const char *name; /* "io.authbox.TwoFactor.Request" */
	enum varlink_may may;
	const char *const *parameters; /* names, ended by NULL: others are
					* refused as InvalidParameter. NULL:
					* there are none */
	/* < 0: internal failure, answered by the errno table. */
	int (*run)(struct varlink_call *call);
	bool streams; /* replies several times: called without "more" it is
		       * refused as ExpectedMore */
};

struct varlink_interface {
	const char *name;		      /* "io.authbox.TwoFactor" */
	const char *description;	      /* its interface text */
	const struct varlink_method *methods; /* ended by a NULL name */
};

/* Is the user parameter the peer? Given so that wire needs no NSS: 1 yes, 0 no,
 * < 0 could not find out (answered as Unavailable). */
typedef int varlink_is_self(void *daemon, uid_t peer_uid, const char *user);

/* Serve calls on `fd` until the peer closes, errs, or is idle for too long.
 * `interfaces` ends with a NULL name; org.varlink.service is added by this
 * function. Each call is entered in `busy` while it runs; NULL: nobody watches.
 * `fd` stays the caller's. */
void varlink_serve(int fd, uid_t peer_uid,
    const struct varlink_interface *interfaces, varlink_is_self *is_self,
    struct busy *busy, void *daemon);

/* ---- for methods ---- */

/* Refuse with an error: call->error and {"reason": reason}, to which a method
 * may add. `error` and `reason` are static. Returns 0, so that a method can end
 * with it, or -ENOMEM. */
int varlink_refuse(
    struct varlink_call *call, const char *error, const char *reason);

/* Refuse a parameter as org.varlink.service.InvalidParameter. Returns as
 * varlink_refuse(). */
int varlink_refuse_parameter(struct varlink_call *call, const char *name);

/* The call may take so long from now on before it counts as stuck. Each part
 * that is sent gives it VARLINK_CALL_MS again. */
void varlink_allow(struct varlink_call *call, int64_t ms);

/* Send one reply at once and say that others follow; the method's last one is
 * call->reply. Takes `take_parameters`, whatever it returns; NULL counts as no
 * memory. Only in a method that streams. < 0: the peer is gone or too slow, and
 * the method must end with this errno. */
int varlink_reply_part(struct varlink_call *call, cJSON *take_parameters);

#endif
