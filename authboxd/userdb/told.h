/*
 * What sshd was told of users before their first login. It is a memory, no
 * reservation: its size is fixed, whoever asks for many names makes it forget
 * others, and all that follows is that one is worked out again. Any number of
 * threads.
 */
#ifndef USERDB_TOLD_H
#define USERDB_TOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/unix_name.h"

#define TOLD_NAMES_MAX	4096
#define TOLD_FRESH_MS	10000  /* one login asks several times */
#define TOLD_UNKNOWN_MS 2000   /* nobody is to be told of the name */
#define TOLD_LOGIN_MS	900000 /* a login may take so long, and last so long */

struct told;

struct told *told_new(void); /* NULL: no memory */
void told_free(struct told *told);
CLEANUP_DEFINE(told)

/* A name was looked into: `uid` is what is told of it, 0 nothing. `name` has at
 * most UNIX_NAME_BYTES_MAX bytes. Times are the monotonic clock's. */
void
told_put(struct told *told, const char *name, uint32_t uid, int64_t now_ms);

/* 1: *ret_uid, as put within TOLD_FRESH_MS; 0: nothing is told, as put within
 * TOLD_UNKNOWN_MS; -ENOENT: the name must be looked into. */
int told_find_name(
    struct told *told, const char *name, int64_t now_ms, uint32_t *ret_uid);

/* 1: who was told the id last, within TOLD_FRESH_MS; 0. */
int told_find_uid(struct told *told, uint32_t uid, int64_t now_ms,
    char ret_name[UNIX_NAME_BYTES_MAX + 1]);

/* Whether a login within TOLD_LOGIN_MS may have been told of this name another
 * id, or before told_forget(). */
bool told_otherwise(
    struct told *told, const char *name, uint32_t uid, int64_t now_ms);

/* Provisioning has changed: nothing that was told is fresh any more. */
void told_forget(struct told *told, int64_t now_ms);

#endif
