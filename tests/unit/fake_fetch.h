/*
 * A stand-in for authbox-fetch: a socket of its own, a thread that notes each
 * question and gives the next answer of a script. One connection at a time.
 */
#ifndef TESTS_UNIT_FAKE_FETCH_H
#define TESTS_UNIT_FAKE_FETCH_H

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "wire/listener.h"
#include "wire/stream.h"
#include "wire/varlink_frame.h"

#define FAKE_QUESTIONS_MAX 400
#define FAKE_WAIT_MS	   5000

struct fake_fetch {
	char path[64];
	int socket_fd;
	pthread_t thread;
	/* Raw replies, each ended by a '|' in place of NUL; after the last one
	 * it is given again. "" closes without a word, "hang" waits. */
	const char *const *script;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool stopping;
	cJSON *questions[FAKE_QUESTIONS_MAX];
	size_t count;
};

static inline void
fake_fetch_answer(int fd, const char *script)
{
	AUTO_TEXT text = strdup(script);
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] == '|')
			text[i] = '\0';
	(void)stream_write(fd, text, size, stream_now_ms() + FAKE_WAIT_MS);
}

static inline void
fake_fetch_serve(struct fake_fetch *fake, int fd)
{
	struct varlink_frame_buffer buffer = {0};
	const char *const *script = fake->script;
	cJSON *question = NULL;
	size_t at;

	if (varlink_frame_receive(fd, &buffer, stream_now_ms() + FAKE_WAIT_MS,
		FAKE_WAIT_MS, &question) < 0)
		question = cJSON_CreateNull();
	varlink_frame_buffer_done(&buffer);

	(void)pthread_mutex_lock(&fake->lock);
	at = fake->count;
	if (at < FAKE_QUESTIONS_MAX)
		fake->questions[fake->count++] = question;
	(void)pthread_cond_broadcast(&fake->changed);
	(void)pthread_mutex_unlock(&fake->lock);

	for (size_t i = 0; i < at && script[1]; i++)
		script++;
	if (strcmp(*script, "hang") == 0)
		(void)stream_wait(fd, stream_now_ms() + FAKE_WAIT_MS);
	else
		fake_fetch_answer(fd, *script);
}

static inline void *
fake_fetch_thread(void *argument)
{
	struct fake_fetch *fake = argument;
	bool stopping = false;

	while (!stopping) {
		AUTO_FD fd = -1;

		if (stream_wait(fake->socket_fd, INT64_MAX) == 0)
			fd = accept(fake->socket_fd, NULL, NULL);
		(void)pthread_mutex_lock(&fake->lock);
		stopping = fake->stopping;
		(void)pthread_mutex_unlock(&fake->lock);
		if (fd >= 0 && !stopping)
			fake_fetch_serve(fake, fd);
	}
	return NULL;
}

/* `script` is kept by reference and ended by NULL. */
static inline void
fake_fetch_start(struct fake_fetch *fake, const char *const *script)
{
	*fake = (struct fake_fetch){.socket_fd = -1, .script = script};
	(void)snprintf(fake->path, sizeof(fake->path),
	    "/tmp/authbox-fake-fetch.%ld", (long)getpid());
	(void)pthread_mutex_init(&fake->lock, NULL);
	(void)pthread_cond_init(&fake->changed, NULL);
	if (listener_bind(fake->path, 0600, &fake->socket_fd) < 0 ||
	    pthread_create(&fake->thread, NULL, fake_fetch_thread, fake) != 0) {
		perror("fake fetch");
		_Exit(1);
	}
}

/* Wait until `count` questions came; NULL: they did not. Lent until stop. */
static inline const cJSON *
fake_fetch_question(struct fake_fetch *fake, size_t count)
{
	struct timespec limit;
	const cJSON *question = NULL;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_sec += FAKE_WAIT_MS / 1000;
	(void)pthread_mutex_lock(&fake->lock);
	while (fake->count < count && r == 0)
		r = pthread_cond_clockwait(
		    &fake->changed, &fake->lock, CLOCK_MONOTONIC, &limit);
	if (fake->count >= count)
		question = json_find(fake->questions[count - 1], "parameters");
	(void)pthread_mutex_unlock(&fake->lock);
	return question;
}

static inline void
fake_fetch_stop(struct fake_fetch *fake)
{
	(void)pthread_mutex_lock(&fake->lock);
	fake->stopping = true;
	(void)pthread_mutex_unlock(&fake->lock);
	(void)shutdown(fake->socket_fd, SHUT_RDWR); /* wakes the thread */
	(void)pthread_join(fake->thread, NULL);
	(void)close(fake->socket_fd);
	(void)unlink(fake->path);
	for (size_t i = 0; i < fake->count; i++)
		cJSON_Delete(fake->questions[i]);
	(void)pthread_cond_destroy(&fake->changed);
	(void)pthread_mutex_destroy(&fake->lock);
}

#endif
