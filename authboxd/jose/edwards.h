/* Points of an Edwards curve that are no key. */
#ifndef JOSE_EDWARDS_H
#define JOSE_EDWARDS_H

#include "jose/curve.h"

/* Whether a public key (RFC 8032 5.1.2, 5.2.2; coordinate_bytes of it) is a
 * point of small order: for the neutral one a signature can be written down
 * that is good for every message, for the others for one message in eight. */
bool edwards_is_small_order(const struct curve *curve, const uint8_t *point);

#endif
