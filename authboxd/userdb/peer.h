/* Which program is at the other end of a connection. */
#ifndef USERDB_PEER_H
#define USERDB_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* The peer of a connection is root's sshd: "sshd", or "sshd-session" from
 * OpenSSH 9.8 on. Only root can lie about this, and what sshd is told is no
 * secret: it is to keep users that are not there out of the sight of useradd,
 * chown and packages' scripts. */
bool peer_is_sshd(int fd);

#endif
