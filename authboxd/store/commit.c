#include "store/commit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/checkpoint.h"
#include "store/queue.h"
#include "store/reserve.h"

/* The log has room for half as many more (reserve.c). */
#define LOG_PAGES_CHECKPOINT 600

/* A while of waiting for company: less than a flush of a good disk takes. */
#define COMPANY_US 60

/* A thread in the queue, on its stack. */
struct waiter {
	struct queue_place place; /* first: the queue knows nothing else */
	bool leads;		  /* set before it is woken */
	sem_t woken;
};

struct commit {
	struct sqlite *writer; /* the leader's, like seal and batch */
	struct seal *seal;
	struct batch *batch;
	struct checkpoint *checkpoint;
	_Atomic int trouble; /* of the disk; set by the leader */

	pthread_mutex_t lock; /* of all below */
	struct queue queue;
	size_t awaited; /* in the queue, by the leader; 0: it does not wait */
	pthread_cond_t company;
	int64_t led_since_ms;
	struct store_stats stats;
};

/* Wait for one's turn: to lead, or to be told that another did it. */
static void
queue_up(struct commit *commit, struct waiter *waiter)
{
	(void)sem_init(&waiter->woken, 0, 0);
	(void)pthread_mutex_lock(&commit->lock);
	waiter->leads = queue_join(&commit->queue, &waiter->place);
	if (waiter->leads) {
		commit->led_since_ms = clock_monotonic_ms();
		(void)pthread_mutex_unlock(&commit->lock);
		(void)sem_destroy(&waiter->woken);
		return;
	}
	if (commit->queue.queued == commit->awaited)
		(void)pthread_cond_signal(&commit->company);
	(void)pthread_mutex_unlock(&commit->lock);

	while (sem_wait(&waiter->woken) < 0)
		; /* a signal */
	(void)sem_destroy(&waiter->woken);
}

static struct waiter *
waiter_of(struct queue_place *place)
{
	return (struct waiter *)place; /* its first member */
}

void
commit_hand_on(struct commit *commit)
{
	struct queue_place *next;

	(void)pthread_mutex_lock(&commit->lock);
	next = queue_hand_on(&commit->queue);
	commit->led_since_ms = clock_monotonic_ms();
	(void)pthread_mutex_unlock(&commit->lock);
	if (next) {
		waiter_of(next)->leads = true;
		(void)sem_post(&waiter_of(next)->woken);
	}
}

void
commit_go_on(struct commit *commit)
{
	(void)pthread_mutex_lock(&commit->lock);
	commit->led_since_ms = clock_monotonic_ms();
	(void)pthread_mutex_unlock(&commit->lock);
}

int64_t
commit_led_ms(struct commit *commit)
{
	int64_t led_ms = 0;

	(void)pthread_mutex_lock(&commit->lock);
	if (commit->queue.is_led)
		led_ms = clock_monotonic_ms() - commit->led_since_ms;
	(void)pthread_mutex_unlock(&commit->lock);
	return led_ms;
}

struct sqlite *
commit_lead(struct commit *commit)
{
	struct waiter waiter = {.place.update = NULL};

	queue_up(commit, &waiter); /* nobody does its work for it */
	return commit->writer;
}

static void
wait_a_while(struct commit *commit)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end); /* cannot fail */
	end.tv_nsec += COMPANY_US * 1000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_clockwait(
	    &commit->company, &commit->lock, CLOCK_MONOTONIC, &end);
}

/* With the lock held: where logins meet, the next ones are about to come, and
 * whoever comes before the flush needs none of his own. Who is alone, or comes
 * after one that was, does not wait. */
static void
await_company(struct commit *commit)
{
	size_t before = 0;

	for (unsigned whiles = 0;; whiles++) {
		commit->awaited = queue_await(&commit->queue, whiles, before);
		if (commit->awaited == 0)
			return;
		before = commit->queue.queued;
		wait_a_while(commit);
	}
}

/* Take those from the queue whose updates go into this batch. */
static size_t
gather(struct commit *commit, struct queue_place *places[BATCH_UPDATES_MAX])
{
	size_t count;

	(void)pthread_mutex_lock(&commit->lock);
	await_company(commit);
	count = queue_gather(&commit->queue, places, BATCH_UPDATES_MAX);
	(void)pthread_mutex_unlock(&commit->lock);
	return count;
}

/* While leading: let the log begin anew and see that there are free pages. What
 * cannot be done now shows when it is missed. */
static void
make_room(struct commit *commit)
{
	struct sqlite_log log;

	/* Another's checkpoint would cut off what is being added to the file.
	 */
	checkpoint_hold(commit->checkpoint);
	(void)sqlite_checkpoint(commit->writer, &log);
	(void)reserve_pages(commit->writer);
	checkpoint_release(commit->checkpoint);
}

/* Logins that go well do not mean that a full disk has space again. */
static void
note_trouble(struct commit *commit, int result)
{
	int before = commit->trouble;

	if (result == 0 || (result > 0 && before == 0))
		return;
	if (before == -ENOSPC && result > 0 &&
	    reserve_pages(commit->writer) < 0)
		return;
	commit->trouble = result < 0 ? result : 0;
	if (commit->trouble == before)
		return;
	if (result < 0)
		log_error("store: updates fail: %s", strerror(-result));
	else
		log_notice("store: updates work again");
}

