#include "userdb/own_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define FILE_BYTES_MAX 32768
#define NAME_BYTES     32
#define END	       ".json"
#define TEMPORARY      "new.tmp"

int
own_copy_open(const char *path, int *ret_dir_fd)
{
	AUTO_FD fd = -1;
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
		return -errno;
	*ret_dir_fd = TAKE_FD(fd);
	return 0;
}

/* ---- writing ---- */

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
write_temporary(int dir_fd, const struct secret *text)
{
	AUTO_FD fd = openat(dir_fd, TEMPORARY,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text->bytes, text->size);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int
own_copy_write(int dir_fd, const struct account *account)
{
	AUTO_JSON object = account_print_kept(account);
	AUTO(secret) text = object ? json_print(object) : NULL;
	char name[NAME_BYTES];
	int r;

	if (!text)
		return -ENOMEM;
	(void)snprintf(name, sizeof(name), "%u" END, account->uid);
	r = write_temporary(dir_fd, text);
	if (r == 0 && renameat(dir_fd, TEMPORARY, dir_fd, name) < 0)
		r = -errno;
	if (r == 0 && fsync(dir_fd) < 0)
		r = -errno;
	return r;
}

/* ---- reading ---- */

/* The id that a file is named after, 0: none. */
static uint32_t
uid_of_file(const char *name)
{
	unsigned long uid = strtoul(name, NULL, 10);
	char wanted[NAME_BYTES];

	if (uid > UINT32_MAX)
		return 0;
	(void)snprintf(wanted, sizeof(wanted), "%lu" END, uid);
	return streq(name, wanted) ? (uint32_t)uid : 0;
}

static int
read_text(int dir_fd, const char *name, char *ret_text, size_t *ret_size)
{
	AUTO_FD fd = openat(
	    dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_text, FILE_BYTES_MAX);
	if (n < 0)
		return -errno;
	*ret_size = (size_t)n;
	return 0;
}

static int
read_account(
    int dir_fd, const char *name, uint32_t uid, struct account **ret_account)
{
	AUTO_TEXT text = malloc(FILE_BYTES_MAX);
	AUTO(account) account = NULL;
	AUTO_JSON object = NULL;
	const char *wrong = "";
	size_t size = 0;
	int r;

	if (!text)
		return -ENOMEM;
	r = read_text(dir_fd, name, text, &size);
	if (r == 0)
		r = json_parse(text, size, &object, &wrong);
	if (r == 0)
		r = account_parse_kept(object, &account, &wrong);
	if (r == 0 && account->uid != uid)
		r = -EINVAL;
	if (r == 0)
		*ret_account = TAKE(account);
	return r;
}

/* What stands for a file that cannot be read. */
static int
take_file(int dir_fd, const char *name, uint32_t uid, struct roll *roll)
{
	struct account *account = NULL;
	int r = read_account(dir_fd, name, uid, &account);

	if (r == 0) {
		r = roll_put(roll, account);
		if (r == 0)
			return 0;
		account_free(account);
	}
	if (r == -ENOMEM || r == -ENOSPC)
		return r;

	log_error("the record %s cannot be used (%s); its id stays reserved",
	    name, strerror(-r));
	account = account_new_reservation("", uid);
	r = account ? roll_put(roll, account) : -ENOMEM;
	if (r < 0)
		account_free(account);
	return r;
}

int
own_copy_read(int dir_fd, struct roll *roll)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int r = 0;

	if (!folder) {
		r = -errno;
		if (copy >= 0)
			(void)close(copy); /* nothing is left to be told */
		return r;
	}
	while (r == 0) {
		uint32_t uid;

		errno = 0;
		entry = readdir(folder);
		if (!entry) {
			r = -errno;
			break;
		}
		uid = uid_of_file(entry->d_name);
		if (uid != 0)
			r = take_file(dir_fd, entry->d_name, uid, roll);
	}
	(void)closedir(folder); /* it was only read */
	return r;
}
