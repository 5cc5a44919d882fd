#include "store/key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base32.h"
#include "base/log.h"
#include "base/random.h"
#include "store/seal.h"

#define FILE_BYTES_MAX 256
#define CREDENTIAL     "authbox.storekey"
#define CURRENT	       "store.key"
#define NEXT	       "store.key.new"

static const char prefix[] = "authbox-store-key-1:";

struct secret *
key_print(const struct secret *key)
{
	AUTO(secret) digits = base32_encode(key->bytes, key->size);
	AUTO(secret) text = NULL;

	if (!digits)
		return NULL;
	text = secret_new(sizeof(prefix) - 1 + digits->size);
	if (!text)
		return NULL;
	memcpy(text->bytes, prefix, sizeof(prefix) - 1);
	memcpy(text->bytes + sizeof(prefix) - 1, digits->bytes, digits->size);
	return TAKE(text);
}

static int
key_parse(struct secret *text, struct secret **ret_key)
{
	AUTO(secret) key = NULL;
	size_t end = text->size;
	int r;

	while (end > 0 && isspace((unsigned char)text->bytes[end - 1]))
		text->bytes[--end] = 0;
	if (strlen(text->bytes) != end || end < sizeof(prefix) - 1 ||
	    !secret_equal(text->bytes, prefix, sizeof(prefix) - 1))
		return -EBADMSG;

	r = base32_decode(text->bytes + sizeof(prefix) - 1, &key);
	if (r < 0)
		return r;
	if (key->size != SEAL_KEY_BYTES)
		return -EBADMSG;

	*ret_key = TAKE(key);
	return 0;
}

/* Read a small file whole. -EBADMSG: longer than any key. */
static int
read_text(int fd, struct secret **ret_text)
{
	AUTO(secret) buffer = secret_new(FILE_BYTES_MAX);
	size_t used = 0;
	ssize_t n = 1;

	if (!buffer)
		return -ENOMEM;
	while (n != 0) {
		n = read(fd, buffer->bytes + used, FILE_BYTES_MAX - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			used += (size_t)n;
		if (used == FILE_BYTES_MAX)
			return -EBADMSG;
	}
	*ret_text = secret_copy(buffer->bytes, used);
	return *ret_text ? 0 : -ENOMEM;
}

static int
key_read(
    const char *dir, const char *name, bool private, struct secret **ret_key)
{
	AUTO_FD dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD fd = -1;
	AUTO(secret) text = NULL;
	struct stat st;
	int r;

	if (dir_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = openat(dir_fd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | (private ? O_NOFOLLOW : 0));
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (private && (st.st_mode & 077))
		log_warning("%s/%s can be read by others: chmod 400, and run "
			    "authboxctl store rekey",
		    dir, name);

	r = read_text(fd, &text);
	if (r >= 0)
		r = key_parse(text, ret_key);
	return r < 0 ? r : 1;
}

int
key_find(const struct store_paths *paths, struct secret **ret_key,
    bool *ret_credential)
{
	int r = 0;

	if (paths->credentials)
		r = key_read(paths->credentials, CREDENTIAL, false, ret_key);
	*ret_credential = r != 0;
	if (r == 0)
		r = key_read(paths->key_dir, CURRENT, true, ret_key);
	return r;
}

int
key_find_next(const char *dir, struct secret **ret_key)
{
	return key_read(dir, NEXT, true, ret_key);
}

static int
open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int
write_text(int fd, const struct secret *text)
{
	ssize_t n;

	do
		n = write(fd, text->bytes, text->size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n != text->size)
		return -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

int
key_make_next(const char *dir, struct secret **ret_key)
{
	AUTO(secret) key = secret_new(SEAL_KEY_BYTES);
	AUTO(secret) text = NULL;
	AUTO_FD dir_fd = open_dir(dir);
	AUTO_FD fd = -1;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = key ? random_fill(key->bytes, key->size) : -ENOMEM;
	if (r < 0)
		return r;
	text = key_print(key);
	if (!text)
		return -ENOMEM;

	fd = openat(dir_fd, NEXT,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0)
		return -errno;
	r = write_text(fd, text);
	if (r == 0 && fsync(dir_fd) < 0)
		r = -errno;
	if (r < 0) {
		/* Best effort: a cut key is recognised and dropped later. */
		(void)unlinkat(dir_fd, NEXT, 0);
		return r;
	}
	*ret_key = TAKE(key);
	return 0;
}

int
key_promote_next(const char *dir, bool replace)
{
	AUTO_FD dir_fd = open_dir(dir);
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = renameat2(
	    dir_fd, NEXT, dir_fd, CURRENT, replace ? 0 : RENAME_NOREPLACE);
	if (r < 0)
		return -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}

int
key_drop_next(const char *dir)
{
	AUTO_FD dir_fd = open_dir(dir);

	if (dir_fd < 0)
		return dir_fd;
	if (unlinkat(dir_fd, NEXT, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}
