/*
 * The stored form of a record: one JSON object without blanks, "v" its version.
 * What has its default is left out, so that a usual record is small. These are
 * the words that user_record_parse.c and user_record_print.c share.
 */
#ifndef USERS_USER_RECORD_WORDS_H
#define USERS_USER_RECORD_WORDS_H

#define RECORD_VERSION	  1
#define RECORD_UNIX_S_MAX INT64_C(253402300799) /* the year 9999 */

static const char *const record_type_names[] = {"totp", "hotp"};
static const char *const record_algorithm_names[] = {
    "SHA1", "SHA256", "SHA512"};

/* Index 0: strangers, 1: known. */
static const char *const record_row_names[] = {"row_strangers", "row_known"};
static const char *const record_wait_names[] = {"wait_strangers", "wait_known"};

#endif
