/*
 * Secrets: kept out of core dumps and swap where the system allows, wiped when
 * freed, accepted by no logging function.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* `bytes` is followed by a NUL that `size` does not count, so that a textual
 * secret can be used as a string. */
struct secret {
	size_t size;
	char bytes[];
};

/* Reserve the locked arena, forbid core dumps and ptrace by the same user.
 * Once, before any thread. A system that refuses to lock memory is no error.
 * 0 or -ENOMEM. Without it secrets live in ordinary memory, still wiped. */
int secret_init(void);

/* Zeroed. NULL: no memory. */
struct secret *secret_new(size_t size);

/* A copy of `size` bytes. NULL: no memory. */
struct secret *secret_copy(const void *bytes, size_t size);

/* The same in ordinary memory, for what lives no longer than one request and
 * came out of a socket's buffer, or goes into one: those are not locked either.
 * Peers cannot use up the locked arena with it, nor wait for its lock. */
struct secret *secret_new_brief(size_t size);
struct secret *secret_copy_brief(const void *bytes, size_t size);

/* Wipes. NULL is fine. */
void secret_free(struct secret *secret);
CLEANUP_DEFINE(secret)

/* Wipe memory that held a secret. */
void secret_wipe(void *bytes, size_t size);

/* Equal in constant time, for a given size. */
bool secret_equal(const void *a, const void *b, size_t size);

/* Equal texts, in time that depends on the length of `given` alone. */
bool secret_equal_text(const char *expected, const char *given);

#endif
