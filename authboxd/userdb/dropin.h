/*
 * Users as drop-in records for nss-systemd (nss-systemd(8)), which reads them
 * itself: no process of ours is asked, so none can be slow. For alice:
 *
 *	alice.user, 65601.user -> alice.user		her record
 *	alice.group, 65601.group -> alice.group		her own group
 *	alice:developers.membership			each group besides
 *
 * One caller at a time.
 */
#ifndef USERDB_DROPIN_H
#define USERDB_DROPIN_H

#include "userdb/account.h"
#include "userdb/roll.h"

/* While a host has no membership at all and none of the services that
 * nss-systemd asks can be reached, nss-systemd finds no group either. One
 * membership that means nothing mends that. */
int dropin_put_place(int dir_fd);

/* Each file appears whole: the groups first, the user last. Memberships that
 * `before` (may be NULL) had and `account` has not are taken away. -EEXIST: a
 * file of that name is somebody else's. */
int dropin_publish(
    int dir_fd, const struct account *account, const struct account *before);

/* No file of the name or the id is somebody else's. */
bool dropin_is_free(int dir_fd, const struct account *account);

/* The user first. Files of the name stay where `keep_name`: another id has it
 * now. What is not there is as good. */
int dropin_remove(int dir_fd, const struct account *account, bool keep_name);

/* Remove what nobody in the roll has: left behind by a process that was killed.
 * Files of other owners stay. */
int dropin_clean(int dir_fd, struct roll *roll);

#endif
