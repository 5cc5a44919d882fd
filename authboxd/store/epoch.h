/*
 * Whether the data is what it was when it was last closed, or an older copy
 * that was put back: in a copy, codes are unused that were used since.
 *
 * A random number, the epoch, stands in the database and in a file beside the
 * store's key: whoever puts the state folder back leaves the key's folder
 * alone. It changes whenever the store is opened and closed, so that a copy
 * made of the files at any time before differs from the file. A copy made by
 * the daemon itself (backup.h) says that it is one.
 *
 * What cannot be told: both folders put back together, such as by a snapshot
 * of a whole machine; and a copy of the files made since the store was opened
 * last, when the daemon was killed before it was put back.
 */
#ifndef STORE_EPOCH_H
#define STORE_EPOCH_H

#include <stdbool.h>

#include "store/sqlite.h"

/* Marks the copy `database` as one (SQL). */
extern const char epoch_mark_copy[];

/* *ret_is_copy: an older copy, or it cannot be told for sure that it is none.
 * < 0: the database cannot be read. */
int epoch_check(struct sqlite *sqlite, const char *key_dir, bool *ret_is_copy);

/* From now on, this is the store: begin a new epoch. When it fails, the epoch
 * is the old one or the new one, and both are good. */
int epoch_renew(struct sqlite *sqlite, const char *key_dir);

#endif
