/* The otpauth:// link that authenticator apps scan, defaults left out. */
#ifndef FACTOR_OTPAUTH_H
#define FACTOR_OTPAUTH_H

#include "users/record.h"

/* otpauth://totp/ISSUER:USER?secret=…&issuer=ISSUER, percent-encoded
 * (RFC 3986). NULL: no memory. */
struct secret *otpauth_print(
    const struct device *device, const char *issuer, const char *user);

/* Read a link into a device (not enabled; key owned by it). -EBADMSG with a
 * static *ret_why; -ENOMEM. */
int otpauth_parse(
    const char *link, struct device *ret_device, const char **ret_why);

#endif
