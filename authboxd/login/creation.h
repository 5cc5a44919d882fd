/*
 * Users become real, and what has changed of them does: in account alone.
 *
 * The store first, so that the id is owned before anybody sees it; then
 * authbox-userdb, whose answer means that the user is on disk and that every
 * program on the host sees him; then "yes". Whatever ends the daemon between
 * two of these steps, the next login or the next start goes on from there.
 */
#ifndef LOGIN_CREATION_H
#define LOGIN_CREATION_H

struct login;

/* With VERDICT_ALLOW reached. 0: it stands, or another verdict is reached; < 0:
 * could not find out. */
int creation_make_real(struct login *login);

#endif
