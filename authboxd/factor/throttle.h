/*
 * Tries per user: 5 free, then waits of 1, 2, 4 … 60 minutes; at most 20
 * failures in 24 h and 100 in 30 days; strangers share half of each sum. Pure.
 */
#ifndef FACTOR_THROTTLE_H
#define FACTOR_THROTTLE_H

#include "users/record.h"

#define THROTTLE_FREE_TRIES    5
#define THROTTLE_WAIT_MAX_S    3600
#define THROTTLE_DAY_MAX       20
#define THROTTLE_MONTH_MAX     100
#define THROTTLE_KNOWN_S       (30 * 86400)
#define THROTTLE_RECOVERY_MAX  5  /* recovery codes tried in 24 h */
#define THROTTLE_SENDS_MAX     5  /* webhook sends in 10 minutes */

/* 0: a try is admitted now; else the Unix second from which one is. */
int64_t throttle_retry_unix_s(
    const struct throttle *throttle, bool known, int64_t now_unix_s);

void throttle_count_failure(
    struct throttle *throttle, bool known, int64_t now_unix_s);

/* Clears the waits, not the sums. */
void throttle_count_success(struct throttle *throttle);

/* The same for recovery codes and webhook sends, whose budgets are their own:
 * true counts one. */
bool throttle_admit_recovery(struct throttle *throttle, int64_t now_unix_s);
bool throttle_admit_send(struct throttle *throttle, int64_t now_unix_s);

#endif
