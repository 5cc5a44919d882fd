/*
 * The store's contract: sealed values under text keys, changed by pure
 * functions. SQLite is the embedded backend; nothing here says so.
 *
 * Keys: user/NAME, person/NAME, subject/HASH, uid/N, issuer/HASH, session/HASH,
 * unknown/N, meta/…
 * Every value is sealed whole (AES-256-GCM), bound to store and key name. All
 * functions may be called from any thread.
 *
 * A key is 1 to STORE_KEY_BYTES_MAX bytes of UTF-8 without control characters.
 *
 * Errors of all of them: -EIO (the disk), -ENOSPC (it is full), -ENOKEY (data
 * but no key, or the wrong one), -EBADMSG (a value that does not unseal, or a
 * damaged file), -EPROTONOSUPPORT (made by a newer program), -EINVAL (no valid
 * key), -ENOMEM.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"

#define STORE_KEY_BYTES_MAX   300
#define STORE_VALUE_BYTES_MAX 65536
#define STORE_UPDATE_KEYS_MAX 4

struct store;

struct store_paths {
	const char *state_dir;	 /* holds authbox.db, and is locked */
	const char *key_dir;	 /* holds store.key unless … */
	const char *credentials; /* … $CREDENTIALS_DIRECTORY/authbox.storekey
				  * is there; may be NULL */
};

/* Open or create, the folders included. A store that exists but whose key is
 * missing or wrong opens as well: every operation on it then says -ENOKEY, and
 * store_fault() says in words what to do; no key is ever made over existing
 * data. The same for one that is damaged, too new, or in a folder that cannot
 * be used. Only -EBUSY (another process has it) and -ENOMEM give no store. */
int store_open(const struct store_paths *paths, struct store **ret_store);

/* Waits for updates under way. NULL is fine. */
void store_free(struct store *store);
CLEANUP_DEFINE(store)

/* NULL when the store is well; else one sentence for the admin, lent as long as
 * the store lives: why it cannot be used, or what was wrong with the disk at
 * the last updates. */
const char *store_fault(struct store *store);

/* The data is an older copy that was put back, such as a backup: what it calls
 * unused may have been used since. True until store_accept_copy(), which is
 * called when all that follows from it is on disk. < 0: it stays a copy. */
bool store_is_copy(struct store *store);
int store_accept_copy(struct store *store);

/* Somebody has been at the disk for so long that it hangs: no update comes to
 * an end. */
bool store_is_stuck(struct store *store);

/* 1: *ret_value is the caller's; 0: no such key; < 0. */
int store_get(struct store *store, const char *key, struct secret **ret_value);

enum store_write {
	STORE_KEEP = 0,
	STORE_PUT, /* new_value, which the store then owns */
	STORE_DELETE,
};

struct store_item {
	const char *key;
	const struct secret *value; /* NULL: absent. Lent. */
	enum store_write write;
	struct secret *new_value;
};

/* Decide about `count` items in the order of the keys given: set write and
 * new_value, return 0; or return a negative errno of your own, which aborts
 * this update alone and is passed up unchanged. Must be pure: it may run on
 * another thread, and again when a backend lost a race; it must not block or
 * call the store. */
typedef int
store_decide(void *context, struct store_item items[], size_t count);

/* Read, decide and write in one step: no other update of these keys happens in
 * between. 0: what was decided is on disk (nothing is flushed when all was
 * kept). < 0: nothing was changed; when this is -EIO, -ENOSPC … after `decide`
 * ran, its result must be thrown away. -E2BIG: a value is too long. `keys` must
 * differ from each other. */
int store_update(struct store *store, const char *const keys[], size_t count,
    store_decide *decide, void *context);

/* Call `each` for every key with `prefix`, in key order, on this thread; a
 * value other than 0 stops and is returned. `value` is lent. What changes
 * meanwhile may be seen or not; `each` may call the store. */
int store_list(struct store *store, const char *prefix,
    int (*each)(void *context, const char *key, const struct secret *value),
    void *context);

/* 32 bytes for a purpose (HKDF, RFC 5869), the same for the life of the store,
 * whatever its key: "recovery", "unknown-names". */
int store_derive_key(
    struct store *store, const char *purpose, struct secret **ret_key);

/* ---- for root's `authboxctl store …` ---- */

/* Read and unseal everything, and the backend's own check. *ret_report: lines
 * for the admin, malloc()ed. 0: all well; -EBADMSG: damage, see report. */
int store_check(struct store *store, char **ret_report);

/* A consistent copy, sealed as it is, to the open file or pipe `fd`, by way of
 * a file in the state folder. Updates go on. -EBUSY: another one is under way.
 */
int store_backup(struct store *store, int fd);

/* Seal everything anew under a fresh key, in one transaction; the key file is
 * replaced after the commit, with both keys kept until then. Updates wait for
 * it, reads do not. -EROFS: the key is a systemd credential, which only the
 * admin can replace. Values hashed under store_derive_key() stay good. */
int store_rekey(struct store *store, uint64_t *ret_count);

/* The store key as text ("authbox-store-key-1:BASE32…"), to be kept offline. */
int store_export_key(struct store *store, struct secret **ret_text);

struct store_stats {
	uint64_t updates;  /* calls of store_update() that came to an end */
	uint64_t commits;  /* batches of them; one at least kept or wrote */
	uint64_t flushes;  /* transactions that wrote: one flush each */
	uint64_t reads;	   /* values got or listed */
	uint64_t failures; /* updates that the disk or memory failed */
	uint64_t batch_max;
};
void store_stats(struct store *store, struct store_stats *ret_stats);

#endif
