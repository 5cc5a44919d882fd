/*
 * The name of the process is read, not the path of its program: that takes the
 * right to trace root's processes. The number may belong to another process
 * by now, but then to one that root started, and the one that asked is gone.
 */
#include "userdb/peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/text.h"

#define COMM_BYTES 32 /* TASK_COMM_LEN is 16 */

static bool
read_comm(pid_t pid, char ret_comm[COMM_BYTES])
{
	char path[64];
	AUTO_FD fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, ret_comm, COMM_BYTES - 1);
	if (n <= 0 || ret_comm[n - 1] != '\n')
		return false;
	ret_comm[n - 1] = '\0';
	return true;
}

bool
peer_is_sshd(int fd)
{
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);
	char comm[COMM_BYTES];

	/* A process of another PID namespace has the number 0. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    peer.uid != 0 || peer.pid <= 0 || !read_comm(peer.pid, comm))
		return false;
	return streq(comm, "sshd") || streq(comm, "sshd-session");
}
