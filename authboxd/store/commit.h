/*
 * Group commit. Threads that have an update queue up; the first becomes the
 * leader, runs the updates of all that wait as one batch on its own thread,
 * and hands the role on. Nobody is woken only to commit for others, and no lock
 * is held over the disk: leading is a role.
 */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include "store/batch.h"

struct commit;

/* Takes the writer, its seal, and starts checkpoints on the database `path`;
 * on failure they stay the caller's. */
int commit_new(struct sqlite *writer, struct seal *seal, const char *path,
    uint64_t revision, struct commit **ret_commit);

/* Waits for updates under way, and frees all. 1: the file has all that was in
 * the log; 0: it does not. */
int commit_end(struct commit *commit);

/* Returns update->result. */
int commit_update(struct commit *commit, struct batch_update *update);

/* Lead without an update of one's own: no commit happens until
 * commit_hand_on(). The writer is lent for that time. */
struct sqlite *commit_lead(struct commit *commit);
void commit_hand_on(struct commit *commit);

/* While leading, for who does so for long: it goes on. */
void commit_go_on(struct commit *commit);

/* How long the present leader has led, since it last said that it goes on. 0:
 * nobody leads. */
int64_t commit_led_ms(struct commit *commit);

/* While leading: seal with `seal`, which is taken, from now on. */
void commit_set_seal(struct commit *commit, struct seal *seal);

/* The errno that updates have failed with since one last went well, and the
 * disk had room; 0: all is well. */
int commit_trouble(struct commit *commit);

/* Sets the fields about updates, not `reads`. */
void commit_stats(struct commit *commit, struct store_stats *ret_stats);

#endif
