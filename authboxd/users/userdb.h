/*
 * The asking side of io.authbox.Userdb: authbox-userdb makes Unix users appear
 * and go. What it refuses is a verdict, and comes with its reason; what it
 * could not find out is an error.
 */
#ifndef USERS_USERDB_H
#define USERS_USERDB_H

#include "users/person.h"

#define USERDB_REASON_BYTES 32
#define USERDB_TEXT_BYTES   256
#define USERDB_WAIT_MS	    5000 /* for one answer */

/* A word of the interface, and a sentence for people. */
struct userdb_refusal {
	char reason[USERDB_REASON_BYTES];
	char message[USERDB_TEXT_BYTES];
};

struct userdb_proposal {
	uid_t uid;
	bool settled; /* false: sshd may have been told something else */
	char home[USERDB_TEXT_BYTES], shell[USERDB_TEXT_BYTES];
};

/* Of all: 1: done; 0: refused, *ret_refusal; < 0: authbox-userdb is not there
 * or does not know (-EHOSTUNREACH), or -ENOMEM. `socket` is its path. */
int userdb_propose(const char *socket, const char *name, int64_t deadline_ms,
    struct userdb_proposal *ret_proposal, struct userdb_refusal *ret_refusal);
int userdb_publish(const char *socket, const struct person *person,
    int64_t deadline_ms, struct userdb_refusal *ret_refusal);
int userdb_withdraw(const char *socket, const char *name, uid_t uid,
    int64_t deadline_ms, struct userdb_refusal *ret_refusal);

/* What is published, as userdb_publish() takes it: `each_user` is called for
 * every user, `each_reserved` for every id that is nobody's any more. A value
 * other than 0 stops and is returned. 0: that was all; < 0 as above. */
struct userdb_listing {
	int (*each_user)(void *context, const struct person *user);
	int (*each_reserved)(void *context, uid_t uid);
	void *context;
};
int userdb_list(const char *socket, const struct userdb_listing *listing,
    int64_t deadline_ms);

#endif
