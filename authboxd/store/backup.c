#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/epoch.h"
#include "store/home.h"
#include "store/sqlite.h"

#define COPY_BYTES 65536

/* All pages at one go: readers keep commits back no more than writers do, and
 * a copy in parts would begin again at each commit in between. */
static int
copy_pages(struct sqlite *source, sqlite3 *target)
{
	sqlite3_backup *backup;
	int result = SQLITE_OK;

	(void)sqlite3_exec(
	    target, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	backup = sqlite3_backup_init(
	    target, "main", sqlite_get_handle(source), "main");
	if (backup) {
		(void)sqlite3_backup_step(backup, -1);
		result = sqlite3_backup_finish(backup);
	}
	if (backup && result == SQLITE_OK)
		return 0;
	result = sqlite3_extended_errcode(target);
	return (result & 0xff) == SQLITE_FULL
		   ? -ENOSPC
		   : sqlite_failed(source, "back up", result);
}

/* Whoever opens the copy shall know that it is one; also that it needs no log
 * beside it. */
static int
mark_copy(struct sqlite *source, sqlite3 *target)
{
	int result = sqlite3_exec(target,
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY",
	    NULL, NULL, NULL);

	if (result == SQLITE_OK)
		result =
		    sqlite3_exec(target, epoch_mark_copy, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		return 0;
	return (result & 0xff) == SQLITE_FULL
		   ? -ENOSPC
		   : sqlite_failed(source, "back up", result);
}

static int
copy_database(const char *from, const char *to)
{
	AUTO(sqlite) source = NULL;
	sqlite3 *target = NULL;
	int r;

	r = sqlite_open(from, SQLITE_READER, &source);
	if (r < 0)
		return r;
	r = sqlite3_open_v2(
	    to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	r = r == SQLITE_OK ? copy_pages(source, target) : -EIO;
	if (r == 0)
		r = mark_copy(source, target);
	(void)sqlite3_close(target);
	return r;
}

static int
write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int
send_file(int from, int to)
{
	AUTO_TEXT buffer = malloc(COPY_BYTES);
	ssize_t n;
	int r;

	if (!buffer)
		return -ENOMEM;
	while ((n = read(from, buffer, COPY_BYTES)) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		r = n > 0 ? write_all(to, buffer, (size_t)n) : 0;
		if (r < 0)
			return r;
	}
	/* A pipe cannot be flushed, and need not be. */
	return fsync(to) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

int
backup_copy(const char *dir, const char *name, int fd)
{
	char from[PATH_MAX], to[PATH_MAX];
	AUTO_FD copy = -1;
	int r;

	(void)snprintf(from, sizeof(from), "%s/%s", dir, name);
	(void)snprintf(to, sizeof(to), "%s/%s", dir, HOME_BACKUP);
	copy = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (copy < 0)
		return errno == EEXIST ? -EBUSY : -errno;

	r = copy_database(from, to);
	if (r == 0)
		r = send_file(copy, fd);
	(void)unlink(to); /* else at the next start */
	return r;
}
