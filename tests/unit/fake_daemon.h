/*
 * An authboxd that plays a script: which call must come next, word for word,
 * and what it then replies. For tests of authboxctl and libauthbox.
 */
#ifndef UNIT_FAKE_DAEMON_H
#define UNIT_FAKE_DAEMON_H

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "wire/stream.h"
#include "wire/varlink_frame.h"

#define FAKE_DAEMON_REPLIES_MAX 4

/* A step without replies hangs up. */
struct fake_daemon_step {
	const char *call;
	const char *replies[FAKE_DAEMON_REPLIES_MAX];
};

struct fake_daemon {
	const struct fake_daemon_step *steps; /* ended by a NULL call */
	char folder[64], path[96];
	int fd;
	pthread_t thread;
	char wrong[1024]; /* the first call that was not expected */
};

/* False: hang up. */
static bool
fake_daemon_answer(struct fake_daemon *fake, int fd, const char *call)
{
	const struct fake_daemon_step *step = fake->steps;

	if (!step->call || !streq(step->call, call)) {
		if (!fake->wrong[0])
			(void)snprintf(fake->wrong, sizeof(fake->wrong),
			    "got %s instead of %s", call,
			    step->call ? step->call : "nothing");
		return false;
	}
	fake->steps++;
	for (size_t i = 0; i < FAKE_DAEMON_REPLIES_MAX && step->replies[i]; i++)
		if (stream_write(fd, step->replies[i],
			strlen(step->replies[i]) + 1,
			stream_now_ms() + 5000) < 0)
			return false;
	return step->replies[0];
}

static void *
fake_daemon_serve(void *context)
{
	struct fake_daemon *fake = context;
	int fd;

	while ((fd = accept(fake->fd, NULL, NULL)) >= 0) {
		struct varlink_frame_buffer buffer = {0};
		bool good = true;

		while (good) {
			AUTO_JSON object = NULL;
			AUTO(secret) text = NULL;

			good = varlink_frame_receive(fd, &buffer,
				   stream_now_ms() + 5000, 5000, &object) == 0;
			text = good ? json_print(object) : NULL;
			good =
			    good && fake_daemon_answer(fake, fd, text->bytes);
		}
		varlink_frame_buffer_done(&buffer);
		(void)close(fd);
	}
	return NULL;
}

/* 0, or -1: the test cannot be set up. */
static int
fake_daemon_init(struct fake_daemon *fake, const struct fake_daemon_step *steps)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*fake = (struct fake_daemon){.steps = steps, .fd = -1};
	(void)strcpy(fake->folder, "/tmp/authbox-fake-XXXXXX");
	if (!mkdtemp(fake->folder))
		return -1;
	(void)snprintf(
	    fake->path, sizeof(fake->path), "%s/api.sock", fake->folder);
	(void)strcpy(address.sun_path, fake->path);
	fake->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fake->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fake->fd, 4) < 0)
		return -1;
	return pthread_create(&fake->thread, NULL, fake_daemon_serve, fake);
}

/* NULL: the script was played to its end; else what went otherwise. */
static const char *
fake_daemon_done(struct fake_daemon *fake)
{
	(void)shutdown(fake->fd, SHUT_RDWR); /* ends accept(2) */
	(void)pthread_join(fake->thread, NULL);
	(void)close(fake->fd);
	(void)unlink(fake->path);
	(void)rmdir(fake->folder);
	if (fake->wrong[0])
		return fake->wrong;
	return fake->steps->call;
}

#endif