static int
run(struct commit *commit, struct batch_update *const updates[], size_t count)
{
	int r = batch_run(commit->batch, updates, count);

	if (r == -ENOSPC) {
		make_room(commit);
		r = batch_run(commit->batch, updates, count);
	}
	if (r < 0)
		batch_forget(commit->batch);
	note_trouble(commit, r);
	return r;
}

/* Run all together; when that fails, each by itself, so that none fails for
 * what another wanted. Returns how many times was flushed. */
static unsigned
run_batch(
    struct commit *commit, struct batch_update *const updates[], size_t count)
{
	unsigned flushes = 0;
	int r = run(commit, updates, count);

	if (r >= 0 || count == 1)
		return r > 0;
	for (size_t i = 0; i < count; i++)
		if (updates[i]->is_founded)
			flushes += run(commit, &updates[i], 1) > 0;
	return flushes;
}

static void
count_batch(struct commit *commit, struct batch_update *const updates[],
    size_t count, unsigned flushes)
{
	struct store_stats *stats = &commit->stats;

	(void)pthread_mutex_lock(&commit->lock);
	stats->updates += count;
	stats->commits++;
	stats->flushes += flushes;
	if (count > stats->batch_max)
		stats->batch_max = count;
	for (size_t i = 0; i < count; i++)
		stats->failures += updates[i]->is_failed;
	(void)pthread_mutex_unlock(&commit->lock);
}

static void
lead(struct commit *commit, struct waiter *self)
{
	struct queue_place *places[BATCH_UPDATES_MAX] = {&self->place};
	struct batch_update *updates[BATCH_UPDATES_MAX];
	size_t count = gather(commit, places);

	for (size_t i = 0; i < count; i++)
		updates[i] = places[i]->update;
	count_batch(commit, updates, count, run_batch(commit, updates, count));
	if (sqlite_get_log_pages(commit->writer) >= LOG_PAGES_CHECKPOINT)
		checkpoint_want(commit->checkpoint);

	/* The next batch must not wait until all are woken. From here on
	 * commit may be gone. */
	commit_hand_on(commit);
	for (size_t i = 1; i < count; i++)
		(void)sem_post(&waiter_of(places[i])->woken);
}

int
commit_update(struct commit *commit, struct batch_update *update)
{
	struct waiter waiter = {.place.update = update};

	queue_up(commit, &waiter);
	if (waiter.leads)
		lead(commit, &waiter);
	return update->result;
}

void
commit_set_seal(struct commit *commit, struct seal *seal)
{
	batch_set_seal(commit->batch, seal);
	seal_free(commit->seal);
	commit->seal = seal;
}

int
commit_trouble(struct commit *commit)
{
	return commit->trouble;
}

void
commit_stats(struct commit *commit, struct store_stats *ret_stats)
{
	(void)pthread_mutex_lock(&commit->lock);
	*ret_stats = commit->stats;
	(void)pthread_mutex_unlock(&commit->lock);
}

/* The short end of a checkpoint, on the checkpoint's thread. */
static void
finish_checkpoint(void *context)
{
	struct commit *commit = context;

	(void)commit_lead(commit);
	make_room(commit);
	commit_hand_on(commit);
}

static void
commit_free(struct commit *commit)
{
	if (!commit)
		return;
	checkpoint_free(commit->checkpoint);
	batch_free(commit->batch);
	seal_free(commit->seal);
	sqlite_free(commit->writer);
	(void)pthread_cond_destroy(&commit->company);
	(void)pthread_mutex_destroy(&commit->lock);
	free(commit);
}
CLEANUP_DEFINE(commit)

int
commit_new(struct sqlite *writer, struct seal *seal, const char *path,
    uint64_t revision, struct commit **ret_commit)
{
	AUTO(commit) commit = calloc(1, sizeof(*commit));
	int r;

	if (!commit)
		return -ENOMEM;
	(void)pthread_mutex_init(&commit->lock, NULL);
	(void)pthread_cond_init(&commit->company, NULL); /* cannot fail */
	queue_init(&commit->queue);
	r = batch_new(writer, seal, revision, &commit->batch);
	if (r == 0)
		r = checkpoint_new(
		    path, finish_checkpoint, commit, &commit->checkpoint);
	if (r < 0)
		return r;

	commit->writer = writer;
	commit->seal = seal;
	*ret_commit = TAKE(commit);
	return 0;
}

int
commit_end(struct commit *commit)
{
	struct sqlite_log log = {0};
	int r;

	/* The thread first, which may be leading, and needs it till then. */
	checkpoint_free(commit->checkpoint);
	commit->checkpoint = NULL;
	(void)commit_lead(commit);
	r = sqlite_checkpoint(commit->writer, &log);
	commit_hand_on(commit);
	commit_free(commit);
	return r == 0 && log.moved == log.all;
}
