/* Seal everything anew under a fresh key. */
#ifndef STORE_REKEY_H
#define STORE_REKEY_H

#include "store/commit.h"
#include "store/readers.h"
#include "store/unlock.h"

/* Logins that write wait until it ends; readers go on. On success *unlock has
 * the new key; on failure the old key and what is under it are as before. */
int rekey_run(struct commit *commit, struct readers *readers,
    const char *key_dir, struct unlock *unlock, uint64_t *ret_count);

#endif
