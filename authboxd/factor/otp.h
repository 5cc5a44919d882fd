/* HOTP (RFC 4226) and TOTP (RFC 6238): pure. */
#ifndef FACTOR_OTP_H
#define FACTOR_OTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/otp.h"
#include "base/secret.h"

/* The code of `digits` digits with its NUL (RFC 4226 5.3). 0, -EINVAL
 * (`digits` outside 6 to 8), -EIO: OpenSSL failed. */
int otp_code(const struct secret *key, enum otp_algorithm algorithm,
    unsigned digits, uint64_t counter, char ret_code[OTP_DIGITS_MAX + 1]);

/* Step number at a time (RFC 6238 4.2, T0 = 0); 0 before 1970. */
uint64_t otp_step(int64_t now_unix_s, unsigned period_s);

/* All counters from `first` to `last` (at most 64) are computed, whatever
 * matches, and compared in constant time. 1: *ret_counter is the highest that
 * gives `code`; 0: none; < 0 as otp_code(). `code` has `digits` digits. */
int otp_match(const struct secret *key, enum otp_algorithm algorithm,
    unsigned digits, uint64_t first, uint64_t last, const char *code,
    uint64_t *ret_counter);

/* Canonical form of what a person typed: blanks dropped, `ret_code` gets 6 to 8
 * ASCII digits. False: not a code at all (no guess). */
bool otp_canonical(const char *typed, char ret_code[OTP_DIGITS_MAX + 1]);

const char *otp_algorithm_name(enum otp_algorithm algorithm); /* "SHA1" … */
/* Any case, "SHA-1" too; -EINVAL. */
int otp_algorithm_parse(const char *name, enum otp_algorithm *ret);

#endif
