/* One step on a user's record, together with the clock mark: what a login and
 * every change of an enrolment are made of. */
#ifndef USERS_USER_RECORD_UPDATE_H
#define USERS_USER_RECORD_UPDATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct store;
struct user_record;

/* Pure, as store_decide: judge and change the record in place. It is an empty
 * one when there was none, or one of another uid. 1: write it; 0: it was not
 * changed; < 0: abort, passed up unchanged. */
typedef int user_record_decide(
    void *context, struct user_record *record, bool clock_is_behind);

/* Run `decide` on the record under `key` (user_record_key(), or an unknown/N
 * bucket with name "" and uid (uid_t)-1). 0: done, and on disk if it was
 * changed; < 0: nothing was changed, throw away what `decide` found. */
int user_record_update(struct store *store, const char *key, const char *name,
    uid_t uid, int64_t now_unix_s, user_record_decide *decide, void *context);

#endif
