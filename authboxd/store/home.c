#include "store/home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LOCK "authbox.lock"
#define LOG  HOME_DATABASE "-wal"

static int
refuse(struct fault *fault, const char *dir, const char *name)
{
	int error = errno;

	return fault_set(fault, -error,
	    "%s/%s cannot be used: %s; repair that and restart authboxd", dir,
	    name, strerror(error));
}

/* A file of ours, made where it is missing. */
static int
open_own(int dir_fd, const char *name)
{
	AUTO_FD fd = openat(
	    dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
		return -1;
	return TAKE_FD(fd);
}

static int
open_folder(const char *dir)
{
	AUTO_FD fd = -1;
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
		return -1;
	return TAKE_FD(fd);
}

/* SQLite takes an empty database for a reason to remove the log beside it,
 * which may hold all that there is. */
static int
check_log(int dir_fd, const char *dir, struct fault *fault)
{
	struct stat database, log;

	if (fstatat(dir_fd, HOME_DATABASE, &database, AT_SYMLINK_NOFOLLOW) < 0)
		database.st_size = 0;
	if (database.st_size > 0 ||
	    fstatat(dir_fd, LOG, &log, AT_SYMLINK_NOFOLLOW) < 0 ||
	    log.st_size == 0)
		return 0;
	return fault_set(fault, -EBADMSG,
	    "%s/%s is missing or empty, but %s is there: put both back "
	    "from a backup, or remove both to begin anew, and restart authboxd",
	    dir, HOME_DATABASE, LOG);
}

int
home_open(const char *dir, struct fault *fault, int *ret_lock)
{
	AUTO_FD dir_fd = open_folder(dir);
	AUTO_FD lock = -1;
	AUTO_FD database = -1;
	int r;

	if (dir_fd < 0)
		return refuse(fault, dir, "");
	lock = open_own(dir_fd, LOCK);
	if (lock < 0)
		return refuse(fault, dir, LOCK);
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : refuse(fault, dir, LOCK);

	r = check_log(dir_fd, dir, fault);
	if (r < 0)
		return r;
	database = open_own(dir_fd, HOME_DATABASE);
	if (database < 0)
		return refuse(fault, dir, HOME_DATABASE);
	(void)unlinkat(dir_fd, HOME_BACKUP, 0); /* usually there is none */

	*ret_lock = TAKE_FD(lock);
	return 0;
}
