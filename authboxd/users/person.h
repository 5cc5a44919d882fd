/*
 * The record of a created user, key person/NAME: who he is at his provider, his
 * Unix id and groups, and what policies may know of him. What his logins change
 * (devices, tries, addresses) stays in user/NAME; whose tokens are his is in
 * subject/HASH alone.
 */
#ifndef USERS_PERSON_H
#define USERS_PERSON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"

#define PERSON_PREFIX	  "person/"
#define PERSON_KEY_BYTES  (sizeof(PERSON_PREFIX) + USER_NAME_BYTES_MAX)
#define PERSON_GROUPS_MAX 64
#define PERSON_NO_UID	  ((uid_t)-1) /* good for a Client's services */
#define PERSON_UNIX_S_MAX INT64_C(253402300799) /* the year 9999 */

struct store;

struct person {
	char name[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	bool inactive;
	/* The pair that he was created from; both NULL: root made him. */
	char *issuer, *subject;
	int64_t created_unix_s;
	int64_t refreshed_unix_s; /* when the provider was last heard; 0: never
				   */
	char *groups[PERSON_GROUPS_MAX + 1]; /* Unix groups, ended by NULL */
	cJSON *profile; /* users/profile.h; an object; may be NULL */
};

/* A heap object without groups and profile, which copies its texts. NULL: no
 * memory, or a name that user_name_is_valid() does not let pass. */
struct person *person_new(
    const char *name, uid_t uid, const char *issuer, const char *subject);
void person_free(struct person *person); /* NULL is fine */
CLEANUP_DEFINE(person)

/* NULL: no memory. */
struct person *person_copy(const struct person *person);

/* Append a group; one that is there already is not doubled. -ENOSPC: there are
 * PERSON_GROUPS_MAX; -ENOMEM. */
int person_add_group(struct person *person, const char *group);
bool person_has_group(const struct person *person, const char *group);
bool person_has_same_groups(const struct person *a, const struct person *b);

/* Take groups and profile of another one, which gets those of this one. */
void person_swap_news(struct person *person, struct person *other);

/* Created from this pair. */
bool person_is_of(
    const struct person *person, const char *issuer, const char *subject);

/* "person/NAME" into PERSON_KEY_BYTES. `name` is valid. */
void person_key(const char *name, char *ret_key);

/* NULL: no memory. */
struct secret *person_print(const struct person *person);

/* 0: *ret_person is the caller's; -EBADMSG: not what this program wrote, or of
 * another name (`name` NULL: any); -ENOMEM. */
int person_parse(
    const struct secret *value, const char *name, struct person **ret_person);

/* 1: *ret_person is the caller's; 0: no user was created of this name; < 0 as
 * the store. */
int
person_find(struct store *store, const char *name, struct person **ret_person);

/* Call `each` for all of them by name; a value other than 0 stops and is
 * returned. What cannot be read is left out. */
int person_list(struct store *store,
    int (*each)(void *context, const struct person *person), void *context);

#endif
