/*
 * Connections per uid, shared by all listeners, so that one user cannot take
 * every place and all users together cannot keep root out.
 */
#ifndef WIRE_PEERS_H
#define WIRE_PEERS_H

#include <sys/types.h>

#include "base/cleanup.h"

struct peers_limits {
	unsigned total;	       /* root too */
	unsigned per_uid;      /* not root */
	unsigned all_non_root; /* together */
};

struct peers;

struct peers *
peers_new(const struct peers_limits *limits); /* NULL: no memory */
void peers_free(struct peers *peers);
CLEANUP_DEFINE(peers)

/* In force for the next connection; those that are open stay. */
void peers_set_limits(struct peers *peers, const struct peers_limits *limits);

/* 0: counted, to be given back with peers_leave(); -EUSERS: no place. `share`
 * is this uid's own limit, 0: the general one. */
int peers_enter(struct peers *peers, uid_t uid, unsigned share);
void peers_leave(struct peers *peers, uid_t uid);

#endif
