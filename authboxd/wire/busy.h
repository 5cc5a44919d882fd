/*
 * Who is at work right now: each thread that owes a peer an answer, to a login
 * or to a call. The main loop tells waiting modules that we are still at it
 * (WORKING frames) and notices a worker that is stuck, so that the watchdog is
 * not fed for it.
 */
#ifndef WIRE_BUSY_H
#define WIRE_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define BUSY_STUCK_MS 10000 /* past its deadline: something is wrong */

/* Embedded in whoever works; all fields are busy.c's. */
struct busy_work {
	int fd;		 /* of a PAM peer that is told WORKING; -1: nobody */
	int64_t left_ms; /* of the cap, while it does not work */
	int64_t since_ms, told_ms, deadline_ms; /* while it works */
	struct busy_work *next, **previous;
};

struct busy;

struct busy *busy_new(void); /* NULL: no memory */
void busy_free(struct busy *busy);
CLEANUP_DEFINE(busy)

/* All the work of `work` together may take `cap_ms`; it has not begun. */
void busy_work_init(struct busy_work *work, int fd, int64_t cap_ms);

/* Begin, and end or pause. Between the two only busy_tick() writes to the fd,
 * after busy_leave() only the owner. NULL for `busy`: nobody watches. */
void busy_enter(struct busy *busy, struct busy_work *work);
void busy_leave(struct busy *busy, struct busy_work *work);

/* Between the two: the cap is `cap_ms` from now on. */
void busy_renew(struct busy *busy, struct busy_work *work, int64_t cap_ms);

/* True once the cap is used up: nothing may be committed any more. */
bool busy_work_is_late(const struct busy_work *work);

/* Once or twice a second. False: somebody is stuck. */
bool busy_tick(struct busy *busy);

#endif
