/*
 * Accepting connections: a pool of threads that accept on one socket. The
 * thread that accepted serves the connection to its end; before it does, it
 * leaves an idle acceptor behind or starts one, within the limits. A peer past
 * its share loses its connection at once, and so does everybody but root where
 * three quarters of the threads are taken.
 */
#ifndef WIRE_LISTENER_H
#define WIRE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "wire/peers.h"

/* In whose name a uid's connections are counted. Called without a lock. */
typedef struct peers_account listener_account(void *context, uid_t uid);

struct connection {
	int fd;
	uid_t uid; /* SO_PEERCRED at accept */
	pid_t pid; /* for logs only */
	void *context;
};

struct listener_options {
	const char *name; /* for threads and logs */
	unsigned threads_max;
	unsigned idle_max; /* threads kept for the next connections */
	void (*serve)(const struct connection *connection);
	listener_account *account; /* NULL: each uid has its own */
	void *context;
	/* All threads are for everybody, and who comes after them waits; else
	 * the last quarter is root's. For a helper that one daemon asks. */
	bool has_one_client;
};

struct listener;

/* `socket_fd` listens already and is taken. Nobody accepts on it yet. */
int listener_new(int socket_fd, struct peers *peers,
    const struct listener_options *options, struct listener **ret_listener);

/* Start the first thread, once: from now on `serve` may be called. */
int listener_start(struct listener *listener);

/* Accept no more; connections go on. */
void listener_stop(struct listener *listener);

/* Wait for the connections to end, at most until the deadline, then cut them
 * (shutdown(2)) and join the threads. NULL is fine. */
void listener_drain(struct listener *listener, int64_t deadline_ms);
void listener_free(struct listener *listener);
CLEANUP_DEFINE(listener)

struct listener_stats {
	unsigned threads, connections;
	uint64_t accepted, refused;
};
void listener_stats(struct listener *listener, struct listener_stats *ret);

/* A listening stream socket at `path` with `mode`; an old one is replaced. */
int listener_bind(const char *path, mode_t mode, int *ret_fd);

#endif
