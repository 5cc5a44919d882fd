/*
 * libauthbox: ask authboxd over its Unix socket (Varlink, io.authbox.*).
 *
 * Thread-safe as long as each thread has its own connection. All functions
 * return 0 or a negative errno unless they say otherwise. Texts are UTF-8,
 * parameters and replies are JSON objects as text, as the interface texts in
 * authbox-protocol(7) describe them.
 */
#ifndef AUTHBOX_CLIENT_H
#define AUTHBOX_CLIENT_H

#ifdef __cplusplus
extern "C" {
#endif

#define AUTHBOX_SOCKET "/run/authbox/api.sock"

struct authbox;

/* Connect. `socket_path` NULL: $AUTHBOX_SOCKET, else AUTHBOX_SOCKET. -ENOENT or
 * -ECONNREFUSED: authboxd is not running; -EACCES. */
int authbox_connect(const char *socket_path, struct authbox **ret_authbox);

/* Wipes what was received. NULL is fine. */
void authbox_close(struct authbox *authbox);

/* Call a method and wait, at most `timeout_ms` (0: 30 s). `parameters` may be
 * NULL. 0: *ret_reply is the reply's parameters; 1: the daemon refused:
 * *ret_reply holds the error's parameters and authbox_error() its name. The
 * text is lent until the next call on this connection. */
int authbox_call(struct authbox *authbox, const char *method,
    const char *parameters, int timeout_ms, const char **ret_reply);

/* Name of the last refusal, "io.authbox.Forbidden"; lent. */
const char *authbox_error(const struct authbox *authbox);

#ifdef __cplusplus
}
#endif

#endif
