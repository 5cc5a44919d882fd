/*
 * What this host's own sources of users and groups say, for whoever must not
 * wait: /etc/passwd and /etc/group as they were read, drop-in records, and
 * systemd's dynamic users. Nothing is opened here while somebody waits; it is
 * only looked whether all is still as it was. Where it is not, or where the
 * host has other sources too, the answer is that it is not known, and others.h
 * is to be asked. Any number of threads.
 */
#ifndef USERDB_LOCAL_H
#define USERDB_LOCAL_H

#include <stdint.h>
#include <time.h>

#include "base/cleanup.h"

#define LOCAL_ENTRIES_MAX 262144 /* users and groups that are kept */

struct local;

/* Knows nothing before local_refresh(). `root` is the folder that /etc and all
 * else is in; "/" but in tests. */
int local_new(const char *root, struct local **ret_local);
void local_free(struct local *local); /* NULL is fine */
CLEANUP_DEFINE(local)

/* Read again what has changed. This waits for the disk; who asks meanwhile does
 * not. `now` is the wall clock's, as files have it. */
void local_refresh(struct local *local, const struct timespec *now);

/* 1: a user or a group has it; 0: nobody; -EAGAIN: it is not known here. */
int local_have_name(struct local *local, const char *name);
int local_have_id(struct local *local, uint32_t id);

/* Walk over the users and groups of /etc/passwd and /etc/group: 0, or what
 * `see` returned < 0; -EIO: one could not be read to its end. A file that is
 * not there has nobody. One caller at a time. */
typedef int local_see(void *context, const char *name, uint32_t id);
int local_walk_files(struct local *local, local_see *see, void *context);

#endif
