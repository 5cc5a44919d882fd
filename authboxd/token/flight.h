/*
 * One thread asks, and those who would ask the same meanwhile wait for it. Any
 * number of threads.
 */
#ifndef TOKEN_FLIGHT_H
#define TOKEN_FLIGHT_H

#include "token/digest.h"

#define FLIGHTS_MAX 64 /* questions under way */

struct flights;

struct flights *flights_new(void);	    /* NULL: no memory */
void flights_free(struct flights *flights); /* nobody is in it; NULL is fine */

/* 1: the caller asks, and then says so with flights_end(); 0: somebody else
 * asked and has ended, or -ETIMEDOUT at `deadline_ms` (monotonic); -EBUSY: too
 * many questions are under way. */
int flights_join(struct flights *flights, const uint8_t key[DIGEST_BYTES],
    int64_t deadline_ms);
void flights_end(struct flights *flights, const uint8_t key[DIGEST_BYTES]);

#endif
