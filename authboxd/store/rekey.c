/*
 * The order that survives a crash at any point: the next key is on disk, then
 * one transaction puts all data under it, then it takes the place of the old
 * key. Whoever opens the store in between finds both keys, tries the old one,
 * then the next, and ends what was begun (unlock.c).
 */
#include "store/rekey.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "store/key.h"

struct rekey {
	struct commit *commit;
	struct sqlite *writer;
	struct seal *old, *new;
	uint64_t count;
	uint8_t sealed[STORE_VALUE_BYTES_MAX + SEAL_OVERHEAD_BYTES];
	bool is_committing; /* from here on its outcome may be unknown */
};

static void
rekey_free(struct rekey *rekey)
{
	if (!rekey)
		return;
	seal_free(rekey->old);
	seal_free(rekey->new);
	free(rekey);
}
CLEANUP_DEFINE(rekey)

/* A next key may be there already: one that is in force but could not be
 * renamed, or one whose commit failed in a way that a crash may yet turn into
 * success. Neither may be thrown away. */
static int
find_next_key(const char *key_dir, const struct secret *current,
    struct secret **ret_key, bool *ret_made)
{
	AUTO(secret) key = NULL;
	int r = key_find_next(key_dir, &key);

	if (r > 0 && secret_equal(key->bytes, current->bytes, current->size)) {
		r = key_promote_next(key_dir, true);
		if (r < 0)
			return r;
	} else if (r > 0) {
		*ret_made = false;
		*ret_key = TAKE(key);
		return 0;
	}
	if (r == -EBADMSG)
		r = key_drop_next(key_dir); /* cut short while it was made */
	*ret_made = true;
	return r < 0 ? r : key_make_next(key_dir, ret_key);
}

/* Seal the first item with an id above *id. 1; 0: there is none. */
static int
reseal_one(struct rekey *rekey, int64_t *id)
{
	AUTO(secret) value = NULL;
	struct sqlite_row row;
	int r;

	r = sqlite_find_above(rekey->writer, *id, &row);
	if (r > 0) {
		*id = row.id;
		r = seal_open(rekey->old, row.key, row.value, row.size, &value);
		if (r == 0 && value->size > STORE_VALUE_BYTES_MAX)
			r = -EBADMSG;
		if (r == 0)
			r = seal_close(
			    rekey->new, row.key, value, rekey->sealed);
		r = r < 0 ? r : 1;
	}
	sqlite_done(rekey->writer);
	if (r > 0)
		r = sqlite_replace(rekey->writer, *id, rekey->sealed,
		    value->size + SEAL_OVERHEAD_BYTES);
	else
		return r;
	return r < 0 ? r : 1;
}

static int
reseal_all(struct rekey *rekey, const struct secret *derivation)
{
	int64_t id = 0;
	int r;

	r = meta_put_derivation(rekey->writer, rekey->new, derivation);
	if (r < 0)
		return r;
	while ((r = reseal_one(rekey, &id)) > 0) {
		rekey->count++;
		commit_go_on(rekey->commit);
	}
	return r;
}

static int
end_transaction(void *context)
{
	struct rekey *rekey = context;

	rekey->is_committing = true;
	return sqlite_is_in_transaction(rekey->writer)
		   ? sqlite_commit(rekey->writer)
		   : -EIO;
}

static int
rekey_with(struct rekey *rekey, struct readers *readers,
    const struct unlock *unlock, const struct secret *key)
{
	int r;

	r = seal_new(unlock->key, unlock->meta.id, &rekey->old);
	if (r == 0)
		r = seal_new(key, unlock->meta.id, &rekey->new);
	if (r == 0)
		r = sqlite_begin(rekey->writer);
	if (r == 0)
		r = reseal_all(rekey, unlock->meta.derivation);
	if (r == 0)
		r = readers_change_key(
		    readers, key, unlock->meta.id, end_transaction, rekey);
	sqlite_rollback(rekey->writer);
	return r;
}

static int
rekey_leading(struct commit *commit, struct rekey *rekey,
    struct readers *readers, const char *key_dir, struct unlock *unlock)
{
	AUTO(secret) key = NULL;
	bool made = false;
	int r;

	r = find_next_key(key_dir, unlock->key, &key, &made);
	if (r == 0)
		r = rekey_with(rekey, readers, unlock, key);
	if (r < 0) {
		if (made && key && !rekey->is_committing)
			(void)key_drop_next(key_dir); /* else at next open */
		return r;
	}
	commit_set_seal(commit, TAKE(rekey->new));
	secret_free(unlock->key);
	unlock->key = TAKE(key);

	r = key_promote_next(key_dir, true);
	if (r < 0)
		log_warning("store: cannot rename %s/store.key.new to "
			    "store.key: %s; both must be kept",
		    key_dir, strerror(-r));
	return 0;
}

int
rekey_run(struct commit *commit, struct readers *readers, const char *key_dir,
    struct unlock *unlock, uint64_t *ret_count)
{
	AUTO(rekey) rekey = calloc(1, sizeof(*rekey));
	int r;

	if (!rekey)
		return -ENOMEM;
	rekey->commit = commit;
	rekey->writer = commit_lead(commit);
	r = rekey_leading(commit, rekey, readers, key_dir, unlock);
	commit_hand_on(commit);
	if (r == 0)
		*ret_count = rekey->count;
	return r;
}
