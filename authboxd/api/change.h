/*
 * What every change of an enrolment has in common: whose it is, the code that
 * is tried, one step on the record, one audit record, and the answer.
 */
#ifndef API_CHANGE_H
#define API_CHANGE_H

#include "api/refusal.h"
#include "daemon.h"
#include "notify/audit.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "users/nss.h"
#include "users/user_record_update.h"
#include "wire/varlink.h"

struct change {
	struct varlink_call *call;
	struct daemon *daemon;
	struct nss_user user;
	bool by_root; /* the peer is root: needs no code where that is said */
	struct config *config;
	const struct auth_config *auth_config; /* lent from it */
	struct secret *recovery_key;
	struct audit_record audit;
	char reference[AUDIT_REFERENCE_DIGITS + 1];

	/* Of the step on the record: */
	struct attempt attempt;
	enum refusal refusal; /* set by it; REFUSAL_NONE: done */
	const char *message;  /* static, in place of the refusal's; or NULL */
	char device[ID_BYTES_MAX + 1]; /* set by it, for the audit record */
};

/* The pure step: judge and change the record, set refusal, message and device.
 * It may run again, from the start. 1: write the record; 0: it was not changed;
 * < 0: abort. */
typedef int
change_step(struct change *change, struct user_record *record, void *context);

/* What a change takes from the call; NULL: left out. Lent. */
struct change_options {
	const char *event;  /* of the audit record, static */
	const char *user;   /* the peer, when left out */
	const char *config; /* AuthConfig id */
	const char *code;
	bool needs_config; /* several AuthConfigs and no id are an error; else
			    * the built-in defaults stand in */
};

/* `ret_change` is zeroed and goes to change_done() whatever is returned. 1: go
 * on; 0: the call is answered, and audited; < 0: internal failure. */
int change_start(struct change *ret_change, struct varlink_call *call,
    const struct change_options *options);

void change_done(struct change *change);

/* Run `step` on the user's record, in one update with the clock mark. 1: on
 * disk and not refused; 0: the call is answered, and audited. */
int change_run(struct change *change, change_step *step, void *context);

/* For a step: judge the code of the call, which counts like one of a login. 1:
 * right; 0: refused, and change->refusal says so; < 0. *ret_is_changed: the
 * record must be written, whatever comes of it. */
int change_try_code(
    struct change *change, struct user_record *record, bool *ret_is_changed);

/* The same for an attempt that an enrolment function judged. */
int change_take_attempt(struct change *change, bool *ret_is_changed);

/* For a step: refuse, nothing being changed. Always 0. */
int
change_stop(struct change *change, enum refusal refusal, const char *message);

/* Answer and audit a refusal; `message` in place of the table's, or NULL.
 * Always 0. */
int
change_refuse(struct change *change, enum refusal refusal, const char *message);

/* Audit success, with a reason of the change's own; tells of a spent recovery
 * code too. `notice`: see webhooks_send_notice(), NULL: none. */
void
change_grant(struct change *change, const char *reason, const char *notice);

/* For a step: the device that it is about. */
void change_set_device(struct change *change, const char *name);

/* The enabled device of that name; NULL: the only one there is. 1: lent; 0:
 * refused as by change_stop(). */
int change_find_enabled(struct change *change, struct user_record *record,
    const char *name, struct device **ret_device);

#endif
