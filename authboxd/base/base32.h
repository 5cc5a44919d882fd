/* Base32 (RFC 4648 6), as authenticator apps and recovery codes use it. */
#ifndef BASE_BASE32_H
#define BASE_BASE32_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"

/* Decode text that a person may have typed: either case; blanks, '-' and
 * trailing '=' are skipped. -EBADMSG: another character, an impossible length
 * or nothing at all; -ENOMEM. */
int base32_decode(const char *text, struct secret **ret_bytes);

/* Upper case, without padding. NULL: no memory. */
struct secret *base32_encode(const void *bytes, size_t size);

#endif
