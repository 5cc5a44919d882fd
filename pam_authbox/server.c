#include "pam_authbox/server.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "authbox/pam_protocol.h"
#include "base/cleanup.h"
#include "wire/stream.h"

/* Only root's folders, which nobody else may write to: in a folder with the
 * sticky bit anybody could have been first to take the name. Tests and
 * screen lockers run as somebody else and risk only themselves. */
static bool
is_trusted_folder(const struct stat *folder, uid_t self)
{
	bool is_sticky = folder->st_mode & S_ISVTX;

	if (!S_ISDIR(folder->st_mode))
		return false;
	if (folder->st_uid != 0 && folder->st_uid != self)
		return false;
	return !(folder->st_mode & (S_IWGRP | S_IWOTH)) ||
	       (self != 0 && is_sticky);
}

/* Look at the folder in front of each slash, from the root down: what is
 * below a trusted folder cannot be swapped after it was looked at. */
static int
check_folders(pam_handle_t *pamh, const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	uid_t self = geteuid();
	struct stat st;

	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		size_t size = at == path ? 1 : (size_t)(at - path);

		memcpy(folder, path, size);
		folder[size] = '\0';
		if (lstat(folder, &st) < 0)
			return -errno;
		if (is_trusted_folder(&st, self))
			continue;
		pam_syslog(pamh, LOG_ERR,
		    "will not use the socket %s: %s must be a folder of "
		    "root's that nobody else can write to",
		    path, folder);
		return -EPERM;
	}
	return 0;
}

static int
connect_socket(int fd, const struct sockaddr_un *address)
{
	const struct timeval patience = {.tv_usec = PAM_CONNECT_MS * 1000};
	int64_t deadline_ms = stream_now_ms() + PAM_CONNECT_MS;

	/* A full backlog makes connect(2) wait as long as a send may. */
	if (setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;

	do {
		if (connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) == 0)
			return 0;
	} while (errno == EINTR && stream_now_ms() < deadline_ms);
	return errno == EAGAIN || errno == EINTR ? -ETIMEDOUT : -errno;
}

static int
check_server(pam_handle_t *pamh, const char *path, int fd, uid_t owner)
{
	struct ucred server;
	socklen_t size = sizeof(server);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &server, &size) < 0)
		return -errno;
	if (server.uid == 0 || server.uid == owner)
		return 0;

	pam_syslog(pamh, LOG_ERR,
	    "will not use the socket %s: uid %u serves it, which is neither "
	    "root nor its owner",
	    path, (unsigned)server.uid);
	return -EPERM;
}

static int
open_socket(pam_handle_t *pamh, const char *path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO_FD fd = -1;
	struct stat st;
	int r;

	r = check_folders(pamh, path);
	if (r < 0)
		return r;
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, strlen(path) + 1);
	r = connect_socket(fd, &address);
	if (r == 0)
		r = check_server(pamh, path, fd, st.st_uid);
	if (r < 0)
		return r;

	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
server_connect(pam_handle_t *pamh, const char *path, int *ret_fd)
{
	int r = open_socket(pamh, path, ret_fd);

	if (r < 0 && r != -EPERM) {
		errno = -r;
		pam_syslog(pamh, LOG_ERR,
		    "cannot reach authboxd at %s: %m; is it running?", path);
	}
	return r;
}
