/* Parts of io.authbox.User, of a file each. For this folder only. */
#ifndef API_USER_H
#define API_USER_H

#include "api/refusal.h"
#include "wire/varlink.h"

struct accounts_refusal;

/* Answers; always 0 or -ENOMEM, so that a method can end with one. */
int user_answer_refuse(struct varlink_call *call, enum refusal refusal);
int user_answer_missing(struct varlink_call *call);
int user_answer_taken(
    struct varlink_call *call, const char *user, const char *message);
int user_answer_account(
    struct varlink_call *call, const struct accounts_refusal *refusal);
int user_answer_userdb(struct varlink_call *call, int error);

/* Write the record of a change. `detail` may be NULL. 0; < 0. */
int user_answer_audit(const struct varlink_call *call, const char *event,
    const char *user, const char *detail);

/* The methods that have a file of their own; each is a varlink_method.run. */
int user_add(struct varlink_call *call);
int user_link(struct varlink_call *call);
int user_unlink(struct varlink_call *call);
int user_deactivate(struct varlink_call *call);
int user_activate(struct varlink_call *call);
int user_remove(struct varlink_call *call);

#endif
