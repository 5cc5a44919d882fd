/*
 * Disk space kept for commits, so that a full disk keeps nobody from logging
 * in: a log that is long already, and unused pages inside the file.
 *
 * A commit may not grow the file by itself. It could: the new page goes to the
 * log. But every checkpoint afterwards would be refused, and the log fill up.
 */
#ifndef STORE_RESERVE_H
#define STORE_RESERVE_H

#include "store/sqlite.h"

/* Make the log of the database `path` as long as it will ever need to be.
 * Nobody may be writing. -ENOSPC, -EIO: it stays shorter. */
int reserve_log(const char *path);

/* When the database is closed and has all that was in the log: empty it, and
 * keep its length. A log that could still be read would spoil another database
 * that is put in the place of this one. */
void reserve_clear_log(const char *path);

/* See that the file has unused pages, and hold the writer to what is there.
 * Outside a transaction, and with no checkpoint by another. -ENOSPC: no more
 * than there was. */
int reserve_pages(struct sqlite *writer);

#endif
