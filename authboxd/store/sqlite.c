/*
 * SQLite in WAL mode, synchronous=FULL: a commit appends its pages to the log
 * and flushes it once. The log is never cut, so that it does not have to grow
 * again (reserve.h). Checkpoints are somebody else's (checkpoint.h).
 *
 * The file system layer "unix-excl" lets no other process in, and so can keep
 * the index of the log in memory. As a file it would be cut and made anew at
 * each start, which on a full disk ends in SIGBUS.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "base/log.h"

#define WRITER_CACHE_KIB 8192
#define BUSY_SHORT	 100
#define BUSY_TRIES_MAX	 3000

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	FIND,
	FIND_BETWEEN,
	FIND_ABOVE,
	INSERT,
	REPLACE,
	DELETE,
	FIND_META,
	PUT_META,
	STATEMENT_COUNT,
};

static const char *const statement_text[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    /* Who asks for a key has it: as a column it would be copied. */
    [FIND] = "SELECT id, value FROM item WHERE key = ?1",
    [FIND_BETWEEN] = "SELECT id, value, key FROM item"
		     " WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT 1",
    [FIND_ABOVE] = "SELECT id, value, key FROM item"
		   " WHERE id > ?1 ORDER BY id LIMIT 1",
    [INSERT] = "INSERT INTO item (key, value) VALUES (?1, ?2)",
    [REPLACE] = "UPDATE item SET value = ?2 WHERE id = ?1",
    [DELETE] = "DELETE FROM item WHERE id = ?1",
    [FIND_META] = "SELECT rowid, value FROM meta WHERE name = ?1",
    [PUT_META] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
		 " ON CONFLICT (name) DO UPDATE SET value = ?2",
};

/* Keys have an index of their own, so that a login changes one page: in a
 * table sorted by key, a record over a quarter of a page would spill into
 * others. */
static const char tables[] =
    "CREATE TABLE item (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " value BLOB NOT NULL);"
    "CREATE TABLE meta (name TEXT NOT NULL UNIQUE, value BLOB NOT NULL);"
    "PRAGMA user_version = 1;";

_Static_assert(SQLITE_LAYOUT == 1, "the tables above say so");

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared at first use */
	sqlite3_stmt *reading;			   /* of the row that is lent */
	int log_pages;
	int failing; /* the result that was logged last, 0 when all is well */
};

static int
to_errno(struct sqlite *sqlite, int result)
{
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	}
	if (result == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	/* A used-up quota is told as an error of the disk. */
	return sqlite3_system_errno(sqlite->db) == EDQUOT ? -ENOSPC : -EIO;
}

/* Log a failure once, and make it an errno. */
int
sqlite_failed(struct sqlite *sqlite, const char *what, int result)
{
	/* Whether a full disk matters is seen by who then makes room. */
	if ((result & 0xff) == SQLITE_FULL)
		return -ENOSPC;
	if (sqlite->failing != result)
		log_error("store: cannot %s: %s (SQLite %d)", what,
		    sqlite3_errmsg(sqlite->db), result);
	sqlite->failing = result;
	return to_errno(sqlite, result);
}

static int
run(struct sqlite *sqlite, const char *sql)
{
	int result = sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0
				   : sqlite_failed(sqlite, "set up", result);
}

static int
remember_log_pages(void *context, sqlite3 *db, const char *name, int pages)
{
	struct sqlite *sqlite = context;

	(void)db;
	(void)name;
	sqlite->log_pages = pages;
	return SQLITE_OK;
}

/* Other connections hold a lock of SQLite's for some instructions only: a
 * reader that met the index of the log half written. */
static int
wait_for_lock(void *context, int tries)
{
	struct timespec wait = {
	    .tv_nsec = tries < BUSY_SHORT ? 20000 : 1000000};

	(void)context;
	if (tries >= BUSY_TRIES_MAX)
		return 0;
	(void)nanosleep(&wait, NULL); /* cut short is fine */
	return 1;
}

