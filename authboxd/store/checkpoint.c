#include "store/checkpoint.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#define PASSES_MAX     4
#define LEFT_PAGES_MAX 64 /* few enough to keep commits back for */

struct checkpoint {
	struct sqlite *sqlite; /* the thread's */
	void (*finish)(void *context);
	void *context;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool wanted, stop;
	bool is_held; /* SQLite allows one at a time */
};

void
checkpoint_hold(struct checkpoint *checkpoint)
{
	(void)pthread_mutex_lock(&checkpoint->lock);
	while (checkpoint->is_held)
		(void)pthread_cond_wait(
		    &checkpoint->changed, &checkpoint->lock);
	checkpoint->is_held = true;
	(void)pthread_mutex_unlock(&checkpoint->lock);
}

void
checkpoint_release(struct checkpoint *checkpoint)
{
	(void)pthread_mutex_lock(&checkpoint->lock);
	checkpoint->is_held = false;
	(void)pthread_cond_broadcast(&checkpoint->changed);
	(void)pthread_mutex_unlock(&checkpoint->lock);
}

static int
run(struct checkpoint *checkpoint, struct sqlite_log *ret_log)
{
	int r;

	checkpoint_hold(checkpoint);
	r = sqlite_checkpoint(checkpoint->sqlite, ret_log);
	checkpoint_release(checkpoint);
	return r;
}

/* What one pass moved is about what the next will find. Failures are logged
 * where they happen, and met again by the next commit. */
static void
catch_up(struct checkpoint *checkpoint)
{
	struct sqlite_log log;
	int before = 0;

	for (int i = 0; i < PASSES_MAX; i++) {
		int r = run(checkpoint, &log);

		if (r == -EBUSY)
			continue;
		if (r < 0)
			return;
		if (log.moved - before <= LEFT_PAGES_MAX)
			break;
		before = log.moved;
	}
	checkpoint->finish(checkpoint->context);
}

static void *
work(void *context)
{
	struct checkpoint *checkpoint = context;

	(void)pthread_mutex_lock(&checkpoint->lock);
	while (!checkpoint->stop) {
		if (!checkpoint->wanted) {
			(void)pthread_cond_wait(
			    &checkpoint->changed, &checkpoint->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&checkpoint->lock);
		catch_up(checkpoint);
		(void)pthread_mutex_lock(&checkpoint->lock);
		/* Those that wanted it meanwhile have it, too. */
		checkpoint->wanted = false;
	}
	(void)pthread_mutex_unlock(&checkpoint->lock);
	return NULL;
}

int
checkpoint_new(const char *path, void (*finish)(void *context), void *context,
    struct checkpoint **ret_checkpoint)
{
	AUTO(checkpoint) checkpoint = calloc(1, sizeof(*checkpoint));
	sigset_t all, before;
	int r;

	if (!checkpoint)
		return -ENOMEM;
	checkpoint->finish = finish;
	checkpoint->context = context;
	(void)pthread_mutex_init(&checkpoint->lock, NULL);
	(void)pthread_cond_init(&checkpoint->changed, NULL);
	r = sqlite_open(path, SQLITE_READER, &checkpoint->sqlite);
	if (r < 0)
		return r;

	/* Signals are for the main thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&checkpoint->thread, NULL, work, checkpoint);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return -r;
	checkpoint->started = true;

	*ret_checkpoint = TAKE(checkpoint);
	return 0;
}

void
checkpoint_want(struct checkpoint *checkpoint)
{
	(void)pthread_mutex_lock(&checkpoint->lock);
	if (!checkpoint->wanted) {
		checkpoint->wanted = true;
		(void)pthread_cond_broadcast(&checkpoint->changed);
	}
	(void)pthread_mutex_unlock(&checkpoint->lock);
}

void
checkpoint_free(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	if (checkpoint->started) {
		(void)pthread_mutex_lock(&checkpoint->lock);
		checkpoint->stop = true;
		(void)pthread_cond_broadcast(&checkpoint->changed);
		(void)pthread_mutex_unlock(&checkpoint->lock);
		(void)pthread_join(checkpoint->thread, NULL);
	}
	sqlite_free(checkpoint->sqlite);
	(void)pthread_cond_destroy(&checkpoint->changed);
	(void)pthread_mutex_destroy(&checkpoint->lock);
	free(checkpoint);
}
