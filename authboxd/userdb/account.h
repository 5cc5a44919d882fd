/*
 * One Unix user that authbox-userdb makes appear, as a request has him and as
 * the own copy keeps him. Whether he may be is for rule.h to say.
 */
#ifndef USERDB_ACCOUNT_H
#define USERDB_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/json.h"

#define ACCOUNT_GROUPS_MAX	    64
#define ACCOUNT_TEXT_BYTES_MAX	    4096
#define ACCOUNT_REAL_NAME_BYTES_MAX 256

struct account {
	char *name;
	uint32_t uid;	 /* and the gid of his own group */
	char *real_name; /* "": none */
	char *home;	 /* NULL in a request: what is configured */
	char *shell;	 /* the same */
	char **groups;	 /* ended by NULL, never NULL itself; no doubles */
	/* Of the own copy. */
	int64_t taken_unix_s; /* when the id became his */
	bool withdrawn;	      /* the id is reserved, and that is all */
};

void account_free(struct account *account); /* NULL is fine */
CLEANUP_DEFINE(account)

/* Read the `user` of a request. -EINVAL: *ret_wrong is the member at fault
 * (static, or lent from the object); -ENOMEM. */
int account_parse(
    const cJSON *object, struct account **ret_account, const char **ret_wrong);

/* The same of the own copy, where nothing may be missing. */
int account_parse_kept(
    const cJSON *object, struct account **ret_account, const char **ret_wrong);

/* As account_parse() reads it, and as account_parse_kept() does. NULL: no
 * memory. */
cJSON *account_print(const struct account *account);
cJSON *account_print_kept(const struct account *account);

/* One that is an id alone, which nobody gets. `name` may be "". NULL: no
 * memory.
 */
struct account *account_new_reservation(const char *name, uint32_t uid);

/* -ENOMEM. */
int account_copy(const struct account *account, struct account **ret_account);

bool account_has_group(const struct account *account, const char *group);

#endif
