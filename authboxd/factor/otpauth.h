/*
 * The otpauth:// link that authenticator apps scan (the de-facto "Key URI
 * Format"). Defaults are left out, so that the QR code stays small.
 */
#ifndef FACTOR_OTPAUTH_H
#define FACTOR_OTPAUTH_H

#include "users/user_record.h"

/* otpauth://totp/ISSUER:USER?secret=…&issuer=ISSUER, percent-encoded
 * (RFC 3986); without issuer when that is "". NULL: no memory. */
struct secret *otpauth_print(
    const struct device *device, const char *issuer, const char *user);

#endif
