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
 * is left: to keep commits back, call checkpoint_run(), and let them go. */
int checkpoint_new(const char *path, void (*finish)(void *context),
    void *context, struct checkpoint **ret_checkpoint);

/* End the thread. NULL is fine. */
void checkpoint_free(struct checkpoint *checkpoint);
CLEANUP_DEFINE(checkpoint)

/* Ask for a checkpoint, and do not wait for it. */
void checkpoint_want(struct checkpoint *checkpoint);

/* Do one now, on the connection and thread of whoever keeps commits back; waits
 * for the end of the thread's own. */
int checkpoint_run(struct checkpoint *checkpoint, struct sqlite *sqlite);

#endif
