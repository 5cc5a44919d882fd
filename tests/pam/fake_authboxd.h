/*
 * A stand-in for authboxd: a process that serves pam.sock in a folder of its
 * own and does with each connection what a test's function tells it. What it
 * was sent is left in memory that the test shares.
 */
#ifndef TESTS_PAM_FAKE_AUTHBOXD_H
#define TESTS_PAM_FAKE_AUTHBOXD_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "authbox/verdict.h"
#include "wire/pam_frame.h"
#include "wire/stream.h"

#define FAKE_WAIT_MS	20000
#define FAKE_ANSWERS	8
#define FAKE_BACKLOG	4
#define FAKE_REFERENCE	"0123456789abcdef0123456789abcdef"
#define FAKE_TEXT_BYTES 20480

struct fake_answer {
	char text[FAKE_TEXT_BYTES];
	uint32_t flags;
};

/* What the last connection brought. */
struct fake_log {
	unsigned connections;
	struct pam_frame begin;
	unsigned answer_count;
	struct fake_answer answers[FAKE_ANSWERS];
};

struct fake_connection {
	int fd;
	struct fake_log *log;
	const void *context;
};

typedef void fake_serve(const struct fake_connection *connection);

struct fake_authboxd {
	pid_t pid;
	int served_fd; /* one byte for each connection that was served */
	struct fake_log *log;
};

/* ---- its side ---- */

/* A text field; 0 and "" when the frame has none. */
static inline bool
fake_find_text(const struct pam_frame *frame, enum pam_field field,
    char *ret_text, size_t ret_size)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;

	*ret_text = '\0';
	while (pam_frame_next(frame, &offset, &seen, &item) > 0)
		if (item.field == field)
			return pam_frame_item_text(&item, ret_text, ret_size) ==
			       0;
	return false;
}

/* A number of one or four bytes; 0 when the frame has none. */
static inline uint32_t
fake_find_number(const struct pam_frame *frame, enum pam_field field)
{
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	uint32_t number = 0;
	uint8_t byte = 0;

	while (pam_frame_next(frame, &offset, &seen, &item) > 0)
		if (item.field == field &&
		    pam_frame_item_u32(&item, &number) < 0 &&
		    pam_frame_item_u8(&item, &byte) == 0)
			number = byte;
	return number;
}

static inline void
fake_send(const struct fake_connection *c, struct pam_frame *frame)
{
	(void)pam_frame_send(c->fd, frame, stream_now_ms() + FAKE_WAIT_MS);
}

static inline void
fake_send_bytes(const struct fake_connection *c, const void *bytes, size_t size)
{
	(void)stream_write(c->fd, bytes, size, stream_now_ms() + FAKE_WAIT_MS);
}

/* A DONE frame about `user`. */
static inline void
fake_put_done(struct pam_frame *frame, uint8_t verdict, const char *user)
{
	pam_frame_start(frame, PAM_FRAME_DONE);
	(void)pam_frame_put_u8(frame, PAM_FIELD_VERDICT, verdict);
	(void)pam_frame_put_text(frame, PAM_FIELD_USER, user);
}

/* Answer with a verdict about the user that BEGIN named. */
static inline void
fake_send_done(const struct fake_connection *c, uint8_t verdict)
{
	struct pam_frame frame;
	char user[256];

	fake_find_text(&c->log->begin, PAM_FIELD_USER, user, sizeof(user));
	fake_put_done(&frame, verdict, user);
	if (verdict == VERDICT_ALLOW)
		(void)pam_frame_put_text(
		    &frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	fake_send(c, &frame);
}

/* Wait for an ANSWER and note it. False: there came none. */
static inline bool
fake_receive_answer(const struct fake_connection *c)
{
	struct fake_answer *answer = &c->log->answers[c->log->answer_count];
	struct pam_frame frame;

	if (c->log->answer_count == FAKE_ANSWERS ||
	    pam_frame_receive(c->fd, &frame, stream_now_ms() + FAKE_WAIT_MS,
		FAKE_WAIT_MS) < 0 ||
	    frame.type != PAM_FRAME_ANSWER)
		return false;
	fake_find_text(
	    &frame, PAM_FIELD_ANSWER, answer->text, sizeof(answer->text));
	answer->flags = fake_find_number(&frame, PAM_FIELD_ANSWER_FLAGS);
	c->log->answer_count++;
	return true;
}

/* Send an ASK with nothing but a prompt and wait for the answer. */
static inline bool
fake_ask(const struct fake_connection *c, const char *prompt, uint8_t split)
{
	struct pam_frame frame;

	pam_frame_start(&frame, PAM_FRAME_ASK);
	(void)pam_frame_put_text(&frame, PAM_FIELD_PROMPT, prompt);
	if (split)
		(void)pam_frame_put_u8(&frame, PAM_FIELD_SPLIT_DIGITS, split);
	fake_send(c, &frame);
	return fake_receive_answer(c);
}

/* ---- the test's side ---- */

static inline int
fake_listen(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, FAKE_BACKLOG) < 0)
		return -1;
	return fd;
}

static inline void __attribute__((noreturn)) fake_run(struct fake_log *log,
    int listen_fd, int served_fd, fake_serve *serve, const void *context)
{
	/* A test that crashes leaves nobody behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct fake_connection c = {
		    .fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC),
		    .log = log,
		    .context = context,
		};

		if (c.fd < 0)
			_exit(1);
		log->connections++;
		log->answer_count = 0;
		if (pam_frame_receive(c.fd, &log->begin,
			stream_now_ms() + FAKE_WAIT_MS, FAKE_WAIT_MS) == 0)
			serve(&c);
		(void)close(c.fd);
		if (write(served_fd, "", 1) != 1)
			_exit(1);
	}
}

/* Serve `path` in a new process. False: cannot. */
static inline bool
fake_start(struct fake_authboxd *fake, const char *path, fake_serve *serve,
    const void *context)
{
	int listen_fd = fake_listen(path);
	int served[2];

	fake->log = mmap(NULL, sizeof(*fake->log), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fake->pid = fake->served_fd = -1;
	if (listen_fd < 0 || fake->log == MAP_FAILED ||
	    pipe2(served, O_CLOEXEC) < 0)
		return false;
	fake->pid = fork();
	if (fake->pid == 0)
		fake_run(fake->log, listen_fd, served[1], serve, context);
	(void)close(listen_fd);
	(void)close(served[1]);
	fake->served_fd = served[0];
	return fake->pid > 0;
}

/* Wait until one more connection was served to its end. */
static inline bool
fake_wait_served(struct fake_authboxd *fake)
{
	struct pollfd p = {.fd = fake->served_fd, .events = POLLIN};
	char byte;

	return poll(&p, 1, FAKE_WAIT_MS) == 1 &&
	       read(fake->served_fd, &byte, 1) == 1;
}

static inline void
fake_stop(struct fake_authboxd *fake)
{
	if (fake->pid <= 0)
		return;
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	(void)close(fake->served_fd);
	(void)munmap(fake->log, sizeof(*fake->log));
	fake->pid = 0;
}

#endif
