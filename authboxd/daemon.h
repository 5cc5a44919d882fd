/*
 * What one authboxd is made of. Everything hangs from struct daemon; a login
 * or an API call gets it as its context.
 *
 * Lock order: daemon.config_lock, then that of peers. Every other lock is
 * inside its module and held over nothing else.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <pthread.h>
#include <stdint.h>

#include "config/config.h"

struct store;
struct nss;
struct webhooks;
struct tokens;
struct fresh;	     /* login/fresh_login.h: logins that just went through */
struct pending;	     /* login/pending.h: made in auth, real in account */
struct busy;	     /* wire/busy.h: who is at work */
struct device_flows; /* login/device_flows.h */
struct peers;
struct listener;
struct keeper; /* login/keeper.h: authbox-userdb at what the store says */

struct daemon {
	/* Set before any thread, never changed. */
	const char *config_dir, *state_dir, *runtime_dir;
	int64_t started_unix_s;
	struct store *store;
	struct nss *nss;
	struct webhooks *webhooks;
	struct tokens *tokens;
	struct pending *pending;
	struct fresh *fresh;
	struct busy *busy;
	struct device_flows *device_flows;
	struct keeper *keeper;
	char *fetch_socket, *userdb_socket;
	struct peers *peers;
	struct listener *pam_listener, *api_listener;

	bool is_stuck; /* daemon_tick()'s */

	pthread_mutex_t config_lock; /* of all below */
	uint64_t reloads_begun, reload_in_force;
	struct config *config; /* NULL: no good one was ever read */
	char *config_fault;    /* why the last load failed; may be NULL */
};

/* Open the store, read the configuration, start what runs in the background;
 * a wrong configuration or a faulty store is no error, it is answered at every
 * login until it is mended. `key_dir` holds the store key. < 0: logged. */
int daemon_init(struct daemon *daemon, const char *key_dir);

/* Accept on two listening sockets, which are taken. < 0: logged. */
int daemon_serve(struct daemon *daemon, int pam_fd, int api_fd);

/* Once or twice a second, on one thread: tell waiting modules that we are at
 * work. False: a login, a call or a commit is stuck, which is logged once. */
bool daemon_tick(struct daemon *daemon);

/* Accept no more, let what runs end within `drain_ms`, free everything. */
void daemon_done(struct daemon *daemon, int64_t drain_ms);

/* A reference to the current snapshot, the caller's to config_unref().
 * -EINVAL: the configuration has been wrong since the start. */
int daemon_ref_config(struct daemon *daemon, struct config **ret_config);

/* Read the configuration again. 0: it is in force. < 0 as config_load(): the
 * old snapshot stays, and the report says why. `ret_report` as there. */
int daemon_reload(struct daemon *daemon, struct config_report *ret_report);

#endif
