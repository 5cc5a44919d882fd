#include "token/flight.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"

struct flights {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t ended;
	uint8_t keys[FLIGHTS_MAX][DIGEST_BYTES];
	size_t count;
};

struct flights *
flights_new(void)
{
	struct flights *flights = calloc(1, sizeof(*flights));

	if (!flights)
		return NULL;
	(void)pthread_mutex_init(&flights->lock, NULL); /* cannot fail */
	(void)pthread_cond_init(&flights->ended, NULL); /* the same */
	return flights;
}

void
flights_free(struct flights *flights)
{
	if (!flights)
		return;
	(void)pthread_cond_destroy(&flights->ended);
	(void)pthread_mutex_destroy(&flights->lock);
	free(flights);
}

/* Its place, or `count`. */
static size_t
find(const struct flights *flights, const uint8_t key[DIGEST_BYTES])
{
	size_t at = 0;

	while (at < flights->count &&
	       !secret_equal(flights->keys[at], key, DIGEST_BYTES))
		at++;
	return at;
}

int
flights_join(struct flights *flights, const uint8_t key[DIGEST_BYTES],
    int64_t deadline_ms)
{
	struct timespec end = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	bool waited = false;
	int r = 0;

	(void)pthread_mutex_lock(&flights->lock);
	while (find(flights, key) < flights->count && r == 0) {
		waited = true;
		r = pthread_cond_clockwait(
		    &flights->ended, &flights->lock, CLOCK_MONOTONIC, &end);
	}
	if (r != 0) {
		r = -r;
	} else if (!waited && flights->count == FLIGHTS_MAX) {
		r = -EBUSY;
	} else if (!waited) {
		memcpy(flights->keys[flights->count++], key, DIGEST_BYTES);
		r = 1;
	}
	(void)pthread_mutex_unlock(&flights->lock);
	return r;
}

void
flights_end(struct flights *flights, const uint8_t key[DIGEST_BYTES])
{
	size_t at;

	(void)pthread_mutex_lock(&flights->lock);
	at = find(flights, key);
	flights->count--;
	memmove(flights->keys[at], flights->keys[flights->count], DIGEST_BYTES);
	(void)pthread_cond_broadcast(&flights->ended);
	(void)pthread_mutex_unlock(&flights->lock);
}
