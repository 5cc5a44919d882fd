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
	size_t refused; /* each is logged */
};

/* Publish again who is missing or different there, withdraw who is not a user
 * of the store. `socket`: authbox-userdb's. 0: both say the same, but for what
 * was refused; -EHOSTUNREACH: it is not there; < 0 as the store, and then
 * nobody was withdrawn. */
int reconcile_run(
    struct store *store, const char *socket, struct reconciled *ret_done);

#endif
