/*
 * Recovery codes: 10 of 80 random bits, shown once, kept as keyed hashes; and
 * the scratch codes of 8 digits that an import brings along. Each is good once,
 * for the user it was made for.
 */
#ifndef FACTOR_RECOVERY_H
#define FACTOR_RECOVERY_H

#include "users/user_record.h"

#define RECOVERY_CODES	    10
#define RECOVERY_CODE_BYTES 10 /* 80 bits, 16 base32 digits */
#define RECOVERY_TEXT_BYTES 20 /* "ABCD-EFGH-IJKL-MNOP" with its NUL */

/* `key` is store_derive_key("recovery") everywhere. -EIO: OpenSSL or the
 * kernel's random bytes failed; -ENOMEM. The record is unchanged then. */

/* Replace the record's recovery codes. `ret_codes`: RECOVERY_CODES texts of
 * RECOVERY_TEXT_BYTES, one after the other; the caller's. */
int recovery_make(struct user_record *record, const struct secret *key,
    struct secret **ret_codes);

/* 16 base32 digits of either case, with blanks and dashes anywhere: a guess at
 * a recovery code, whether the record has any or not. */
bool recovery_is_shaped(const char *answer);

/* 1: it was one, and is gone now; 0: no; < 0. */
int recovery_spend(
    struct user_record *record, const struct secret *key, const char *answer);

/* The same for an imported scratch code, which can be guessed and so must be
 * counted like any code. */
int recovery_spend_scratch(
    struct user_record *record, const struct secret *key, const char *answer);

/* Add an imported scratch code. -EINVAL: not 8 digits; -ENOSPC. */
int recovery_add_scratch(
    struct user_record *record, const struct secret *key, const char *code);

/* Wipe all codes of both kinds. */
void recovery_forget(struct user_record *record);

#endif
