/*
 * One request and its answer, by libcurl, within fixed bounds of time and
 * memory whatever the server sends.
 */
#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

#include <stdint.h>

#include "fetch/question.h"

#define TRANSFER_CONNECT_MS	   2000
#define TRANSFER_HEADER_BYTES_MAX  16384
#define TRANSFER_SLOW_MS	   3000 /* an answer that began may take … */
#define TRANSFER_SLOW_BYTES_PER_S  64	/* … longer only at this rate */
#define TRANSFER_MESSAGE_BYTES_MAX 256

struct transfer_answer {
	unsigned status;
	char *body; /* NUL-terminated UTF-8; wiped and freed by done */
	size_t size;
	/* Where there is none: */
	const char *reason; /* static, as in io.authbox.Fetch; NULL: none */
	char message[TRANSFER_MESSAGE_BYTES_MAX];
};
void transfer_answer_done(struct transfer_answer *answer);

/* When to break off: at `stop_at_ms` (atomic, 0: never), and when the peer,
 * which waits for the answer on a stream socket, has gone. */
struct transfer_limits {
	const int64_t *stop_at_ms;
	int peer_fd;
};

/* 0: ret_answer holds an answer or a reason; -ENOMEM. */
int transfer_run(const struct question *question,
    const struct transfer_limits *limits, struct transfer_answer *ret_answer);

#endif
