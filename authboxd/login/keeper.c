#include "login/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "daemon.h"
#include "users/reconcile.h"

struct keeper {
	struct daemon *daemon;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool is_stopping, is_due;
};

/* Wait until there is something to do, or for some seconds where it is to be
 * tried again. False: the end. */
static bool
wait_until_due(struct keeper *keeper, bool again)
{
	struct timespec limit;
	bool goes_on;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &limit); /* cannot fail */
	limit.tv_sec += KEEPER_AGAIN_S;
	(void)pthread_mutex_lock(&keeper->lock);
	while (!keeper->is_stopping && !keeper->is_due && r == 0)
		r = again ? pthread_cond_timedwait(
				&keeper->changed, &keeper->lock, &limit)
			  : pthread_cond_wait(&keeper->changed, &keeper->lock);
	keeper->is_due = false;
	goes_on = !keeper->is_stopping;
	(void)pthread_mutex_unlock(&keeper->lock);
	return goes_on;
}

/* Where no accounts are made, there is nothing to keep. */
static bool
has_accounts(struct daemon *daemon)
{
	AUTO(config) config = NULL;

	return daemon_ref_config(daemon, &config) == 0 && config->provisioning;
}

static void *
keeper_thread(void *argument)
{
	struct keeper *keeper = argument;
	struct daemon *daemon = keeper->daemon;
	bool is_told = false;
	int r = 0;

	while (wait_until_due(keeper, r < 0)) {
		struct reconciled done = {0};

		r = has_accounts(daemon) ? reconcile_run(daemon->store,
					       daemon->userdb_socket, &done)
					 : 0;
		if (r < 0 && !is_told)
			log_warning("accounts are not compared with the store: "
				    "%s",
			    r == -EHOSTUNREACH
				? "authbox-userdb does not answer"
				: strerror(-r));
		is_told = r < 0;
		if (done.published + done.withdrawn + done.refused > 0)
			log_notice("accounts: %zu published again, %zu "
				   "withdrawn, %zu refused",
			    done.published, done.withdrawn, done.refused);
	}
	return NULL;
}

int
keeper_new(struct daemon *daemon, struct keeper **ret_keeper)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));
	pthread_condattr_t attributes;
	int r;

	if (!keeper)
		return -ENOMEM;
	keeper->daemon = daemon;
	keeper->is_due = true;
	/* On Linux none of these can fail. */
	(void)pthread_mutex_init(&keeper->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&keeper->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	r = -pthread_create(&keeper->thread, NULL, keeper_thread, keeper);
	if (r < 0) {
		free(keeper);
		return r;
	}
	*ret_keeper = keeper;
	return 0;
}

void
keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	(void)pthread_mutex_lock(&keeper->lock);
	keeper->is_stopping = true;
	(void)pthread_cond_signal(&keeper->changed);
	(void)pthread_mutex_unlock(&keeper->lock);
	(void)pthread_join(keeper->thread, NULL);
	(void)pthread_cond_destroy(&keeper->changed);
	(void)pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

void
keeper_wake(struct keeper *keeper)
{
	if (!keeper)
		return;
	(void)pthread_mutex_lock(&keeper->lock);
	keeper->is_due = true;
	(void)pthread_cond_signal(&keeper->changed);
	(void)pthread_mutex_unlock(&keeper->lock);
}
