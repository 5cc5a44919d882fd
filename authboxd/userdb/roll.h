/*
 * All accounts by name and by id, in memory: those that are published, and the
 * ids that were withdrawn. Every id is there once, for ever. Any number of
 * threads; nothing here waits for a disk or another process.
 */
#ifndef USERDB_ROLL_H
#define USERDB_ROLL_H

#include <stddef.h>

#include "userdb/account.h"

#define ROLL_ACCOUNTS_MAX 65536 /* withdrawn ones too */

struct roll;

struct roll *roll_new(void); /* NULL: no memory */
void roll_free(struct roll *roll);
CLEANUP_DEFINE(roll)

/* Put an account, which is taken only when 0 is returned; one of the same id
 * gives way. -EEXIST: the name is published with another id, or the id has
 * another name; -ENOSPC: ROLL_ACCOUNTS_MAX; -ENOMEM. */
int roll_put(struct roll *roll, struct account *take_account);

bool roll_is_full(struct roll *roll);

/* Who has the name and is not withdrawn. 1: *ret_account is a copy; 0; -ENOMEM.
 * `ret_account` may be NULL. */
int roll_find_name(
    struct roll *roll, const char *name, struct account **ret_account);

/* Who has the id, withdrawn or not; the same. */
int
roll_find_uid(struct roll *roll, uint32_t uid, struct account **ret_account);

/* What matters of an id while one is looked for. */
struct roll_claim {
	int64_t taken_unix_s;
};
/* 1: it is taken, 0: not. */
int
roll_find_claim(struct roll *roll, uint32_t uid, struct roll_claim *ret_claim);

/* Copies of the accounts with an id from `uid` on, in their order, at most
 * `max`. Their number, or -ENOMEM. */
int roll_list(
    struct roll *roll, uint32_t uid, struct account *ret_accounts[], int max);

#endif
