/*
 * The steps by which a user comes to be, changes and goes, each of them one
 * update of the store: whatever kills the daemon between two of them, what is
 * stored is whole, and the next login (or the start) goes on from there.
 */
#ifndef USERS_OWNERSHIP_H
#define USERS_OWNERSHIP_H

#include "users/creation_rate.h"
#include "users/person.h"
#include "users/subject.h"

enum ownership {
	OWNERSHIP_TAKEN = 0,	 /* the user is new, and owns his id now */
	OWNERSHIP_THERE,	 /* he was there already, the very same */
	OWNERSHIP_NAME_TAKEN,	 /* another person was created of this name */
	OWNERSHIP_UID_TAKEN,	 /* the id is, or once was, another's */
	OWNERSHIP_SUBJECT_TAKEN, /* this pair leads to another user */
	OWNERSHIP_TOO_MANY,	 /* his issuer has made too many lately */
};

/* Make the user: his record, his link and his id, or nothing of it. `person`
 * has name, uid (or PERSON_NO_UID), groups, profile, and the pair that he is
 * created from, unless root makes him. Of any number of callers exactly one
 * gets OWNERSHIP_TAKEN for a name or an id. 0: *ret_result, on disk; < 0 as the
 * store. */
int ownership_take(struct store *store, const struct person *person,
    int64_t now_unix_s, enum ownership *ret_result);

/* The same by an issuer's token, which is bounded: of a user who would be new
 * the result may be OWNERSHIP_TOO_MANY. `limits` NULL: as above. */
int ownership_create(struct store *store, const struct person *person,
    const struct creation_limits *limits, int64_t now_unix_s,
    enum ownership *ret_result);

/* Undo ownership_take() for a user who was refused after it: record and link
 * go, unless they are another's by now; the id stays his. */
int ownership_give_back(struct store *store, const struct person *person);

/* Pure, as store_decide: change the record in place. 1: write it; 0: it was not
 * changed; < 0: abort, passed up unchanged. */
typedef int ownership_change(void *context, struct person *person);

/* Change a user's record. Name, uid and pair must stay. 1: done; 0: there is no
 * such user; < 0 as the store or `change`. */
int ownership_update(struct store *store, const char *name,
    ownership_change *change, void *context);

/* Link a pair to a user, whoever he is. 1: done; 0: it is linked to another
 * user, whose name goes to ret_user; < 0. */
int ownership_link(struct store *store, const struct subject *subject,
    char ret_user[USER_NAME_BYTES_MAX + 1]);

/* 1: the link is gone; 0: there was none (to `user`; NULL: to anybody); < 0. */
int ownership_unlink(struct store *store, const char *issuer, const char *value,
    const char *user);

/* Remove the record, and with it what his logins changed (user/NAME). 1: gone;
 * 0: there was none; < 0. */
int ownership_remove(struct store *store, const char *name);

#endif
