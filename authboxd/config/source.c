/*
 * The file is opened first and looked at afterwards, through the descriptor,
 * so that nobody can exchange it in between. O_NONBLOCK keeps a FIFO from
 * holding the daemon.
 */
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secret.h"

void
source_done(struct source *source)
{
	if (source->bytes)
		secret_wipe(source->bytes, source->size);
	free(source->bytes);
	*source = (struct source){0};
}

static const char *
explain_errno(int error)
{
	switch (error) {
	case ELOOP:
	case EMLINK:
		return "is a symbolic link; put the file itself there";
	case ENOENT:
		return "does not exist; create it";
	case EACCES:
	case EPERM:
		return "may not be read by the daemon; run chgrp authbox and "
		       "chmod 640 on it";
	case ENOTDIR:
		return "is below something that is no folder";
	default:
		return "cannot be read; look for errors of the disk";
	}
}

static int
check_owner(const struct stat *st, const char **ret_why)
{
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		*ret_why = "belongs to another user; run chown root on it";
		return -EPERM;
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		*ret_why = "may be written by group or others; run "
			   "chmod go-w on it";
		return -EPERM;
	}
	return 0;
}

int
source_check_folder(int dir_fd, const char **ret_why)
{
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return -errno;
	return check_owner(&st, ret_why);
}

static int
read_all(int fd, struct source *source, size_t size_max)
{
	ssize_t n;

	source->bytes = calloc(1, size_max + 2);
	if (!source->bytes)
		return -ENOMEM;
	do {
		n = read(fd, source->bytes + source->size,
		    size_max + 1 - source->size);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			source->size += (size_t)n;
	} while (n != 0 && source->size <= size_max);
	return source->size > size_max ? -EFBIG : 0;
}

int
source_read(int dir_fd, const char *name, size_t size_max,
    struct source *ret_source, const char **ret_why)
{
	AUTO_FD fd = openat(dir_fd, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0) {
		r = -errno;
		*ret_why = explain_errno(-r);
		return r;
	}
	return source_read_open(fd, size_max, ret_source, ret_why);
}

int
source_read_open(
    int fd, size_t size_max, struct source *ret_source, const char **ret_why)
{
	struct source source = {0};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0) {
		r = -errno;
		*ret_why = explain_errno(-r);
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		*ret_why = "is not a regular file; put one there";
		return -EPERM;
	}
	r = check_owner(&st, ret_why);
	if (r < 0)
		return r;

	source.others_may_read = st.st_mode & S_IROTH;
	r = read_all(fd, &source, size_max);
	if (r < 0) {
		*ret_why = r == -EFBIG ? "is too large" : explain_errno(-r);
		source_done(&source);
		return r;
	}
	*ret_source = source;
	return 0;
}
