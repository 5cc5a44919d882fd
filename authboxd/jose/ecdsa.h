/* ECDSA signatures: two numbers side by side in JOSE (RFC 7518 3.4), a DER
 * sequence for OpenSSL (RFC 3279 2.2.3). */
#ifndef JOSE_ECDSA_H
#define JOSE_ECDSA_H

#include <stddef.h>
#include <stdint.h>

#include "jose/curve.h"

/* SEQUENCE of two INTEGERs, each with a sign byte; lengths under 256. */
#define ECDSA_DER_BYTES_MAX (3 + 2 * (2 + 1 + CURVE_COORDINATE_BYTES_MAX))

/* Write the curve's r and s (curve->signature_bytes of them) as DER; returns
 * its size. 0: r or s is not within 1 .. n-1, and nothing was written. */
size_t ecdsa_put_der(const struct curve *curve, const uint8_t *signature,
    uint8_t ret_der[ECDSA_DER_BYTES_MAX]);

#endif
