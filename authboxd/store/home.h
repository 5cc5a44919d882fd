/* The state folder: ours alone, by mode and by lock. */
#ifndef STORE_HOME_H
#define STORE_HOME_H

#include "store/fault.h"

#define HOME_DATABASE "authbox.db"
#define HOME_BACKUP   "backup.tmp" /* being copied; dropped when found */

/* Make the folder where it is missing, take its lock, and see that there is a
 * database file (empty, when new) that nobody else may read. *ret_lock is the
 * lock's descriptor. -EBUSY: another process has it. */
int home_open(const char *dir, struct fault *fault, int *ret_lock);

#endif
