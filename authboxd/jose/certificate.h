/* The thumbprints of an X.509 certificate, by which an issuer knows the key
 * that a JWT was signed with (RFC 7515 4.1.7, 4.1.8). */
#ifndef JOSE_CERTIFICATE_H
#define JOSE_CERTIFICATE_H

#include <stdbool.h>

#include "base/secret.h"

#define CERTIFICATE_SHA1_CHARS	 27 /* 20 bytes in base64url */
#define CERTIFICATE_SHA256_CHARS 43

/* Of the first certificate in a PEM text: "x5t" and "x5t#S256". -EINVAL: there
 * is none. */
int certificate_print_thumbprints(const struct secret *pem,
    char ret_x5t[CERTIFICATE_SHA1_CHARS + 1],
    char ret_x5t_s256[CERTIFICATE_SHA256_CHARS + 1]);

/* Whether the first certificate is of this private key, both in PEM. */
bool certificate_is_of_key(
    const struct secret *certificate, const struct secret *private_key);

#endif
