/*
 * The asking side of io.authbox.Userdb: authbox-userdb makes Unix users appear
 * and go. What it refuses is a verdict, and comes with its reason; what it
 * could not find out is an error.
 */
#ifndef USERS_ACCOUNTS_H
#define USERS_ACCOUNTS_H

#include "users/person.h"

#define ACCOUNTS_REASON_BYTES 32
#define ACCOUNTS_TEXT_BYTES   256
#define ACCOUNTS_WAIT_MS      5000 /* for one answer */

/* A word of the interface, and a sentence for people. */
struct accounts_refusal {
	char reason[ACCOUNTS_REASON_BYTES];
	char message[ACCOUNTS_TEXT_BYTES];
};

struct accounts_proposal {
	uid_t uid;
	bool settled; /* false: sshd may have been told something else */
	char home[ACCOUNTS_TEXT_BYTES], shell[ACCOUNTS_TEXT_BYTES];
};

/* Of all: 1: done; 0: refused, *ret_refusal; < 0: authbox-userdb is not there
 * or does not know (-EHOSTUNREACH), or -ENOMEM. `socket` is its path. */
int accounts_propose(const char *socket, const char *name, int64_t deadline_ms,
    struct accounts_proposal *ret_proposal,
    struct accounts_refusal *ret_refusal);
int accounts_publish(const char *socket, const struct person *person,
    int64_t deadline_ms, struct accounts_refusal *ret_refusal);
/* Of a name that is not published, `uid` alone is reserved. */
int accounts_withdraw(const char *socket, const char *name, uid_t uid,
    int64_t deadline_ms, struct accounts_refusal *ret_refusal);

/* What is published, as accounts_publish() takes it: `each_user` is called for
 * every user, `each_reserved` for every id that is nobody's any more. A value
 * other than 0 stops and is returned. 0: that was all; < 0 as above. */
struct accounts_listing {
	int (*each_user)(void *context, const struct person *user);
	int (*each_reserved)(void *context, uid_t uid);
	void *context;
};
int accounts_list(const char *socket, const struct accounts_listing *listing,
    int64_t deadline_ms);

#endif
