/*
 * Which id a name gets: the first of its order that nobody has. What this host
 * has of its own is in memory (local.h). Other sources are asked only by those
 * who may wait; for others it ends there, with -EAGAIN.
 */
#include "userdb/userdb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "userdb/others.h"

#define FOREIGN_MAX    64 /* ids that other sources had, in one proposal */
#define TAKEN_LATELY_S (TOLD_LOGIN_MS / 1000)
#define QUICK_MAX      64 /* ids that are tried while somebody waits */

static bool
is_lately(int64_t then_unix_s)
{
	int64_t ago_s = clock_unix_s() - then_unix_s;

	/* The clock may have been set. */
	return ago_s < TAKEN_LATELY_S && ago_s > -TAKEN_LATELY_S;
}

static int
others_have(
    struct userdb *userdb, const char *name, uint32_t uid, bool may_wait)
{
	int r = name ? local_have_name(userdb->local, name)
		     : local_have_id(userdb->local, uid);

	if (r != -EAGAIN || !may_wait)
		return r;
	return name ? others_have_name(name) : others_have_id(uid);
}

/* The first id of the name's order that nobody has. */
static int
find_id(struct userdb *userdb, const struct provisioning *provisioning,
    const char *name, bool may_wait, struct proposal *proposal)
{
	struct unix_id_range range = config_provisioning_range(provisioning);
	struct unix_id_probe probe;
	unsigned foreign = 0, tried = 0;
	uint32_t uid;
	int r = unix_id_probe_init(&probe, &range, name);

	proposal->settled = proposal->is_first = true;
	while (r == 0 && foreign < FOREIGN_MAX &&
	       (r = unix_id_probe_next(&probe, &uid)) > 0) {
		struct roll_claim claim;

		if (!may_wait && ++tried > QUICK_MAX)
			return -EAGAIN;
		r = roll_find_claim(userdb->roll, uid, &claim);
		if (r > 0) {
			proposal->settled &= !is_lately(claim.taken_unix_s);
			proposal->is_first = false;
			r = 0;
			continue;
		}
		r = others_have(userdb, NULL, uid, may_wait);
		if (r == 0) {
			proposal->uid = uid;
			return 1;
		}
		proposal->is_first = false;
		foreign++;
		r = r > 0 ? 0 : r;
	}
	return r;
}

static int
propose(struct userdb *userdb, const struct provisioning *provisioning,
    const char *name, bool may_wait, struct proposal *proposal,
    struct rule_refusal *ret_refusal)
{
	int r = others_have(userdb, name, 0, may_wait);

	if (r > 0)
		return userdb_refuse(ret_refusal, "name-taken",
		    "The host has a user or a group of this name already.");
	if (r == 0)
		r = find_id(userdb, provisioning, name, may_wait, proposal);
	if (r == 0)
		return userdb_refuse(ret_refusal, "range-full",
		    "No free id was found for the name in uidRange.");
	if (r < 0)
		return r;
	config_provisioning_home(provisioning, name, proposal->home);
	proposal->shell = strdup(provisioning->shell);
	if (told_otherwise(
		userdb->told, name, proposal->uid, clock_monotonic_ms()))
		proposal->settled = false;
	return proposal->shell ? 1 : -ENOMEM;
}

static int
propose_published(const struct account *account, struct proposal *proposal)
{
	proposal->uid = account->uid;
	proposal->settled = true;
	(void)snprintf(
	    proposal->home, sizeof(proposal->home), "%s", account->home);
	proposal->shell = strdup(account->shell);
	return proposal->shell ? 1 : -ENOMEM;
}

/* What stood in the way may be what he has himself, published while others were
 * asked. 1: that is it; 0; < 0. */
static int
propose_published_meanwhile(
    struct userdb *userdb, const char *name, struct proposal *proposal)
{
	AUTO(account) account = NULL;
	int r;

	/* His files are there before he is in the roll. */
	(void)pthread_mutex_lock(&userdb->change_lock);
	r = roll_find_name(userdb->roll, name, &account);
	(void)pthread_mutex_unlock(&userdb->change_lock);
	if (r <= 0)
		return r;
	free(proposal->shell);
	return propose_published(account, proposal);
}

static int
propose_whoever(struct userdb *userdb, const char *name, bool may_wait,
    struct proposal *ret_proposal, struct rule_refusal *ret_refusal)
{
	struct config *config = userdb_ref_config(userdb);
	AUTO(account) account = NULL;
	int r, meanwhile = 0;

	*ret_proposal = (struct proposal){0};
	if (!config)
		return userdb_refuse_unprovisioned(ret_refusal);
	if (config_provisioning_find_fault(config->provisioning, name))
		r = userdb_refuse_name(ret_refusal);
	else
		r = roll_find_name(userdb->roll, name, &account);
	if (account)
		r = propose_published(account, ret_proposal);
	else if (r == 0 && !ret_refusal->reason)
		r = propose(userdb, config->provisioning, name, may_wait,
		    ret_proposal, ret_refusal);
	config_unref(config);
	if (may_wait && !account && r >= 0 && !ret_proposal->is_first)
		meanwhile =
		    propose_published_meanwhile(userdb, name, ret_proposal);
	return meanwhile != 0 ? meanwhile : r;
}

int
userdb_propose(struct userdb *userdb, const char *name,
    struct proposal *ret_proposal, struct rule_refusal *ret_refusal)
{
	return propose_whoever(userdb, name, true, ret_proposal, ret_refusal);
}

static bool
look_up(struct userdb *userdb, const char *name, bool may_wait)
{
	struct rule_refusal refusal = {0};
	struct proposal proposal;
	int r = propose_whoever(userdb, name, may_wait, &proposal, &refusal);

	free(proposal.shell);
	if (r == -EAGAIN && !may_wait)
		return false;
	/* Whoever is published has a record of his own. */
	if (r > 0 && roll_find_name(userdb->roll, name, NULL) != 0)
		r = 0;
	told_put(
	    userdb->told, name, r > 0 ? proposal.uid : 0, clock_monotonic_ms());
	return true;
}

void
userdb_look_into(struct userdb *userdb, const char *name)
{
	userdb_refresh_local(userdb);
	(void)look_up(userdb, name, true); /* all that there is was asked */
}

bool
userdb_look_up(struct userdb *userdb, const char *name)
{
	return look_up(userdb, name, false);
}
