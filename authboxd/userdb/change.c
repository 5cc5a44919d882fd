/*
 * One account appears, changes or disappears. Other sources are asked first,
 * without a lock, since they may be slow; all that can have changed meanwhile
 * is looked at again with the lock held.
 */
#include "userdb/userdb.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "userdb/dropin.h"
#include "userdb/others.h"
#include "userdb/own_copy.h"

/* What other sources on the host say about a user who is not published. */
static int
ask_others(const struct userdb *userdb, const struct account *account,
    struct rule_refusal *ret_refusal)
{
	int r;

	if (!dropin_is_free(userdb->dropin_fd, account))
		return userdb_refuse(ret_refusal, "name-taken",
		    "A record in /run/userdb has the name or the id, and is "
		    "not ours.");
	r = others_have_name(account->name);
	if (r > 0)
		return userdb_refuse(ret_refusal, "name-taken",
		    "The host has a user or a group of this name already.");
	if (r == 0)
		r = others_have_id(account->uid);
	if (r > 0)
		return userdb_refuse(ret_refusal, "id-taken",
		    "The host has a user or a group with this id already.");
	return r < 0 ? r : 1;
}

static int
ask_groups(const struct account *account, struct rule_refusal *ret_refusal)
{
	int r = 0;

	for (char *const *group = account->groups; *group && r == 0; group++)
		/* The one named root has had its second yes. */
		r = streq(*group, "root") ? 0 : others_have_root_group(*group);
	if (r > 0)
		return userdb_refuse(ret_refusal, "group",
		    "A group has root's id 0 under another name.");
	return r < 0 ? r : 1;
}

/* With change_lock held. The memory comes last, because sshd is told of whoever
 * is not in it: so there is no moment when nobody tells. It comes also where
 * the drop-ins failed: the id is on the disk, and the next call goes on. */
static int
write_account(struct userdb *userdb, struct account *account,
    const struct account *before)
{
	struct account *copy = NULL;
	int published, r;

	r = account_copy(account, &copy);
	if (r == 0)
		r = own_copy_write(userdb->state_fd, account);
	if (r < 0) {
		account_free(copy);
		return r;
	}
	published = dropin_publish(userdb->dropin_fd, account, before);
	r = roll_put(userdb->roll, copy);
	if (r < 0)
		account_free(copy);
	return r < 0 ? r : published;
}

/* With change_lock held: all that can have changed while others were asked. */
static int
publish_locked(struct userdb *userdb, const struct provisioning *provisioning,
    struct account *account, int others, struct rule_refusal *ret_refusal)
{
	AUTO(account) before = NULL;
	struct roll_claim claim;
	int r = roll_find_name(userdb->roll, account->name, &before);

	if (r >= 0)
		r = rule_complete(provisioning, before, account);
	if (r < 0)
		return r;
	if (!rule_allows(provisioning, before, account, ret_refusal))
		return 0;
	if (!before && roll_find_claim(userdb->roll, account->uid, &claim))
		return userdb_refuse(ret_refusal, "id-taken",
		    "Another user has the id, or had it.");
	if (!before && others <= 0)
		return others;
	if (!before && roll_is_full(userdb->roll))
		return userdb_refuse(
		    ret_refusal, "too-many", "No more users can be kept.");
	account->taken_unix_s = before ? before->taken_unix_s : clock_unix_s();
	r = write_account(userdb, account, before);
	if (r < 0)
		log_error("cannot publish %s: %s", account->name, strerror(-r));
	else if (!before)
		log_notice(
		    "%s appears with uid %u", account->name, account->uid);
	return r < 0 ? r : 1;
}

int
userdb_publish(struct userdb *userdb, struct account *account,
    struct rule_refusal *ret_refusal)
{
	struct config *config = userdb_ref_config(userdb);
	const struct provisioning *provisioning;
	int r, others = -EAGAIN; /* not asked */

	if (!config)
		return userdb_refuse_unprovisioned(ret_refusal);
	provisioning = config->provisioning;
	/* Names that are no names are not asked about. */
	if (config_provisioning_find_fault(provisioning, account->name)) {
		config_unref(config);
		return userdb_refuse_name(ret_refusal);
	}
	r = ask_groups(account, ret_refusal);
	if (r > 0 && roll_find_name(userdb->roll, account->name, NULL) == 0)
		others = ask_others(userdb, account, ret_refusal);
	if (r > 0) {
		(void)pthread_mutex_lock(&userdb->change_lock);
		r = publish_locked(
		    userdb, provisioning, account, others, ret_refusal);
		(void)pthread_mutex_unlock(&userdb->change_lock);
	}
	config_unref(config);
	return r;
}

static int
withdraw_locked(struct userdb *userdb, struct account *account)
{
	struct account *copy = NULL;
	int r;

	account->withdrawn = true;
	/* A login that began before was told this id by sshd. */
	account->taken_unix_s = clock_unix_s();
	r = account_copy(account, &copy);
	if (r == 0)
		r = own_copy_write(userdb->state_fd, account);
	if (r == 0)
		r = roll_put(userdb->roll, copy);
	if (r < 0) {
		account_free(copy);
		return r;
	}
	r = dropin_remove(userdb->dropin_fd, account, false);
	if (r == 0)
		log_notice(
		    "%s (uid %u) disappears", account->name, account->uid);
	return r < 0 ? r : 1;
}

/* Whoever had the id is not known here, and the store knows that somebody had
 * it. With change_lock held. */
static int
reserve_locked(struct userdb *userdb, const struct provisioning *provisioning,
    const char *name, uint32_t uid, struct rule_refusal *ret_refusal)
{
	struct unix_id_range range = config_provisioning_range(provisioning);
	AUTO(account) account = NULL;
	struct roll_claim claim;
	int r;

	/* Nobody can get it anyway. */
	if (config_provisioning_find_fault(provisioning, name) ||
	    !unix_id_may_be(&range, uid) ||
	    roll_find_claim(userdb->roll, uid, &claim))
		return 1;
	if (roll_is_full(userdb->roll))
		return userdb_refuse(
		    ret_refusal, "too-many", "No more ids can be kept.");
	account = account_new_reservation(name, uid);
	if (!account)
		return -ENOMEM;
	/* Proposals that sshd was told may be of before. */
	account->taken_unix_s = clock_unix_s();
	r = own_copy_write(userdb->state_fd, account);
	if (r == 0)
		r = roll_put(userdb->roll, account);
	if (r < 0)
		return r;
	log_notice("uid %u is reserved; somebody had it once", uid);
	(void)TAKE(account); /* the roll's */
	return 1;
}

int
userdb_withdraw(struct userdb *userdb, const char *name, uint32_t uid,
    struct rule_refusal *ret_refusal)
{
	struct config *config = userdb_ref_config(userdb);
	AUTO(account) account = NULL;
	int r;

	(void)pthread_mutex_lock(&userdb->change_lock);
	r = roll_find_name(userdb->roll, name, &account);
	if (r > 0 && account->uid != uid)
		r = userdb_refuse(ret_refusal, "id-changed",
		    "The user is published with another uid.");
	else if (r > 0)
		r = withdraw_locked(userdb, account);
	else if (r == 0)
		r = config ? reserve_locked(userdb, config->provisioning, name,
				 uid, ret_refusal)
			   : 1; /* as good */
	(void)pthread_mutex_unlock(&userdb->change_lock);
	config_unref(config);
	return r;
}
