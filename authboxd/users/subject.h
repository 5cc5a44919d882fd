/*
 * Whose a subject is: key subject/HASH, made of issuer and `sub`, leads to a
 * user. There is no other way from a token to a created user: names and e-mail
 * addresses change hands, this pair does not.
 *
 * A link is bound to name and uid: a name that comes back with another uid
 * inherits nothing.
 */
#ifndef USERS_SUBJECT_H
#define USERS_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/text.h"

#define SUBJECT_PREFIX	       "subject/"
#define SUBJECT_DIGITS	       64
#define SUBJECT_KEY_BYTES      (sizeof(SUBJECT_PREFIX) + SUBJECT_DIGITS)
#define SUBJECT_TEXT_BYTES_MAX 1024	   /* of issuer and sub, each */
#define SUBJECT_NO_UID	       ((uid_t)-1) /* a user without a Unix account */

struct store;

struct subject {
	char *issuer, *value; /* never NULL */
	char user[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	int64_t linked_unix_s;
};

/* A heap object that copies its texts. NULL: no memory, or a text that
 * subject_is_valid() does not let pass. */
struct subject *subject_new(const char *issuer, const char *value,
    const char *user, uid_t uid, int64_t linked_unix_s);
void subject_free(struct subject *subject); /* NULL is fine */
CLEANUP_DEFINE(subject)

/* An issuer or a `sub`: 1 to SUBJECT_TEXT_BYTES_MAX bytes on one line. */
bool subject_is_valid(const char *text);

/* The SHA-256 of a pair, or of an issuer alone (`value` is ""), as
 * SUBJECT_DIGITS hexadecimal digits and their end. 0 or -ENOMEM. */
int subject_digest(const char *issuer, const char *value, char *ret_digits);

/* The key of a pair. 0 or -ENOMEM. */
int subject_key(
    const char *issuer, const char *value, char ret_key[SUBJECT_KEY_BYTES]);

/* NULL: no memory. */
struct secret *subject_print(const struct subject *subject);

/* 0: *ret_subject is the caller's; -EBADMSG: not what this program wrote, or of
 * another pair than asked for (`issuer` NULL: any); -ENOMEM. */
int subject_parse(const struct secret *value, const char *issuer,
    const char *sub, struct subject **ret_subject);

/* 1: *ret_subject is the caller's; 0: nobody's; < 0 as the store. */
int subject_find(struct store *store, const char *issuer, const char *value,
    struct subject **ret_subject);

/* Call `each` for all of them; a value other than 0 stops and is returned. What
 * cannot be read is left out. */
int subject_list(struct store *store,
    int (*each)(void *context, const struct subject *subject), void *context);

#endif
