/*
 * Without systemd: a parent that makes the sockets, starts authboxd and
 * authbox-fetch on them, starts again whichever ends, and ends both when told
 * to. It has one thread and no secret, and a restart loses no connection that
 * waits, just as under systemd.
 */
#ifndef STANDALONE_H
#define STANDALONE_H

struct options;

/* Until SIGTERM or SIGINT: 0. < 0: could not start, logged. SIGHUP goes to
 * authboxd. As root, each child becomes its own account (authbox,
 * authbox-fetch) where these exist. */
int standalone_run(const struct options *options);

#endif
