#include "userdb/finder.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/text.h"

#define THREADS	    4
#define NAMES_MAX   256	   /* that wait */
#define STACK_BYTES 524288 /* NSS sources run on it */

struct finder {
	struct userdb *userdb;
	int done_fd;
	pthread_t threads[THREADS];
	unsigned thread_count;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t asked;
	bool stopping;
	char names[NAMES_MAX][UNIX_NAME_BYTES_MAX + 1]; /* a ring */
	unsigned first, count;
};

/* Wait for a name; false: the end. */
static bool
take_name(struct finder *finder, char ret_name[UNIX_NAME_BYTES_MAX + 1])
{
	bool taken;

	(void)pthread_mutex_lock(&finder->lock);
	while (finder->count == 0 && !finder->stopping)
		(void)pthread_cond_wait(&finder->asked, &finder->lock);
	taken = !finder->stopping;
	if (taken) {
		memcpy(ret_name, finder->names[finder->first],
		    UNIX_NAME_BYTES_MAX + 1);
		finder->first = (finder->first + 1) % NAMES_MAX;
		finder->count--;
	}
	(void)pthread_mutex_unlock(&finder->lock);
	return taken;
}

static void *
run(void *context)
{
	struct finder *finder = context;
	char name[UNIX_NAME_BYTES_MAX + 1];

	while (take_name(finder, name)) {
		userdb_look_into(finder->userdb, name);
		/* It only fails when 2^64 wait. */
		(void)eventfd_write(finder->done_fd, 1);
	}
	return NULL;
}

static int
start_threads(struct finder *finder)
{
	pthread_attr_t attributes;
	int r = pthread_attr_init(&attributes);

	if (r == 0)
		r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (r == 0 && finder->thread_count < THREADS) {
		r = pthread_create(&finder->threads[finder->thread_count],
		    &attributes, run, finder);
		finder->thread_count += r == 0;
	}
	(void)pthread_attr_destroy(&attributes);
	return -r;
}

int
finder_new(struct userdb *userdb, int done_fd, struct finder **ret_finder)
{
	AUTO(finder) finder = calloc(1, sizeof(*finder));
	int r;

	if (!finder)
		return -ENOMEM;
	finder->userdb = userdb;
	finder->done_fd = done_fd;
	/* On Linux neither can fail. */
	(void)pthread_mutex_init(&finder->lock, NULL);
	(void)pthread_cond_init(&finder->asked, NULL);
	r = start_threads(finder);
	if (r == 0)
		*ret_finder = TAKE(finder);
	return r;
}

void
finder_free(struct finder *finder)
{
	if (!finder)
		return;
	(void)pthread_mutex_lock(&finder->lock);
	finder->stopping = true;
	(void)pthread_cond_broadcast(&finder->asked);
	(void)pthread_mutex_unlock(&finder->lock);
	for (unsigned i = 0; i < finder->thread_count; i++)
		(void)pthread_join(finder->threads[i], NULL);
	(void)pthread_cond_destroy(&finder->asked);
	(void)pthread_mutex_destroy(&finder->lock);
	free(finder);
}

bool
finder_ask(struct finder *finder, const char *name)
{
	bool taken = false;

	(void)pthread_mutex_lock(&finder->lock);
	for (unsigned i = 0; i < finder->count && !taken; i++)
		taken =
		    streq(finder->names[(finder->first + i) % NAMES_MAX], name);
	if (!taken && finder->count < NAMES_MAX) {
		char *place =
		    finder->names[(finder->first + finder->count) % NAMES_MAX];

		memcpy(place, name, strlen(name) + 1);
		finder->count++;
		(void)pthread_cond_signal(&finder->asked);
		taken = true;
	}
	(void)pthread_mutex_unlock(&finder->lock);
	return taken;
}
