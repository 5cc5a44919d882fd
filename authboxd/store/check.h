/* Look at everything there is. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/readers.h"

/* Unseal every item, then have SQLite check the file at `path`. As
 * store_check(). */
int check_run(const char *path, struct readers *readers, char **ret_report);

#endif
