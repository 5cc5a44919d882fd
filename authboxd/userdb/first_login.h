/*
 * What sshd is told of users who are not there yet, over the one socket that
 * nss-systemd asks. Every look-up that root makes on this host comes here, so
 * the thread that runs this never waits for anything but its peers, and for
 * each of them only a second: what is not in memory is asked of a finder.
 */
#ifndef USERDB_FIRST_LOGIN_H
#define USERDB_FIRST_LOGIN_H

#include "userdb/finder.h"

struct first_login;

/* `socket_path` is where the socket is while Provisioning has firstLogin; kept
 * by reference. */
int first_login_new(struct userdb *userdb, const char *socket_path,
    struct first_login **ret_first_login);
void first_login_free(struct first_login *first_login); /* NULL is fine */
CLEANUP_DEFINE(first_login)

/* Make the socket, or remove it, as the configuration says now. */
int first_login_adjust(struct first_login *first_login);

/* Answer for at most `wait_ms`. 1: `other_fd` can be read; 0: it cannot; < 0:
 * poll(2) failed. */
int first_login_run(struct first_login *first_login, int other_fd, int wait_ms);

#endif
