/*
 * Who does not answer is left alone for a while: after BREAKER_FAILURES in a
 * row nothing is sent there for BREAKER_OPEN_MS, then one request at a time may
 * try. Pure and without a lock: the caller's lock covers it.
 */
#ifndef NET_BREAKER_H
#define NET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_OPEN_MS	 10000
#define BREAKER_KEYS_MAX 32 /* per set; the longest unused gives way */

/* Zeroed: nothing ever failed. */
struct breaker {
	struct breaker_entry {
		uint64_t key;
		unsigned failures; /* in a row */
		int64_t open_until_ms;
		int64_t used_ms; /* 0: a free entry */
	} entries[BREAKER_KEYS_MAX];
};

/* May a request be sent now to what `key` stands for, such as the text_hash()
 * of an address? Whoever is told yes reports its end by breaker_count(). */
bool breaker_admit(struct breaker *breaker, uint64_t key, int64_t now_ms);

/* A request ended. True when this failure opened the breaker (again: not after
 * a failed try), which is worth one line in the log. */
bool
breaker_count(struct breaker *breaker, uint64_t key, bool good, int64_t now_ms);

#endif
