/*
 * Many updates in one transaction. Each decides in turn and sees what those
 * before it decided; then each changed key is sealed and written once.
 *
 * Nothing is written before all have decided, so that an update that aborts
 * leaves no trace and needs no savepoint.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/seal.h"
#include "store/sqlite.h"
#include "store/store.h"

#define BATCH_UPDATES_MAX 64

struct batch;

struct batch_update {
	const char *const *keys;
	size_t count;
	store_decide *decide;
	void *context;

	int result;	 /* of store_update() */
	bool is_founded; /* on what this batch writes: shares its fate */
	bool is_failed;	 /* the result is not what `decide` said */
};

/* For one thread at a time. `writer` and `seal` are lent for its life;
 * `revision` is the number of updates the file knows of. */
int batch_new(struct sqlite *writer, struct seal *seal, uint64_t revision,
    struct batch **ret_batch);
void batch_free(struct batch *batch);
CLEANUP_DEFINE(batch)

/* Run at most BATCH_UPDATES_MAX updates and set the result of each. 1: written
 * and flushed; 0: nothing was to be written; < 0: those that are founded on
 * what was not written have this result, and none of it is on disk. */
int batch_run(
    struct batch *batch, struct batch_update *const updates[], size_t count);

/* After a commit failed: see that what it wrote to the log is overwritten, so
 * that it cannot come to life when the log is read again. */
void batch_forget(struct batch *batch);

/* After all items were sealed anew. */
void batch_set_seal(struct batch *batch, struct seal *seal);

#endif
