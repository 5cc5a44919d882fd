/*
 * The order that survives a crash at any point: the file names the old and the
 * new epoch, then the database has the new one, then the file forgets the old.
 */
#include "store/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

#define DIGITS	   32
#define EPOCHS_MAX 2
#define FILE_NAME  "store.epoch"
#define FILE_NEW   FILE_NAME ".new"
#define NO_EPOCH   "00000000000000000000000000000000"
#define EPOCH	   "epoch"
#define COPY	   "copy"

const char epoch_mark_copy[] =
    "INSERT INTO meta (name, value) VALUES ('" COPY "', 'yes')"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/* ---- the file ---- */

/* Its lines into `epochs`, all "" before. 1; 0: there is no file; < 0. */
static int
read_file(const char *dir, char epochs[EPOCHS_MAX][DIGITS + 1])
{
	AUTO_FD dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD fd = -1;
	char text[EPOCHS_MAX * (DIGITS + 1) + 1] = "";
	ssize_t size;

	if (dir_fd >= 0)
		fd = openat(dir_fd, FILE_NAME,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	do
		size = read(fd, text, sizeof(text) - 1);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	for (size_t i = 0; i < EPOCHS_MAX; i++)
		if ((size_t)size >= (i + 1) * (DIGITS + 1))
			memcpy(epochs[i], text + i * (DIGITS + 1), DIGITS);
	return 1;
}

static int
write_text(int fd, const char *text)
{
	size_t size = strlen(text);
	ssize_t n;

	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n != size)
		return -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

static int
write_file(const char *dir, const char *new, const char *old)
{
	AUTO_FD dir_fd = -1;
	AUTO_FD fd = -1;
	char text[EPOCHS_MAX * (DIGITS + 1) + 1];
	int r;

	/* Where the key is a credential there may be no folder. */
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	fd = openat(dir_fd, FILE_NEW,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%s\n%s\n", new, old);
	r = write_text(fd, text);
	if (r < 0)
		return r;
	if (renameat(dir_fd, FILE_NEW, dir_fd, FILE_NAME) < 0)
		return -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}

/* ---- the database ---- */

/* `none` where there is none. */
static int
read_meta(struct sqlite *sqlite, const char *name, const char *none,
    char ret_text[DIGITS + 1])
{
	struct sqlite_row row;
	int r = sqlite_find_meta(sqlite, name, &row);

	(void)strcpy(ret_text, none);
	if (r > 0 && row.size > DIGITS)
		r = -EBADMSG;
	if (r > 0 && row.size > 0) {
		memcpy(ret_text, row.value, row.size);
		ret_text[row.size] = '\0';
	}
	sqlite_done(sqlite);
	return r < 0 ? r : 0;
}

static int
write_meta(struct sqlite *sqlite, const char *epoch)
{
	int r = sqlite_begin(sqlite);

	if (r == 0)
		r = sqlite_put_meta(sqlite, EPOCH, epoch, strlen(epoch));
	if (r == 0)
		r = sqlite_put_meta(sqlite, COPY, "", 0);
	if (r == 0)
		r = sqlite_commit(sqlite);
	sqlite_rollback(sqlite);
	return r;
}

/* ---- what others call ---- */

int
epoch_check(struct sqlite *sqlite, const char *key_dir, bool *ret_is_copy)
{
	char epochs[EPOCHS_MAX][DIGITS + 1] = {"", ""};
	char epoch[DIGITS + 1], copy[DIGITS + 1];
	int r, has_file;

	r = read_meta(sqlite, EPOCH, NO_EPOCH, epoch);
	if (r == 0)
		r = read_meta(sqlite, COPY, "", copy);
	if (r < 0)
		return r;
	has_file = read_file(key_dir, epochs);
	if (has_file < 0)
		log_warning("store: cannot read %s/" FILE_NAME ": %s", key_dir,
		    strerror(-has_file));
	/* Data of a program that knew of no epochs, or that is new. */
	if (has_file == 0)
		(void)strcpy(epochs[0], NO_EPOCH);
	*ret_is_copy =
	    *copy || !(streq(epoch, epochs[0]) || streq(epoch, epochs[1]));
	return 0;
}

int
epoch_renew(struct sqlite *sqlite, const char *key_dir)
{
	char old[DIGITS + 1], new[DIGITS + 1];
	int r;

	r = read_meta(sqlite, EPOCH, NO_EPOCH, old);
	if (r == 0)
		r = random_hex(new, DIGITS);
	if (r == 0)
		r = write_file(key_dir, new, old);
	if (r == 0)
		r = write_meta(sqlite, new);
	if (r == 0)
		r = write_file(key_dir, new, new);
	return r;
}
