/*
 * Who owns a Unix id, key uid/N: written once, when the id is taken, and kept
 * for ever, so that what lies on the disk under an id is never another
 * person's. The same person who comes back may have it again.
 */
#ifndef USERS_UID_OWNER_H
#define USERS_UID_OWNER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/secret.h"
#include "users/person.h"

#define UID_OWNER_PREFIX    "uid/"
#define UID_OWNER_KEY_BYTES (sizeof(UID_OWNER_PREFIX) + 10)

/* "uid/N". */
void uid_owner_key(uid_t uid, char ret_key[UID_OWNER_KEY_BYTES]);

/* NULL: no memory. */
struct secret *uid_owner_print(const struct person *person, int64_t now_unix_s);

/* 1: the stored owner is this person, by name and by the pair that he was
 * created from; 0: somebody else; -EBADMSG, -ENOMEM. */
int uid_owner_match(const struct secret *value, const struct person *person);

/* 1: *ret_name is whom the id was taken for, and *ret_unix_s when; 0: it is
 * free; < 0 as the store. */
int uid_owner_find(struct store *store, uid_t uid,
    char ret_name[USER_NAME_BYTES_MAX + 1], int64_t *ret_unix_s);

#endif
