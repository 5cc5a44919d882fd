/*
 * Reaching authboxd, and only authboxd: whoever could put a socket of his own
 * in its place would decide about logins.
 */
#ifndef PAM_AUTHBOX_SERVER_H
#define PAM_AUTHBOX_SERVER_H

#include <security/pam_modules.h>

/* Connect to the socket at `path`, absolute and short enough for a socket
 * address, within PAM_CONNECT_MS. Every folder above it must be root's and
 * nobody else's to write, no part of it a symbolic link; its server must be
 * root or the owner of the socket. A program that does not run as root may
 * also use folders of its own user.
 *
 * 0: *ret_fd, close-on-exec, is the caller's. -EPERM: not to be trusted;
 * -ENOENT, -ECONNREFUSED: authboxd does not run; -EACCES; -ETIMEDOUT: not
 * accepted in time; another negative errno. Failures are logged. */
int server_connect(pam_handle_t *pamh, const char *path, int *ret_fd);

#endif
