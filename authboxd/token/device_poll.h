/*
 * When the token endpoint is asked in a device login (RFC 8628 3.5): pure.
 * Times are of the monotonic clock.
 */
#ifndef TOKEN_DEVICE_POLL_H
#define TOKEN_DEVICE_POLL_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_INTERVAL_S     5 /* where the provider says nothing */
#define DEVICE_INTERVAL_S_MAX 60
#define DEVICE_LIFE_S_MAX     900 /* a code is not waited for any longer */

/* What came of a question. */
enum device_event {
	DEVICE_FAILED = 0, /* it will never come to anything */
	DEVICE_PENDING,
	DEVICE_SLOW_DOWN, /* pending, and we ask too often */
	DEVICE_SILENT,	  /* no answer, or a fault of the provider's */
	DEVICE_APPROVED,
	DEVICE_DENIED,
	DEVICE_EXPIRED,
};

struct device_poll {
	int64_t interval_ms;
	int64_t next_ms; /* not to be asked before */
	int64_t end_ms;	 /* the code is good until then */
};

/* The provider has answered just now. Both numbers within the bounds above. */
void device_poll_start(struct device_poll *poll, unsigned interval_s,
    unsigned life_s, int64_t now_ms);

/* True: ask at *ret_at_ms, which may be past. False: it would be at or after
 * `deadline_ms`, or after the code's end. */
bool device_poll_next(
    const struct device_poll *poll, int64_t deadline_ms, int64_t *ret_at_ms);

/* An answer came, or none did. True: it is worth asking again. */
bool device_poll_note(
    struct device_poll *poll, enum device_event event, int64_t now_ms);

#endif
