/*
 * Who leads a group commit, and for whom: pure; commit.c holds its lock around
 * each of these, and waits and wakes as they say.
 *
 * Whoever comes while nobody leads, leads. Who comes later waits in order; the
 * leader takes all into his batch who wait when he begins, but stops at one who
 * wants to lead for something else. When he is done, the first who still waits
 * leads.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

/* Where logins meet, a leader waits for as many as came last time: for so many
 * whiles, as long as one comes within each. */
#define QUEUE_WHILES_MAX 8

struct batch_update;

/* A thread's, on its stack. */
struct queue_place {
	struct queue_place *next;
	struct batch_update *update; /* NULL: wants to lead, nothing else */
};

/* After queue_init(). */
struct queue {
	struct queue_place *first, **end;
	size_t queued;
	size_t last_batch; /* how many the last leader took, himself too */
	bool is_led;
};

void queue_init(struct queue *queue);

/* True: he leads at once; false: `place` stays in the queue until it is
 * gathered or led by. */
bool queue_join(struct queue *queue, struct queue_place *place);

/* While leading, before each while: how many must be queued so that the leader
 * need not wait for it; 0: he does not wait at all. `whiles`: that are over;
 * `before`: how many were queued when the last one began. */
size_t queue_await(const struct queue *queue, unsigned whiles, size_t before);

/* While leading with an update: those whose updates go with it, from
 * ret_places[1] on; [0] is the leader's and left alone. How many it then
 * holds, `max` at most. */
size_t
queue_gather(struct queue *queue, struct queue_place *ret_places[], size_t max);

/* The leader leads no more: who does now; NULL: nobody. */
struct queue_place *queue_hand_on(struct queue *queue);

#endif
