/*
 * Connections per account, shared by all listeners, so that one user cannot
 * take every place and all users together cannot keep root out.
 */
#ifndef WIRE_PEERS_H
#define WIRE_PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct peers_limits {
	unsigned total;	       /* root too */
	unsigned per_uid;      /* not root */
	unsigned all_non_root; /* together */
};

/* In whose name a connection is counted: a uid's own, or one that several uids
 * share. */
struct peers_account {
	uint64_t id;  /* the uid, or a number above every uid */
	unsigned max; /* 0: peers_limits.per_uid */
};

#define PEERS_SHARED (UINT64_C(1) << 63) /* to be set in the latter */

struct peers;

struct peers *
peers_new(const struct peers_limits *limits); /* NULL: no memory */
void peers_free(struct peers *peers);
CLEANUP_DEFINE(peers)

/* In force for the next connection; those that are open stay. */
void peers_set_limits(struct peers *peers, const struct peers_limits *limits);

/* 0: counted, to be given back with peers_leave(); -EUSERS: no place. Account 0
 * is root's. */
int peers_enter(struct peers *peers, const struct peers_account *account);
void peers_leave(struct peers *peers, const struct peers_account *account);

#endif
