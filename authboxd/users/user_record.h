/*
 * A user's record, key user/NAME: all that one login reads and changes. It is
 * bound to name and uid: a name that comes back with another uid inherits
 * nothing (record_parse() then says "no record").
 */
#ifndef USERS_USER_RECORD_H
#define USERS_USER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/otp.h"
#include "base/secret.h"
#include "base/text.h"

#define RECORD_DEVICES_MAX	  8
#define RECORD_RECOVERY_CODES_MAX 10
#define RECORD_SCRATCH_CODES_MAX  10
#define RECORD_ADDRESSES_MAX	  16
#define RECORD_FAILURES_MAX	  100  /* in 30 days; older ones are dropped */
#define RECORD_IN_A_ROW_MAX	  1000 /* counted no further */
#define RECORD_SENDS_MAX	  8
#define RECORD_PERIOD_MIN_S	  10
#define RECORD_PERIOD_MAX_S	  300
/* cJSON prints no more than 15 digits exactly. */
#define RECORD_COUNTER_MAX	  UINT64_C(999999999999999)
#define RECORD_HASH_BYTES	  32
#define RECORD_ADDRESS_BYTES	  46 /* INET6_ADDRSTRLEN */

struct device {
	char name[ID_BYTES_MAX + 1]; /* one enabled, one pending of a name */
	enum otp_type type;
	enum otp_algorithm algorithm;
	unsigned digits;
	unsigned period_s;  /* TOTP */
	bool enabled;	    /* false: requested, not confirmed */
	bool used;	    /* last_used has a meaning */
	uint64_t last_used; /* highest step or counter ever accepted */
	uint64_t last_sent; /* highest step sent by webhook, 0: none */
	int64_t created_unix_s;
	char transport[ID_BYTES_MAX + 1]; /* "": an app */
	char replaces[ID_BYTES_MAX + 1];  /* the device that goes when this one
					   * is confirmed; "": none */
	struct secret *key;
};

/* One address that a login came from. */
struct address {
	char text[RECORD_ADDRESS_BYTES];
	int64_t success_unix_s;	 /* last success: known for 30 days */
	int64_t remember_unix_s; /* no code asked until then; 0: asked */
};

struct failure {
	int64_t unix_s;
	bool known; /* through root, locally or from a known address */
};

/* Failures and waits (factor/throttle.h). Index 0: strangers, 1: known. */
struct throttle {
	struct failure failures[RECORD_FAILURES_MAX]; /* oldest first */
	size_t failure_count;
	unsigned in_a_row[2]; /* since the last success */
	int64_t wait_until_unix_s[2];
	int64_t recovery_unix_s[RECORD_RECOVERY_CODES_MAX]; /* own budget */
	size_t recovery_count;
	int64_t sent_unix_s[RECORD_SENDS_MAX]; /* webhook sends, oldest first */
	size_t sent_count;
};

struct recovery_code {
	uint8_t hash[RECORD_HASH_BYTES];
};

struct user_record {
	char name[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	struct device devices[RECORD_DEVICES_MAX];
	size_t device_count;
	/* Our recovery codes and imported 8-digit scratch codes, both hashed.
	 */
	struct recovery_code recovery[RECORD_RECOVERY_CODES_MAX];
	size_t recovery_count;
	struct recovery_code scratch[RECORD_SCRATCH_CODES_MAX];
	size_t scratch_count;
	struct address addresses[RECORD_ADDRESSES_MAX];
	size_t address_count;
	struct throttle throttle;
	int64_t burnt_unix_s; /* the last burn that it went through, see
			       * factor/clock_mark.h; 0: none */
};

/* Heap object; record_free() wipes the keys. A `name` of "" is a record of no
 * user, for the tries at names that do not exist. */
struct user_record *user_record_new(const char *name, uid_t uid);
void user_record_free(struct user_record *record);
CLEANUP_DEFINE(user_record)

/* 1: *ret_record is the caller's; 0: it belongs to another uid; -EBADMSG: not
 * a record that this program wrote; -ENOMEM. */
int user_record_parse(const struct secret *value, const char *name, uid_t uid,
    struct user_record **ret_record);

/* NULL: no memory. */
struct secret *user_record_print(const struct user_record *record);

/* "user/NAME" into `ret_key` of STORE_KEY_BYTES_MAX + 1 bytes. */
void user_record_key(const char *name, char *ret_key);

/* At least one device is enabled. */
bool user_record_is_enrolled(const struct user_record *record);

/* The enabled device of that name, or the one that waits for its confirmation.
 * Both may exist while a device is being replaced. Lent; NULL: no such. */
struct device *
user_record_find_device(struct user_record *record, const char *name);
struct device *
user_record_find_pending(struct user_record *record, const char *name);

/* The address entry, NULL: not there. */
struct address *
user_record_find_address(struct user_record *record, const char *text);

/* Remove a device and wipe its key. */
void
user_record_remove_device(struct user_record *record, struct device *device);

#endif
