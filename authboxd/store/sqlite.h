/*
 * One connection to the database file, and all the SQL there is. Items are
 * sealed before they come here.
 *
 * A connection serves one thread at a time. There is one writer; readers and
 * the checkpointer have connections of their own.
 *
 * Errors: -ENOSPC (the disk is full), -EIO, -EBADMSG (the file is damaged),
 * -ENOMEM. What SQLite says more is logged, once until it works again; but of a
 * full disk nothing is.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define SQLITE_PAGE_BYTES 4096
#define SQLITE_LAYOUT	  1 /* of the tables; a newer program's is refused */

struct sqlite;

enum sqlite_role {
	SQLITE_WRITER, /* may create the file; keeps the log when closed */
	SQLITE_READER, /* also for checkpoints */
};

/* `path` must exist, with the mode that its companions shall have. */
int sqlite_open(
    const char *path, enum sqlite_role role, struct sqlite **ret_sqlite);
void sqlite_free(struct sqlite *sqlite);
CLEANUP_DEFINE(sqlite)

/* The format of what is in the file; 0: nothing is. -EBADMSG: not ours. */
int sqlite_get_format(struct sqlite *sqlite, int *ret_format);

/* Within a transaction: make the tables. */
int sqlite_make_tables(struct sqlite *sqlite);

/* Transactions. sqlite_rollback() also ends one that only read; without one it
 * does nothing. A commit that fails has rolled back. */
int sqlite_begin(struct sqlite *sqlite);
int sqlite_commit(struct sqlite *sqlite);
void sqlite_rollback(struct sqlite *sqlite);
bool sqlite_is_in_transaction(struct sqlite *sqlite);

/* A row, lent until sqlite_done(). */
struct sqlite_row {
	int64_t id;
	const char *key;
	const void *value;
	size_t size;
};

/* 1 found; 0 none. sqlite_done() must follow either. */
int
sqlite_find(struct sqlite *sqlite, const char *key, struct sqlite_row *ret_row);
/* The first with `from` <= key < `end`, bytewise. */
int sqlite_find_between(struct sqlite *sqlite, const char *from,
    const char *end, struct sqlite_row *ret_row);
/* The first with an id above `id`. */
int sqlite_find_above(
    struct sqlite *sqlite, int64_t id, struct sqlite_row *ret_row);
void sqlite_done(struct sqlite *sqlite);

int sqlite_insert(
    struct sqlite *sqlite, const char *key, const void *value, size_t size);
int sqlite_replace(
    struct sqlite *sqlite, int64_t id, const void *value, size_t size);
int sqlite_delete(struct sqlite *sqlite, int64_t id);

/* What the store keeps about itself, beside the items. As sqlite_find(). */
int sqlite_find_meta(
    struct sqlite *sqlite, const char *name, struct sqlite_row *ret_row);
int sqlite_put_meta(
    struct sqlite *sqlite, const char *name, const void *value, size_t size);

/* Pages that the log holds since it last began anew; known to the writer. */
int sqlite_get_log_pages(const struct sqlite *sqlite);

/* Pages of the log since it last began anew. */
struct sqlite_log {
	int all, moved; /* into the file */
};

/* Move what the log holds into the file without waiting for anybody. -EBUSY:
 * looked at it in the moment of a commit; try again. */
int sqlite_checkpoint(struct sqlite *sqlite, struct sqlite_log *ret_log);

/* For the few that need more of SQLite than stands above. */
struct sqlite3 *sqlite_get_handle(struct sqlite *sqlite);

/* Log that `what` failed with SQLite's `result`, and make it an errno. */
int sqlite_failed(struct sqlite *sqlite, const char *what, int result);

#endif
