/*
 * The otpauth:// link that authenticator apps scan (the de-facto "Key URI
 * Format"). Defaults are left out, so that the QR code stays small.
 */
#ifndef FACTOR_OTPAUTH_H
#define FACTOR_OTPAUTH_H

#include "users/user_record.h"

#define OTPAUTH_BYTES_MAX 2048 /* of a link that is read */

/* otpauth://totp/ISSUER:USER?secret=…&issuer=ISSUER, percent-encoded
 * (RFC 3986); without issuer when that is "". NULL: no memory. */
struct secret *otpauth_print(
    const struct device *device, const char *issuer, const char *user);

/* Read a link into a device: not enabled, without a name, its key owned by it.
 * -EBADMSG with a static *ret_why; -ENOMEM. Members that other programs add are
 * passed over, doubled ones are refused. */
int otpauth_parse(
    const char *link, struct device *ret_device, const char **ret_why);

#endif
