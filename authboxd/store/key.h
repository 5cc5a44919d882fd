/*
 * The store key: a systemd credential, or a file in a folder of its own, kept
 * apart from the data so that a copy of the one is useless without the other.
 * As text, in either place and when exported: "authbox-store-key-1:BASE32".
 *
 * A new key is written beside the old one ("next"), and takes its place only
 * when the data is under it.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stdbool.h>

#include "base/secret.h"
#include "store/store.h"

/* Of all that read one: 1 found, *ret_key is the caller's; 0 no such file;
 * -EBADMSG it holds no key; -ENOMEM; another errno: it cannot be read. */

/* The key in force. *ret_credential: it is a credential, which wins. */
int key_find(const struct store_paths *paths, struct secret **ret_key,
    bool *ret_credential);

/* The next key, when a rekey was cut short. */
int key_find_next(const char *dir, struct secret **ret_key);

/* Make a next key, on disk when this returns 0. -EEXIST: there is one. */
int key_make_next(const char *dir, struct secret **ret_key);

/* The next key becomes the key in force, on disk when this returns 0.
 * `replace`: false refuses with -EEXIST where there is one already. */
int key_promote_next(const char *dir, bool replace);

/* Remove the next key; that there is none is fine. */
int key_drop_next(const char *dir);

/* The text form; the caller's. NULL: no memory. */
struct secret *key_print(const struct secret *key);

#endif
