/* A connection per core for whoever only reads. */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include "store/seal.h"
#include "store/sqlite.h"

struct readers;

int readers_new(const char *path, const struct secret *key,
    const uint8_t id[SEAL_ID_BYTES], struct readers **ret_readers);

/* All must have been given back. NULL is fine. */
void readers_free(struct readers *readers);
CLEANUP_DEFINE(readers)

/* Find the value of `key`, or the first with `from` <= key < `end`, and unseal
 * it. 1, 0 or < 0. *ret_key is malloc()ed. */
int readers_get(
    struct readers *readers, const char *key, struct secret **ret_value);
int readers_find_between(struct readers *readers, const char *from,
    const char *end, char **ret_key, struct secret **ret_value);

/* Run `change` while nobody reads; when it returns 0, all readers use `key`
 * from then on. */
int readers_change_key(struct readers *readers, const struct secret *key,
    const uint8_t id[SEAL_ID_BYTES], int (*change)(void *context),
    void *context);

#endif
