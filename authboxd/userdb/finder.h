/*
 * Threads that look into names for whoever answers sshd, since other sources
 * may be slow. What they find is put where told.h keeps it.
 */
#ifndef USERDB_FINDER_H
#define USERDB_FINDER_H

#include "userdb/userdb.h"

struct finder;

/* `done_fd` is an eventfd(2) that is written to after each name. */
int finder_new(struct userdb *userdb, int done_fd, struct finder **ret_finder);

/* Waits for look-ups under way. NULL is fine. */
void finder_free(struct finder *finder);
CLEANUP_DEFINE(finder)

/* Have a name looked into; one that waits already is not taken twice. false:
 * too many wait. */
bool finder_ask(struct finder *finder, const char *name);

#endif
