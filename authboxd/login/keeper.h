/*
 * Keeps authbox-userdb at what the store says: at the start, again whenever a
 * login could not tell it something, and after a reload. In a thread of its
 * own, so that no login and no start waits for it.
 */
#ifndef LOGIN_KEEPER_H
#define LOGIN_KEEPER_H

#include "base/cleanup.h"

#define KEEPER_AGAIN_S 5 /* while authbox-userdb is not there */

struct daemon;
struct keeper;

/* `daemon` is kept by reference; its store and configuration are ready. < 0:
 * no thread. */
int keeper_new(struct daemon *daemon, struct keeper **ret_keeper);

/* Ends the thread. NULL is fine. */
void keeper_free(struct keeper *keeper);
CLEANUP_DEFINE(keeper)

/* Something may be different there: look soon. NULL is fine. */
void keeper_wake(struct keeper *keeper);

#endif