static int
set_up(struct sqlite *sqlite, enum sqlite_role role)
{
	int keep = 1, chunk = SQLITE_PAGE_BYTES, r;
	char text[64];

	(void)sqlite3_extended_result_codes(sqlite->db, 1);
	(void)sqlite3_busy_handler(sqlite->db, wait_for_lock, NULL);
	/* The file may have been tampered with. */
	(void)sqlite3_db_config(
	    sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	(void)sqlite3_db_config(
	    sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);

	/* From the start: a log beside a file that cannot be read may hold all
	 * that is left. */
	(void)sqlite3_file_control(
	    sqlite->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	r = run(sqlite, "PRAGMA temp_store = MEMORY");
	if (r == 0)
		r = run(sqlite, "PRAGMA synchronous = FULL");
	if (r < 0 || role == SQLITE_READER)
		return r;

	(void)snprintf(
	    text, sizeof(text), "PRAGMA cache_size = -%d", WRITER_CACHE_KIB);
	r = run(sqlite, text);
	if (r == 0)
		r = run(sqlite,
		    "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE;"
		    "PRAGMA journal_mode = WAL;"
		    "PRAGMA journal_size_limit = -1");
	/* Lets the file be made longer (reserve.c). A larger chunk would leave
	 * holes: checkpoints round the file's length up to it. */
	(void)sqlite3_file_control(
	    sqlite->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	/* Takes the place of SQLite's own checkpoints inside commits. */
	(void)sqlite3_wal_hook(sqlite->db, remember_log_pages, sqlite);
	return r;
}

int
sqlite_open(const char *path, enum sqlite_role role, struct sqlite **ret_sqlite)
{
	AUTO(sqlite) sqlite = calloc(1, sizeof(*sqlite));
	int r;

	if (!sqlite)
		return -ENOMEM;
	r = sqlite3_open_v2(path, &sqlite->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    "unix-excl");
	if (!sqlite->db)
		return -ENOMEM;
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "open the database", r);
	r = set_up(sqlite, role);
	if (r < 0)
		return r;

	*ret_sqlite = TAKE(sqlite);
	return 0;
}

void
sqlite_free(struct sqlite *sqlite)
{
	if (!sqlite)
		return;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(sqlite->statements[i]);
	/* Only a statement left open could make this fail. */
	(void)sqlite3_close(sqlite->db);
	free(sqlite);
}

static int
prepare(struct sqlite *sqlite, enum statement which, sqlite3_stmt **ret)
{
	int r = SQLITE_OK;

	*ret = NULL;
	if (!sqlite->statements[which])
		r = sqlite3_prepare_v3(sqlite->db, statement_text[which], -1,
		    SQLITE_PREPARE_PERSISTENT, &sqlite->statements[which],
		    NULL);
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "prepare", r);
	*ret = sqlite->statements[which];
	return 0;
}

/* Run a prepared statement that gives no row, and free what it holds. */
static int
step(struct sqlite *sqlite, sqlite3_stmt *statement, const char *what)
{
	int result = sqlite3_step(statement), r = 0;

	if (result != SQLITE_DONE)
		r = sqlite_failed(sqlite, what, result);
	(void)sqlite3_reset(statement); /* says the same again */
	return r;
}

static int
run_statement(struct sqlite *sqlite, enum statement which, const char *what)
{
	sqlite3_stmt *statement;
	int r = prepare(sqlite, which, &statement);

	return r < 0 ? r : step(sqlite, statement, what);
}

int
sqlite_begin(struct sqlite *sqlite)
{
	return run_statement(sqlite, BEGIN, "begin");
}

int
sqlite_commit(struct sqlite *sqlite)
{
	int r = run_statement(sqlite, COMMIT, "commit");

	if (r < 0) {
		sqlite_rollback(sqlite);
		return r;
	}
	sqlite->failing = 0;
	return 0;
}

bool
sqlite_is_in_transaction(struct sqlite *sqlite)
{
	return !sqlite3_get_autocommit(sqlite->db);
}

void
sqlite_rollback(struct sqlite *sqlite)
{
	/* SQLite itself rolls back after some errors. */
	if (!sqlite_is_in_transaction(sqlite))
		return;
	/* Leaves no transaction even when it fails. */
	(void)run_statement(sqlite, ROLLBACK, "roll back");
}

int
sqlite_make_tables(struct sqlite *sqlite)
{
	return run(sqlite, tables);
}

int
sqlite_get_format(struct sqlite *sqlite, int *ret_format)
{
	static const char sql[] = "SELECT user_version, (SELECT count(*) FROM"
				  " sqlite_schema) FROM pragma_user_version";
	sqlite3_stmt *statement;
	int result, tables_found = 0;

	result = sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result != SQLITE_ROW) {
		(void)sqlite3_finalize(statement);
		return sqlite_failed(sqlite, "read the format", result);
	}
	*ret_format = sqlite3_column_int(statement, 0);
	tables_found = sqlite3_column_int(statement, 1);
	(void)sqlite3_finalize(statement);
	/* Either of the two without the other is not our work. */
	return (*ret_format == 0) == (tables_found == 0) ? 0 : -EBADMSG;
}

/* The statement's first row: id, value and, unless `key` is given, its key. */
static int
read_row(struct sqlite *sqlite, sqlite3_stmt *statement, const char *key,
    struct sqlite_row *ret_row)
{
	int result = sqlite3_step(statement);

