#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/backup.h"
#include "store/check.h"
#include "store/commit.h"
#include "store/epoch.h"
#include "store/home.h"
#include "store/key.h"
#include "store/readers.h"
#include "store/rekey.h"
#include "store/reserve.h"
#include "store/unlock.h"

#define STUCK_MS 20000 /* of one who commits */

struct store {
	/* Set when it is opened, never changed. */
	struct fault fault;
	char *dir, *path, *key_dir;
	int lock; /* descriptor; held as long as the store is */
	struct commit *commit;
	struct readers *readers;

	_Atomic uint64_t reads;
	_Atomic bool is_copy;

	struct unlock unlock; /* its key is the commit leader's */
};

/* Keep what commits will need, now that nobody waits for it. A disk that is
 * full already is no fault: what is there is used as far as it goes. */
static void
make_room(struct store *store, struct sqlite *writer)
{
	struct sqlite_log log;
	int r;

	r = reserve_log(store->path);
	if (r == 0)
		r = sqlite_checkpoint(writer, &log);
	if (r >= 0)
		r = reserve_pages(writer);
	if (r >= 0)
		r = sqlite_checkpoint(writer, &log);
	if (r < 0)
		log_warning("store: cannot reserve disk space in %s: %s; "
			    "logins may fail when the disk is full",
		    store->dir, strerror(-r));
}

/* A disk that is full keeps the old epoch, which is good as well. */
static void
renew_epoch(struct store *store, struct sqlite *writer)
{
	int r = store->is_copy ? 0 : epoch_renew(writer, store->key_dir);

	if (r < 0)
		log_warning("store: cannot write %s/store.epoch: %s; an older "
			    "copy of the store may not be told from it",
		    store->key_dir, strerror(-r));
}

static int
open_database(struct store *store, const struct store_paths *paths)
{
	const struct meta *meta = &store->unlock.meta;
	AUTO(sqlite) writer = NULL;
	AUTO(seal) seal = NULL;
	bool is_copy = false;
	int r;

	r = sqlite_open(store->path, SQLITE_WRITER, &writer);
	if (r == 0)
		r = unlock_open(writer, paths, &store->fault, &store->unlock);
	if (r == 0 && !store->unlock.is_new)
		r = epoch_check(writer, store->key_dir, &is_copy);
	if (r < 0)
		return r;

	store->is_copy = is_copy;
	make_room(store, writer);
	renew_epoch(store, writer);
	r = seal_new(store->unlock.key, meta->id, &seal);
	if (r == 0)
		r = readers_new(
		    store->path, store->unlock.key, meta->id, &store->readers);
	if (r == 0)
		r = commit_new(
		    writer, seal, store->path, meta->revision, &store->commit);
	if (r < 0)
		return r;
	writer = NULL; /* taken */
	seal = NULL;
	return 0;
}

/* What was not said in more detail before. */
static int
set_fault(struct store *store, int error)
{
	if (error == -EBADMSG)
		return fault_set(&store->fault, error,
		    "%s is damaged: stop authboxd, move the folder away, put a "
		    "backup in its place as the only file, and start authboxd "
		    "again; nothing was deleted",
		    store->path);
	return fault_set(&store->fault, error,
	    "%s cannot be opened: %s; repair that and restart authboxd",
	    store->path, strerror(-error));
}

static struct store *
store_new(const struct store_paths *paths)
{
	AUTO(store) store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->lock = -1;
	store->dir = strdup(paths->state_dir);
	store->key_dir = strdup(paths->key_dir);
	if (asprintf(&store->path, "%s/%s", paths->state_dir, HOME_DATABASE) <
	    0)
		store->path = NULL;
	return store->dir && store->key_dir && store->path ? TAKE(store) : NULL;
}

int
store_open(const struct store_paths *paths, struct store **ret_store)
{
	AUTO(store) store = store_new(paths);
	int r;

	if (!store)
		return -ENOMEM;
	r = home_open(paths->state_dir, &store->fault, &store->lock);
	if (r == 0)
		r = open_database(store, paths);
	if (r == -EBUSY || r == -ENOMEM)
		return r;
	if (r < 0)
		(void)set_fault(store, r); /* and returns what it was given */

	*ret_store = TAKE(store);
	return 0;
}

void
store_free(struct store *store)
{
	if (!store)
		return;
	readers_free(store->readers);
	if (store->commit) {
		renew_epoch(store, commit_lead(store->commit));
		commit_hand_on(store->commit);
	}
	if (store->commit && commit_end(store->commit) > 0)
		reserve_clear_log(store->path);
	unlock_done(&store->unlock);
	fault_done(&store->fault);
	if (store->lock >= 0)
		(void)close(store->lock); /* and so unlocked */
	free(store->dir);
	free(store->path);
	free(store->key_dir);
	free(store);
}

