/*
 * The socket of a program that works for authboxd alone (authbox-fetch,
 * authbox-userdb): where it comes from, and whose calls are served on it.
 */
#ifndef WIRE_PRIVATE_SOCKET_H
#define WIRE_PRIVATE_SOCKET_H

#include <sys/types.h>

#include "wire/listener.h"
#include "wire/varlink.h"

/* A listening socket: made at `path`, for our own user only, or with NULL the
 * one that systemd, or whoever stands in for it, passed under `name`. A failure
 * was logged. */
int private_socket_open(const char *path, const char *name, int *ret_fd);

/* authboxd's user: the owner of the socket's file, or our own user where it has
 * none. */
uid_t private_socket_owner(int fd);

/* Serve the calls of a connection by `owner`, root or our own user; others lose
 * it, and the log tells. No call is one that a user makes about himself. */
void private_socket_serve(const struct connection *connection, uid_t owner,
    const struct varlink_interface *interfaces, void *daemon);

#endif
