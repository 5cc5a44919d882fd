/*
 * At the start the accounts of the own copy are published again, without
 * authboxd, and checked again: root may have changed his mind.
 */
#include "userdb/userdb.h"

#include <errno.h>

#include "base/log.h"
#include "userdb/dropin.h"

#define CHUNK 64

/* Accounts whose name or id a file of the host has by now. */
struct clashes {
	struct roll *roll;
	uint32_t *uids;
	size_t count;
};

static int
put_clash(struct clashes *clashes, uint32_t uid)
{
	uint32_t *grown = reallocarray(
	    clashes->uids, clashes->count + 1, sizeof(*clashes->uids));

	if (!grown)
		return -ENOMEM;
	clashes->uids = grown;
	clashes->uids[clashes->count++] = uid;
	return 0;
}

static int
see_local(void *context, const char *name, uint32_t id)
{
	struct clashes *clashes = context;
	AUTO(account) account = NULL;
	struct roll_claim claim;
	int r = roll_find_name(clashes->roll, name, &account);

	if (r > 0)
		r = put_clash(clashes, account->uid);
	if (r == 0 && roll_find_claim(clashes->roll, id, &claim))
		r = put_clash(clashes, id);
	return r;
}

static bool
clashes_have(const struct clashes *clashes, uint32_t uid)
{
	for (size_t i = 0; i < clashes->count; i++)
		if (clashes->uids[i] == uid)
			return true;
	return false;
}

/* Publish one account of the own copy, or take away what is left of him. */
static int
republish(struct userdb *userdb, const struct provisioning *provisioning,
    const struct clashes *clashes, struct account *account)
{
	struct rule_refusal refusal = {
	    "name-taken", "A file of the host has the name or the id."};
	AUTO(account) before = NULL;
	int r;

	if (account->withdrawn)
		return dropin_remove(userdb->dropin_fd, account,
		    roll_find_name(userdb->roll, account->name, NULL));
	r = account_copy(account, &before);
	if (r < 0)
		return r;
	if (rule_drop_groups(provisioning, account) > 0)
		log_warning("%s loses groups that groups.map does not have any "
			    "more",
		    account->name);
	if (!clashes_have(clashes, account->uid) &&
	    rule_allows(provisioning, account, account, &refusal)) {
		r = dropin_publish(userdb->dropin_fd, account, before);
		if (r != -EEXIST)
			return r;
	}
	log_warning("%s (uid %u) is not published: %s", account->name,
	    account->uid, refusal.message);
	return dropin_remove(userdb->dropin_fd, before, false);
}

static int
republish_all(struct userdb *userdb, const struct provisioning *provisioning,
    const struct clashes *clashes)
{
	struct account *accounts[CHUNK];
	uint32_t uid = 0;
	int count, r = 0;

	do {
		count = roll_list(userdb->roll, uid, accounts, CHUNK);
		for (int i = 0; i < count; i++) {
			uid = accounts[i]->uid + 1;
			if (r == 0)
				r = republish(
				    userdb, provisioning, clashes, accounts[i]);
			account_free(accounts[i]);
		}
	} while (count == CHUNK && r == 0);
	return count < 0 ? count : r;
}

int
userdb_publish_all(struct userdb *userdb)
{
	struct clashes clashes = {.roll = userdb->roll};
	int r;

	if (!userdb->config)
		return 0;
	r = dropin_put_place(userdb->dropin_fd);
	if (r == 0)
		r = local_walk_files(userdb->local, see_local, &clashes);
	if (r == 0)
		r = republish_all(
		    userdb, userdb->config->provisioning, &clashes);
	if (r == 0)
		r = dropin_clean(userdb->dropin_fd, userdb->roll);
	free(clashes.uids);
	return r;
}
