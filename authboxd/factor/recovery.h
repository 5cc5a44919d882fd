/* Recovery codes: 10 of 80 random bits, shown once, kept as keyed hashes. */
#ifndef FACTOR_RECOVERY_H
#define FACTOR_RECOVERY_H

#include "users/record.h"

#define RECOVERY_CODES	    10
#define RECOVERY_CODE_BYTES 10 /* 80 bits, 16 base32 digits */
#define RECOVERY_TEXT_BYTES 20 /* "ABCD-EFGH-IJKL-MNOP" with its NUL */

/* Replace the record's recovery codes. `ret_codes`: RECOVERY_CODES texts of
 * RECOVERY_TEXT_BYTES, one after the other; the caller's. */
int recovery_make(struct user_record *record, const struct secret *key,
    struct secret **ret_codes);

/* Looks like a recovery code (or an 8-digit scratch code, when the record has
 * any): a guess at one, not a malformed answer. */
bool recovery_is_shaped(const struct user_record *record, const char *answer);

/* 1: it was one, and is gone now; 0: no; < 0. */
int recovery_spend(struct user_record *record, const struct secret *key,
    const char *answer);

/* Add an imported scratch code (8 digits). -ENOSPC. */
int recovery_add_scratch(struct user_record *record, const struct secret *key,
    const char *code);

#endif
