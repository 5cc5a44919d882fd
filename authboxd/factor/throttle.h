/*
 * Tries per user: 5 free, then waits of 1, 2, 4 … 60 minutes; at most 20
 * failures in 24 h and 100 in 30 days; strangers share half of each sum. Pure.
 *
 * Strangers come from an address without a success in the last 30 days, or do
 * not come through a program of root's; the others are "known". Waits are kept
 * apart for the two, so that a stranger who guesses neither makes the owner
 * wait nor uses up all of his tries. Times are wall time; a clock that was set
 * back refunds nothing.
 */
#ifndef FACTOR_THROTTLE_H
#define FACTOR_THROTTLE_H

#include "users/user_record.h"

#define THROTTLE_FREE_TRIES   5
#define THROTTLE_WAIT_MAX_S   3600
#define THROTTLE_DAY_MAX      20
#define THROTTLE_MONTH_MAX    100
#define THROTTLE_KNOWN_S      (30 * 86400)
#define THROTTLE_RECOVERY_MAX 10 /* recovery codes tried in 24 h */
#define THROTTLE_SENDS_MAX    5	 /* webhook sends in 10 minutes */

/* 0: a try is admitted now; else the Unix second from which one is, and
 * *ret_why (may be NULL) is "wait", "budget-day" or "budget-month". */
int64_t throttle_retry_unix_s(const struct throttle *throttle, bool known,
    int64_t now_unix_s, const char **ret_why);

/* The sixth failure in a row starts a wait of one minute. */
void throttle_count_failure(
    struct throttle *throttle, bool known, int64_t now_unix_s);

/* Clears the waits, not the sums. */
void throttle_count_success(struct throttle *throttle);

/* Bring times back to now that a clock once far ahead has left in the future,
 * so that they run out as the rule says; not to be called while the clock is
 * behind the mark, or the next step forward would refund what is kept. True:
 * something was changed, and the record must be written even if nothing else
 * happens. */
bool throttle_settle(struct throttle *throttle, int64_t now_unix_s);
bool throttle_is_settled(const struct throttle *throttle, int64_t now_unix_s);

/* Recovery codes and webhook sends have budgets of their own; of the first,
 * too, strangers can use up half. `admit` counts one when it says true. */
int64_t throttle_recovery_retry_unix_s(
    const struct throttle *throttle, bool known, int64_t now_unix_s);
bool throttle_admit_recovery(
    struct throttle *throttle, bool known, int64_t now_unix_s);
bool throttle_admit_send(struct throttle *throttle, int64_t now_unix_s);

#endif
