/*
 * What authbox-userdb has and what the store says, made the same: the store is
 * right. For the start, when both may have been elsewhere, and for after a
 * change that authbox-userdb could not be told.
 */
#ifndef USERS_RECONCILE_H
#define USERS_RECONCILE_H

#include <stddef.h>

struct store;

struct reconciled {
	size_t published, withdrawn;
	size_t refused;	  /* each is logged */
	size_t strangers; /* published, and nothing of them in the store */
};

/* Publish again who is missing or different there, and withdraw whom the store
 * has removed. Who is published and was never a user of this store stays, and
 * one line of the log says what to do: a store that was lost must not take all
 * users and their ids with it. `socket`: authbox-userdb's. 0: both say the
 * same, but for strangers and what was refused; -EHOSTUNREACH: it is not there;
 * < 0 as the store. */
int reconcile_run(
    struct store *store, const char *socket, struct reconciled *ret_done);

#endif