	sqlite->reading = statement;
	if (result == SQLITE_DONE)
		return 0;
	if (result != SQLITE_ROW)
		return sqlite_failed(sqlite, "read", result);

	ret_row->id = sqlite3_column_int64(statement, 0);
	ret_row->value = sqlite3_column_blob(statement, 1);
	ret_row->size = (size_t)sqlite3_column_bytes(statement, 1);
	ret_row->key =
	    key ? key : (const char *)sqlite3_column_text(statement, 2);
	if (!ret_row->key || (!ret_row->value && ret_row->size > 0))
		return -ENOMEM;
	return 1;
}

static int
find_text(struct sqlite *sqlite, enum statement which, const char *text,
    const char *end, struct sqlite_row *ret_row)
{
	sqlite3_stmt *statement;
	int r = prepare(sqlite, which, &statement);

	if (r < 0)
		return r;
	r = sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
	if (r == SQLITE_OK && end)
		r = sqlite3_bind_text(statement, 2, end, -1, SQLITE_STATIC);
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "read", r);
	return read_row(sqlite, statement, end ? NULL : text, ret_row);
}

int
sqlite_find(struct sqlite *sqlite, const char *key, struct sqlite_row *ret_row)
{
	return find_text(sqlite, FIND, key, NULL, ret_row);
}

int
sqlite_find_between(struct sqlite *sqlite, const char *from, const char *end,
    struct sqlite_row *ret_row)
{
	return find_text(sqlite, FIND_BETWEEN, from, end, ret_row);
}

int
sqlite_find_meta(
    struct sqlite *sqlite, const char *name, struct sqlite_row *ret_row)
{
	return find_text(sqlite, FIND_META, name, NULL, ret_row);
}

int
sqlite_find_above(struct sqlite *sqlite, int64_t id, struct sqlite_row *ret_row)
{
	sqlite3_stmt *statement;
	int r = prepare(sqlite, FIND_ABOVE, &statement);

	if (r < 0)
		return r;
	r = sqlite3_bind_int64(statement, 1, id);
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "read", r);
	return read_row(sqlite, statement, NULL, ret_row);
}

void
sqlite_done(struct sqlite *sqlite)
{
	if (sqlite->reading)
		(void)sqlite3_reset(sqlite->reading); /* told before */
	sqlite->reading = NULL;
}

/* Write a value under its text or, without one, under its id. */
static int
write_value(struct sqlite *sqlite, enum statement which, const char *text,
    int64_t id, const void *value, size_t size)
{
	sqlite3_stmt *statement;
	int r = prepare(sqlite, which, &statement);

	if (r < 0)
		return r;
	r = text ? sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC)
		 : sqlite3_bind_int64(statement, 1, id);
	if (r == SQLITE_OK)
		r = sqlite3_bind_blob64(
		    statement, 2, value, size, SQLITE_STATIC);
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "write", r);
	return step(sqlite, statement, "write");
}

int
sqlite_insert(
    struct sqlite *sqlite, const char *key, const void *value, size_t size)
{
	return write_value(sqlite, INSERT, key, 0, value, size);
}

int
sqlite_replace(
    struct sqlite *sqlite, int64_t id, const void *value, size_t size)
{
	return write_value(sqlite, REPLACE, NULL, id, value, size);
}

int
sqlite_put_meta(
    struct sqlite *sqlite, const char *name, const void *value, size_t size)
{
	return write_value(sqlite, PUT_META, name, 0, value, size);
}

int
sqlite_delete(struct sqlite *sqlite, int64_t id)
{
	sqlite3_stmt *statement;
	int r = prepare(sqlite, DELETE, &statement);

	if (r < 0)
		return r;
	r = sqlite3_bind_int64(statement, 1, id);
	if (r != SQLITE_OK)
		return sqlite_failed(sqlite, "write", r);
	return step(sqlite, statement, "write");
}

struct sqlite3 *
sqlite_get_handle(struct sqlite *sqlite)
{
	return sqlite->db;
}

int
sqlite_get_log_pages(const struct sqlite *sqlite)
{
	return sqlite->log_pages;
}

int
sqlite_checkpoint(struct sqlite *sqlite, struct sqlite_log *ret_log)
{
	int result;

	result = sqlite3_wal_checkpoint_v2(sqlite->db, "main",
	    SQLITE_CHECKPOINT_PASSIVE, &ret_log->all, &ret_log->moved);
	if (result == SQLITE_BUSY)
		return -EBUSY;
	if (result != SQLITE_OK)
		return sqlite_failed(sqlite, "checkpoint", result);
	return 0;
}