const char *
store_fault(struct store *store)
{
	if (store->fault.error < 0)
		return store->fault.text
			   ? store->fault.text
			   : "the store cannot be used: see the log";
	switch (commit_trouble(store->commit)) {
	case 0:
		return NULL;
	case -ENOSPC:
		return "the disk of the store is full: people can log in, but "
		       "not enrol; make room on it";
	case -EIO:
		return "the disk of the store fails: see the log, and have it "
		       "looked at";
	default:
		return "updates of the store fail: see the log";
	}
}

bool
store_is_copy(struct store *store)
{
	return store->is_copy;
}

int
store_accept_copy(struct store *store)
{
	int r;

	if (store->fault.error < 0)
		return store->fault.error;
	r = epoch_renew(commit_lead(store->commit), store->key_dir);
	commit_hand_on(store->commit);
	if (r == 0)
		store->is_copy = false;
	return r;
}

bool
store_is_stuck(struct store *store)
{
	return store->commit && commit_led_ms(store->commit) > STUCK_MS;
}

static bool
key_is_valid(const char *key)
{
	size_t size = strlen(key);

	return size > 0 && size <= STORE_KEY_BYTES_MAX &&
	       text_is_printable(key, size);
}

int
store_get(struct store *store, const char *key, struct secret **ret_value)
{
	if (store->fault.error < 0)
		return store->fault.error;
	if (!key_is_valid(key))
		return -EINVAL;
	atomic_fetch_add_explicit(&store->reads, 1, memory_order_relaxed);
	return readers_get(store->readers, key, ret_value);
}

int
store_update(struct store *store, const char *const keys[], size_t count,
    store_decide *decide, void *context)
{
	struct batch_update update = {
	    .keys = keys, .count = count, .decide = decide, .context = context};

	assert(count > 0 && count <= STORE_UPDATE_KEYS_MAX);
	if (store->fault.error < 0)
		return store->fault.error;
	for (size_t i = 0; i < count; i++)
		if (!key_is_valid(keys[i]))
			return -EINVAL;
	return commit_update(store->commit, &update);
}

/* Each row is read by itself: `each` may take its time, or call the store,
 * without a reader being kept from others, or the log from beginning anew. */
int
store_list(struct store *store, const char *prefix,
    int (*each)(void *context, const char *key, const struct secret *value),
    void *context)
{
	char from[STORE_KEY_BYTES_MAX + 2], end[STORE_KEY_BYTES_MAX + 2];
	int r = 0;

	if (store->fault.error < 0)
		return store->fault.error;
	if (*prefix && !key_is_valid(prefix))
		return -EINVAL;
	/* Keys are UTF-8 without control characters. */
	(void)snprintf(from, sizeof(from), "%s", prefix);
	(void)snprintf(end, sizeof(end), "%s\xff", prefix);
	while (r == 0) {
		AUTO(secret) value = NULL;
		AUTO_TEXT key = NULL;

		r = readers_find_between(
		    store->readers, from, end, &key, &value);
		if (r <= 0)
			return r;
		atomic_fetch_add_explicit(
		    &store->reads, 1, memory_order_relaxed);
		(void)snprintf(from, sizeof(from), "%s\001", key);
		r = each(context, key, value);
	}
	return r;
}

int
store_derive_key(
    struct store *store, const char *purpose, struct secret **ret_key)
{
	if (store->fault.error < 0)
		return store->fault.error;
	return seal_derive(store->unlock.meta.derivation, purpose, ret_key);
}

int
store_check(struct store *store, char **ret_report)
{
	if (store->fault.error == -EBADMSG) {
		*ret_report = strdup(store_fault(store));
		return *ret_report ? -EBADMSG : -ENOMEM;
	}
	if (store->fault.error < 0)
		return store->fault.error;
	return check_run(store->path, store->readers, ret_report);
}

int
store_backup(struct store *store, int fd)
{
	if (store->fault.error < 0)
		return store->fault.error;
	return backup_copy(store->dir, HOME_DATABASE, fd);
}

int
store_rekey(struct store *store, uint64_t *ret_count)
{
	if (store->fault.error < 0)
		return store->fault.error;
	if (store->unlock.is_credential)
		return -EROFS;
	return rekey_run(store->commit, store->readers, store->key_dir,
	    &store->unlock, ret_count);
}

int
store_export_key(struct store *store, struct secret **ret_text)
{
	if (store->fault.error < 0)
		return store->fault.error;
	(void)commit_lead(store->commit);
	*ret_text = key_print(store->unlock.key);
	commit_hand_on(store->commit);
	return *ret_text ? 0 : -ENOMEM;
}

void
store_stats(struct store *store, struct store_stats *ret_stats)
{
	*ret_stats = (struct store_stats){0};
	if (store->commit)
		commit_stats(store->commit, ret_stats);
	ret_stats->reads = atomic_load(&store->reads);
}
