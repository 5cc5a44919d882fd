#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#define LOG_BYTES     4194304
#define SPARE_PAGES   256 /* made when fewer than half of it are left */
/* What a page of a long value carries. */
#define PAYLOAD_BYTES (SQLITE_PAGE_BYTES - 4)

/* SQLite's locks are on its other files, so that closing a descriptor of this
 * one loses none. */
static int
open_log(const char *path)
{
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s-wal", path);
	return open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

int
reserve_log(const char *path)
{
	static const char zeros[65536];
	AUTO_FD fd = open_log(path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size >= LOG_BYTES)
		return 0;

	/* Written, not fallocate()d: a flush of blocks that were never written
	 * has to change the file system's own records as well. Zeros end
	 * SQLite's reading of a log. */
	while (st.st_size < LOG_BYTES) {
		ssize_t n = pwrite(fd, zeros, sizeof(zeros), st.st_size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			st.st_size += n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

void
reserve_clear_log(const char *path)
{
	static const char header[32];
	AUTO_FD fd = open_log(path);

	/* Best effort: a whole log of this very database does no harm. */
	if (fd >= 0 && pwrite(fd, header, sizeof(header), 0) > 0)
		(void)fdatasync(fd);
}

static int
read_number(struct sqlite *writer, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement;
	int result;

	result = sqlite3_prepare_v2(
	    sqlite_get_handle(writer), sql, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return result == SQLITE_ROW
		   ? 0
		   : sqlite_failed(writer, "count pages", result);
}

static int
set_page_limit(struct sqlite *writer, int64_t pages)
{
	char sql[64];
	int64_t now;

	(void)snprintf(
	    sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages);
	return read_number(writer, sql, &now);
}

/* Add pages by writing a long value, which then gives them back. */
static int
make_spare(struct sqlite *writer)
{
	char sql[160];
	int r, result;

	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO item (key, value) VALUES (char(1), zeroblob(%d));"
	    "DELETE FROM item WHERE key = char(1)",
	    SPARE_PAGES * PAYLOAD_BYTES);
	r = sqlite_begin(writer);
	if (r < 0)
		return r;
	result = sqlite3_exec(sqlite_get_handle(writer), sql, NULL, NULL, NULL);
	if (result != SQLITE_OK) {
		r = sqlite_failed(writer, "reserve space", result);
		sqlite_rollback(writer);
		return r;
	}
	return sqlite_commit(writer);
}

int
reserve_pages(struct sqlite *writer)
{
	int64_t pages, spare, wanted;
	int r;

	r = read_number(writer, "PRAGMA page_count", &pages);
	if (r == 0)
		r = read_number(writer, "PRAGMA freelist_count", &spare);
	if (r < 0 || spare >= SPARE_PAGES / 2)
		return r;

	/* The space first, then the leave to use it. */
	wanted = (pages + SPARE_PAGES - spare + 8) * SQLITE_PAGE_BYTES;
	if (sqlite3_file_control(sqlite_get_handle(writer), "main",
		SQLITE_FCNTL_SIZE_HINT, &wanted) != SQLITE_OK) {
		r = set_page_limit(writer, pages);
		return r < 0 ? r : -ENOSPC;
	}
	r = set_page_limit(writer, wanted / SQLITE_PAGE_BYTES);
	return r < 0 ? r : make_spare(writer);
}
