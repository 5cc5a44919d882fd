/*
 * libauthbox: ask authboxd over its Unix socket (Varlink, io.authbox.*).
 *
 * Thread-safe as long as each thread has its own connection. Texts are UTF-8;
 * parameters and replies are JSON objects as text, as the interface texts in
 * authbox-protocol(7) describe them. What was sent and received is wiped.
 *
 * authboxd closes a connection that was idle for 10 s: connect anew rather than
 * keep one open while a person types.
 */
#ifndef AUTHBOX_CLIENT_H
#define AUTHBOX_CLIENT_H

#ifdef __cplusplus
extern "C" {
#endif

#define AUTHBOX_SOCKET "/run/authbox/api.sock"

/* What a call ends with, unless it fails with a negative errno. */
enum authbox_result {
	AUTHBOX_DONE = 0,      /* the reply's parameters are there */
	AUTHBOX_REFUSED = 1,   /* the daemon refused: the error's parameters
				* are there, authbox_error() is its name */
	AUTHBOX_CONTINUES = 2, /* as DONE, and authbox_next() has another */
};

struct authbox;

/* Connect. `socket_path` NULL: $AUTHBOX_SOCKET, else AUTHBOX_SOCKET. 0;
 * -ENOENT or -ECONNREFUSED: authboxd is not running; -EACCES; -ETIMEDOUT: it
 * accepts nobody; -ENAMETOOLONG; -ENOMEM. */
int authbox_connect(const char *socket_path, struct authbox **ret_authbox);

/* Wipes what was received. NULL is fine. */
void authbox_close(struct authbox *authbox);

/* Call a method and wait, at most `timeout_ms` (0: 30 s). `parameters` may be
 * NULL. *ret_reply is lent until the next call on this connection. -EINVAL:
 * `parameters` is not a strict JSON object; -EMSGSIZE: too long for a call
 * (64 KiB); -ECONNRESET, -EPIPE, -ETIMEDOUT: no reply came, and this and a
 * reply that makes no sense (-EBADMSG) end the connection: close it. */
int authbox_call(struct authbox *authbox, const char *method,
    const char *parameters, int timeout_ms, const char **ret_reply);

/* The same for a method that replies several times, and its next replies. */
int authbox_call_more(struct authbox *authbox, const char *method,
    const char *parameters, int timeout_ms, const char **ret_reply);
int
authbox_next(struct authbox *authbox, int timeout_ms, const char **ret_reply);

/* Name of the last refusal, "io.authbox.Forbidden"; lent as the reply is. NULL:
 * the last call was not refused. */
const char *authbox_error(const struct authbox *authbox);

#ifdef __cplusplus
}
#endif

#endif
