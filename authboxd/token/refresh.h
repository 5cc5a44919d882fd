/*
 * When an issuer's key set is fetched, and for how long it is good: pure.
 *
 * Whoever sends forged tokens must not make us ask the issuer more often than
 * every REFRESH_COOLDOWN_MS, however they fail, and must not keep the keys that
 * we know from working. Times are of the monotonic clock.
 */
#ifndef TOKEN_REFRESH_H
#define TOKEN_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#define REFRESH_COOLDOWN_MS  30000
#define REFRESH_DUE_MS	     (10 * 60 * 1000)
#define REFRESH_STALE_MAX_MS (24 * 60 * 60 * 1000)
#define REFRESH_UNKNOWN_MAX  128
#define REFRESH_UNKNOWN_MS   (5 * 60 * 1000)

/* Zeroed: never fetched, never tried. */
struct refresh {
	bool is_fetched, is_tried;
	int64_t fetched_ms, tried_ms;
	/* Key ids, by digest, that the issuer did not know when it was asked;
	 * the oldest gives way. 0: free. */
	uint64_t unknown[REFRESH_UNKNOWN_MAX];
	int64_t unknown_until_ms[REFRESH_UNKNOWN_MAX];
	unsigned unknown_next;
};

/* The set that we have may still be used. */
bool refresh_is_usable(const struct refresh *refresh, int64_t now_ms);

/* It is time for another one, though this one works; and refresh_admit() would
 * not say no. */
bool refresh_is_due(const struct refresh *refresh, int64_t now_ms);

/* May the issuer be asked now? The cool-down begins with the question, so a
 * yes must be followed by asking. */
bool refresh_admit(struct refresh *refresh, int64_t now_ms);

/* A set was fetched `age_ms` ago (< 0, from a clock that was ahead: its age is
 * not known, and it is due at once). */
void refresh_note_set(struct refresh *refresh, int64_t age_ms, int64_t now_ms);

/* The issuer was asked, and does not know this key id. */
void
refresh_note_unknown(struct refresh *refresh, uint64_t kid, int64_t now_ms);
bool
refresh_is_unknown(const struct refresh *refresh, uint64_t kid, int64_t now_ms);

#endif
