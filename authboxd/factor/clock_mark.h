/*
 * The highest time ever seen, key meta/clock: a wall clock more than 60 s
 * behind it denies codes and tokens, or old codes would come alive again.
 */
#ifndef FACTOR_CLOCK_MARK_H
#define FACTOR_CLOCK_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define CLOCK_MARK_KEY	   "meta/clock"
#define CLOCK_MARK_SLACK_S 60
#define CLOCK_MARK_EVERY_S 60 /* written at most so often */

/* Judge the item of CLOCK_MARK_KEY inside an update, and raise the mark when it
 * is due (item->write). -EBADMSG: the mark is damaged; -ENOMEM. */
int clock_mark_check(
    struct store_item *item, int64_t now_unix_s, bool *ret_is_behind);

/* The same question outside an update, for what an earlier clock would let
 * pass again: 1 yes, 0 no, < 0 as store_get(). */
int clock_mark_is_behind(struct store *store, int64_t now_unix_s);

/* Root's `store accept-clock`: set the mark to now, whatever it was.
 * *ret_was_unix_s: the mark before, 0: none. */
int clock_mark_accept(
    struct store *store, int64_t now_unix_s, int64_t *ret_was_unix_s);

#endif
