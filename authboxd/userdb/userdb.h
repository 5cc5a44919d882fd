/*
 * What authbox-userdb is: the accounts, root's rules for them, and where they
 * are published.
 *
 * Locks, to be taken in this order: change_lock, then one of config_lock, the
 * roll's, told's, local's. Only change_lock is held over the disk; what answers
 * sshd never takes it.
 */
#ifndef USERDB_USERDB_H
#define USERDB_USERDB_H

#include <pthread.h>

#include "config/config.h"
#include "userdb/account.h"
#include "userdb/local.h"
#include "userdb/roll.h"
#include "userdb/rule.h"
#include "userdb/told.h"

struct userdb_paths {
	const char *config; /* userdb.yaml */
	const char *state, *dropins;
	const char *root; /* of local.h; NULL: "/" */
};

struct userdb {
	const char *config_path;
	struct roll *roll;
	struct told *told;
	struct local *local;
	int state_fd, dropin_fd;
	pthread_mutex_t change_lock; /* one account is written at a time */
	pthread_mutex_t config_lock; /* of config */
	struct config *config;	     /* NULL: there is none that is good */
};

/* Read configuration and accounts, and publish them all. A configuration that
 * is missing or wrong is told in the log; then nothing is provisioned, and what
 * is published stays. < 0: a folder cannot be used, or -ENOMEM. Also after a
 * failure userdb_done() is due. */
int userdb_init(struct userdb *userdb, const struct userdb_paths *paths);
void userdb_done(struct userdb *userdb);

/* Publish all accounts of the roll that are allowed, and remove what is left of
 * others: part of userdb_init(). */
int userdb_publish_all(struct userdb *userdb);

/* Read the configuration again; a wrong one leaves the old in force. */
void userdb_reload(struct userdb *userdb);

/* A reference on the configuration, NULL: there is none. It has a
 * Provisioning. */
struct config *userdb_ref_config(struct userdb *userdb);

/* Set a refusal; returns 0. */
int userdb_refuse(
    struct rule_refusal *ret_refusal, const char *reason, const char *message);
int userdb_refuse_unprovisioned(struct rule_refusal *ret_refusal);
int userdb_refuse_name(struct rule_refusal *ret_refusal);

/* Each returns 1 when it is done; 0: refused, and *ret_refusal says why; < 0:
 * it could not be found out or done. The refusal is zeroed before. They may
 * take long. */
int userdb_publish(struct userdb *userdb, struct account *account,
    struct rule_refusal *ret_refusal);
int userdb_withdraw(struct userdb *userdb, const char *name, uint32_t uid,
    struct rule_refusal *ret_refusal);

struct proposal {
	uint32_t uid;
	char home[CONFIG_HOME_BYTES_MAX + 1];
	char *shell; /* the caller's to free */
	bool settled;
	bool is_first; /* no id that comes before it was in the way */
};
int userdb_propose(struct userdb *userdb, const char *name,
    struct proposal *ret_proposal, struct rule_refusal *ret_refusal);

/* Read again what has changed of the host's own files. */
void userdb_refresh_local(struct userdb *userdb);

/* What sshd is told of a name that told.h knows nothing of: looked into, and
 * put there. May take long. */
void userdb_look_into(struct userdb *userdb, const char *name);

/* The same by what is in memory. false: that is not enough. */
bool userdb_look_up(struct userdb *userdb, const char *name);

#endif
