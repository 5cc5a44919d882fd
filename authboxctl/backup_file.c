#include "authboxctl/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup_file {
	const char *path;
	int fd;
	char partial[PATH_MAX]; /* "": it has its name */
};

int
backup_file_new(const char *path, struct backup_file **ret_file)
{
	AUTO(backup_file) file = calloc(1, sizeof(*file));
	struct stat st;
	int fd, size;

	if (!file)
		return -ENOMEM;
	file->path = path;
	file->fd = -1;
	if (lstat(path, &st) == 0)
		return -EEXIST;

	size = snprintf(file->partial, sizeof(file->partial),
	    "%s" BACKUP_FILE_SUFFIX, path);
	fd = size < PATH_MAX
		 ? open(file->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		       0600)
		 : -1;
	if (fd < 0) {
		file->partial[0] = '\0'; /* not ours to remove */
		return size < PATH_MAX ? -errno : -ENAMETOOLONG;
	}
	file->fd = fd;
	*ret_file = TAKE(file);
	return 0;
}

void
backup_file_free(struct backup_file *file)
{
	if (!file)
		return;
	if (file->partial[0])
		(void)unlink(file->partial); /* best effort */
	cleanup_fd(&file->fd);
	free(file);
}

int
backup_file_write(struct backup_file *file, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(file->fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Its folder's entry must be on disk too. */
static int
flush_folder(const char *path)
{
	char copy[PATH_MAX];
	AUTO_FD fd = -1;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int
backup_file_finish(struct backup_file *file)
{
	if (fsync(file->fd) < 0)
		return -errno;
	if (renameat2(AT_FDCWD, file->partial, AT_FDCWD, file->path,
		RENAME_NOREPLACE) < 0) {
		/* Not every file system knows the flag; link(2) does the
		 * same in two steps. */
		if (errno != EINVAL && errno != ENOSYS)
			return -errno;
		if (link(file->partial, file->path) < 0)
			return -errno;
		(void)unlink(file->partial); /* the other name is enough */
	}
	file->partial[0] = '\0';
	return flush_folder(file->path);
}
