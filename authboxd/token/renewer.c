#include "token/renewer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct renewer {
	bool has_thread;
	pthread_t thread;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct renewal waiting[RENEWALS_MAX];
	size_t count;
	bool stopping;
};

/* False: it is time to stop. */
static bool
take(struct renewer *renewer, struct renewal *ret_renewal)
{
	bool stopping;

	(void)pthread_mutex_lock(&renewer->lock);
	while (!renewer->stopping && renewer->count == 0)
		(void)pthread_cond_wait(&renewer->changed, &renewer->lock);
	stopping = renewer->stopping;
	if (!stopping)
		*ret_renewal = renewer->waiting[--renewer->count];
	(void)pthread_mutex_unlock(&renewer->lock);
	return !stopping;
}

static void *
renew_thread(void *argument)
{
	struct renewer *renewer = argument;
	struct renewal renewal;

	while (take(renewer, &renewal)) {
		renewal.run(renewal.context);
		renewal.done(renewal.context);
	}
	return NULL;
}

struct renewer *
renewer_new(void)
{
	AUTO(renewer) renewer = calloc(1, sizeof(*renewer));

	if (!renewer)
		return NULL;
	(void)pthread_mutex_init(&renewer->lock, NULL);	  /* cannot fail */
	(void)pthread_cond_init(&renewer->changed, NULL); /* the same */
	if (pthread_create(&renewer->thread, NULL, renew_thread, renewer) != 0)
		return NULL;
	renewer->has_thread = true;
	return TAKE(renewer);
}

void
renewer_free(struct renewer *renewer)
{
	if (!renewer)
		return;
	(void)pthread_mutex_lock(&renewer->lock);
	renewer->stopping = true;
	(void)pthread_cond_broadcast(&renewer->changed);
	(void)pthread_mutex_unlock(&renewer->lock);
	if (renewer->has_thread)
		(void)pthread_join(renewer->thread, NULL);

	for (size_t i = 0; i < renewer->count; i++)
		renewer->waiting[i].done(renewer->waiting[i].context);
	(void)pthread_cond_destroy(&renewer->changed);
	(void)pthread_mutex_destroy(&renewer->lock);
	free(renewer);
}

void
renewer_put(struct renewer *renewer, const struct renewal *renewal)
{
	size_t at = 0;
	bool taken;

	(void)pthread_mutex_lock(&renewer->lock);
	while (at < renewer->count && renewer->waiting[at].key != renewal->key)
		at++;
	taken = at == renewer->count && at < RENEWALS_MAX;
	if (taken) {
		renewer->waiting[renewer->count++] = *renewal;
		(void)pthread_cond_signal(&renewer->changed);
	}
	(void)pthread_mutex_unlock(&renewer->lock);
	if (!taken)
		renewal->done(renewal->context);
}
