/*
 * What root's Provisioning allows, checked again for each account: whoever has
 * taken authboxd over gets no further than this. Pure.
 */
#ifndef USERDB_RULE_H
#define USERDB_RULE_H

#include "config/config.h"
#include "userdb/account.h"

struct rule_refusal {
	const char *reason;  /* of io.authbox.Userdb.Refused; static */
	const char *message; /* a sentence; static */
};

/* What home and shell are filled in with where a request leaves them out: those
 * of `published`, the same user as he is now, and of Provisioning where that is
 * NULL; the shell is always Provisioning's. -ENOMEM. */
int rule_complete(const struct provisioning *provisioning,
    const struct account *published, struct account *account);

/* Whether a complete account is allowed, as far as Provisioning, `published`
 * (NULL: nobody has the name) and the account itself tell. */
bool rule_allows(const struct provisioning *provisioning,
    const struct account *published, const struct account *account,
    struct rule_refusal *ret_refusal);

/* Take away the groups that Provisioning does not allow any more. Returns how
 * many were. */
size_t rule_drop_groups(
    const struct provisioning *provisioning, struct account *account);

#endif
