/*
 * How many users an issuer's tokens have made lately, key issuer/HASH. Whoever
 * has an issuer's key, or is the issuer, can name as many people as he likes;
 * so there is a bound to what becomes of that here. It is counted in the update
 * that makes the user, so that neither a restart nor a race gives more.
 *
 * Windows are fixed: one begins with the first user after the last one's end.
 */
#ifndef USERS_CREATION_RATE_H
#define USERS_CREATION_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "users/subject.h"

#define CREATION_RATE_PREFIX	"issuer/"
#define CREATION_RATE_KEY_BYTES (sizeof(CREATION_RATE_PREFIX) + SUBJECT_DIGITS)

struct creation_limits {
	unsigned per_minute, per_day; /* at least 1 */
};

/* Zeroed: nobody was made yet. */
struct creation_rate {
	struct creation_window {
		int64_t began_unix_s, count;
	} minute, day;
};

/* Pure. Count one more user. False: there are as many as there may be, and
 * nothing is counted. */
bool creation_rate_admit(struct creation_rate *rate,
    const struct creation_limits *limits, int64_t now_unix_s);

/* Whether it is of a time to come: the clock was set back. What
 * creation_rate_admit() makes of it is then to be kept in any case. */
bool
creation_rate_is_ahead(const struct creation_rate *rate, int64_t now_unix_s);

/* "issuer/HASH". 0 or -ENOMEM. */
int
creation_rate_key(const char *issuer, char ret_key[CREATION_RATE_KEY_BYTES]);

/* NULL: no memory. */
struct secret *
creation_rate_print(const struct creation_rate *rate, const char *issuer);

/* 0: *ret_rate; -EBADMSG: not what this program wrote, or of another issuer;
 * -ENOMEM. */
int creation_rate_parse(const struct secret *value, const char *issuer,
    struct creation_rate *ret_rate);

#endif
