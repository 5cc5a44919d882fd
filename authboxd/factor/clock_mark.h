/*
 * What the store knows about time, key meta/clock.
 *
 * The mark is the highest time ever seen: a wall clock more than 60 s behind it
 * denies codes and tokens, or old codes would come alive again.
 *
 * The burn is the time up to which the codes of all devices are burnt, because
 * an older copy of the store was put back and nobody knows which were used.
 */
#ifndef FACTOR_CLOCK_MARK_H
#define FACTOR_CLOCK_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define CLOCK_MARK_KEY	   "meta/clock"
#define CLOCK_MARK_SLACK_S 60
#define CLOCK_MARK_EVERY_S 60 /* written at most so often */

struct user_record;

struct clock_burn {
	int64_t unix_s;	       /* 0: nothing is burnt */
	unsigned future_codes; /* as many steps after that are burnt, too */
};

/* Judge the item of CLOCK_MARK_KEY inside an update, and raise the mark when it
 * is due (item->write). -EBADMSG: the mark is damaged; -ENOMEM. */
int clock_mark_check(struct store_item *item, int64_t now_unix_s,
    bool *ret_is_behind, struct clock_burn *ret_burn);

/* The question about the mark outside an update, for what an earlier clock
 * would let pass again: 1 yes, 0 no, < 0 as store_get(). */
int clock_mark_is_behind(struct store *store, int64_t now_unix_s);

/* Root's `store accept-clock`: set the mark to now, whatever it was, and a burn
 * that lies ahead as well. *ret_was_unix_s: the mark before, 0: none. */
int clock_mark_accept(
    struct store *store, int64_t now_unix_s, int64_t *ret_was_unix_s);

/* Burn all codes up to now, or to the mark when the clock is behind it. */
int
clock_mark_burn(struct store *store, int64_t now_unix_s, unsigned future_codes);

/* Of every device that was enabled then, the codes that would have been good
 * are used up; those of a counter only the first time that the record goes
 * through this burn, which is noted in it. */
void clock_mark_burn_record(
    const struct clock_burn *burn, struct user_record *record);

#endif
