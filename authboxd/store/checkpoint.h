/*
 * Checkpoints: what the log holds is moved into the database file by a thread
 * of its own, so that no login waits for it.
 *
 * While commits go on, a checkpoint never catches up with them, and the log
 * can begin anew only when it did. So the last and short part is done by the
 * thread while it leads the commits, which keeps them back that long.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "store/sqlite.h"

struct checkpoint;

/* Start the thread on the database `path`. `finish` is called on it when little
 * is left: to keep commits back, do the rest, and let them go. */
int checkpoint_new(const char *path, void (*finish)(void *context),
    void *context, struct checkpoint **ret_checkpoint);

/* End the thread. NULL is fine. */
void checkpoint_free(struct checkpoint *checkpoint);
CLEANUP_DEFINE(checkpoint)

/* Ask for a checkpoint, and do not wait for it. */
void checkpoint_want(struct checkpoint *checkpoint);

/* Keep checkpoints away, also from other threads, until they are let again. Not
 * for long. Whoever holds them may do its own. */
void checkpoint_hold(struct checkpoint *checkpoint);
void checkpoint_release(struct checkpoint *checkpoint);

#endif
