/*
 * The kernel's file mode is what keeps others out; the peer's uid is checked
 * again, since a mode is easily changed.
 */
#include "wire/private_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "base/text.h"

static int
find_passed(const char *name, int *ret_fd)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names), fd = -ENOENT;

	for (int i = 0; i < count; i++) {
		if (streq(names[i], name) &&
		    sd_is_socket_unix(
			SD_LISTEN_FDS_START + i, SOCK_STREAM, 1, NULL, 0) > 0)
			fd = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	if (count < 0 || fd < 0)
		return count < 0 ? count : fd;
	*ret_fd = fd;
	return 0;
}

int
private_socket_open(const char *path, const char *name, int *ret_fd)
{
	int r = path ? listener_bind(path, 0600, ret_fd)
		     : find_passed(name, ret_fd);

	if (r < 0 && path)
		log_error("cannot make %s: %s", path, strerror(-r));
	else if (r < 0)
		log_error("no socket named \"%s\" was passed; start "
			  "authbox-%s.socket, or use --socket",
		    name, name);
	return r;
}

uid_t
private_socket_owner(int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	socklen_t size = sizeof(address) - 1;
	struct stat st;

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
	    address.sun_family != AF_UNIX || address.sun_path[0] == '\0' ||
	    stat(address.sun_path, &st) < 0)
		return geteuid();
	return st.st_uid;
}

static int
nobody_is_self(void *daemon, uid_t peer_uid, const char *user)
{
	(void)daemon;
	(void)peer_uid;
	(void)user;
	return 0;
}

void
private_socket_serve(const struct connection *connection, uid_t owner,
    const struct varlink_interface *interfaces, void *daemon)
{
	uid_t uid = connection->uid;

	if (uid == 0 || uid == owner || uid == geteuid())
		varlink_serve(connection->fd, uid, interfaces, nobody_is_self,
		    NULL, daemon);
	else
		log_warning("uid %u is not authboxd's and may not ask here; "
			    "see the mode of the socket",
		    (unsigned)uid);
}
