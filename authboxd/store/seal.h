/*
 * Sealing: one value, whole, under the store key, bound to the store's id and
 * to the name it stands under.
 *
 * Each name has a key of its own, HKDF-Expand(store key, store id, name) (RFC
 * 5869 2.3), and AES-256-GCM under it takes a random 96-bit nonce. One key for
 * all would be worn out after 2^32 values (NIST SP 800-38D 8.3), which a busy
 * host writes within months; so the bound holds for each record by itself. A
 * counter as nonce would repeat after a restored backup.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"

#define SEAL_KEY_BYTES	    32
#define SEAL_ID_BYTES	    16
#define SEAL_OVERHEAD_BYTES 29 /* version, nonce, tag */

/* Keyed contexts for one thread at a time. */
struct seal;

/* `key` has SEAL_KEY_BYTES and is copied; `id` is the store's. -ENOMEM. */
int seal_new(const struct secret *key, const uint8_t id[SEAL_ID_BYTES],
    struct seal **ret_seal);

/* NULL is fine. */
void seal_free(struct seal *seal);
CLEANUP_DEFINE(seal)

/* Write value->size + SEAL_OVERHEAD_BYTES bytes to ret_sealed. -ENOMEM, or
 * -EIO when the kernel gives no random bytes. */
int seal_close(struct seal *seal, const char *name, const struct secret *value,
    uint8_t *ret_sealed);

/* *ret_value is the caller's. -EBADMSG: changed, cut, of another name or store,
 * or sealed under another key; -ENOMEM. */
int seal_open(struct seal *seal, const char *name, const void *sealed,
    size_t size, struct secret **ret_value);

/* SEAL_KEY_BYTES for a purpose, by HKDF-Expand from a uniformly random key.
 * -ENOMEM. */
int seal_derive(
    const struct secret *key, const char *purpose, struct secret **ret_key);

#endif
