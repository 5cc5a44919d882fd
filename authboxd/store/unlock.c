#include "store/unlock.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "store/key.h"

void
unlock_done(struct unlock *unlock)
{
	secret_free(TAKE(unlock->key));
	meta_done(&unlock->meta);
}

static int
refuse_key_file(const struct store_paths *paths, int error, struct fault *fault)
{
	if (error == -EBADMSG)
		return fault_set(fault, -ENOKEY,
		    "the store key (credential authbox.storekey, or "
		    "%s/store.key) is not one: put the right one in its place "
		    "and restart authboxd",
		    paths->key_dir);
	return fault_set(fault, -ENOKEY,
	    "the store key in %s cannot be read or made: %s; repair that and "
	    "restart authboxd",
	    paths->key_dir, strerror(-error));
}

static int
make_key(const struct store_paths *paths, struct secret **ret_key)
{
	AUTO(secret) key = NULL;
	int r;

	if (mkdir(paths->key_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	r = key_drop_next(paths->key_dir);
	if (r == 0)
		r = key_make_next(paths->key_dir, &key);
	if (r == 0)
		r = key_promote_next(paths->key_dir, false);
	if (r < 0)
		return r;
	*ret_key = TAKE(key);
	return 0;
}

/* The key first: were the data first and the power cut in between, there would
 * be data without a key. */
static int
begin_anew(struct sqlite *sqlite, const struct store_paths *paths,
    struct fault *fault, struct unlock *unlock)
{
	int r = key_find(paths, &unlock->key, &unlock->is_credential);

	if (r == 0)
		r = make_key(paths, &unlock->key);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refuse_key_file(paths, r, fault);
	return meta_create(sqlite, unlock->key, &unlock->meta);
}

/* The rest of a rekey: the data is under the next key, or it is not. */
static int
try_next_key(struct sqlite *sqlite, const struct store_paths *paths,
    struct unlock *unlock)
{
	AUTO(secret) key = NULL;
	int r = key_find_next(paths->key_dir, &key);

	if (r <= 0)
		return r == -ENOMEM ? r : -ENOKEY;
	r = meta_load(sqlite, key, &unlock->meta);
	if (r < 0)
		return r;

	r = key_promote_next(paths->key_dir, true);
	if (r < 0)
		log_warning("store: cannot rename %s/store.key.new to "
			    "store.key: %s; both must be kept",
		    paths->key_dir, strerror(-r));
	secret_free(unlock->key);
	unlock->key = TAKE(key);
	return 0;
}

static int
open_data(struct sqlite *sqlite, const struct store_paths *paths,
    struct fault *fault, struct unlock *unlock)
{
	int found = key_find(paths, &unlock->key, &unlock->is_credential), r;

	if (found < 0)
		return found == -ENOMEM ? found
					: refuse_key_file(paths, found, fault);
	r = found ? meta_load(sqlite, unlock->key, &unlock->meta) : -ENOKEY;
	if (r == 0 && !unlock->is_credential)
		/* Left by a rekey that did not come to its commit. */
		(void)key_drop_next(paths->key_dir);
	if (r == -ENOKEY && !unlock->is_credential)
		r = try_next_key(sqlite, paths, unlock);
	if (r != -ENOKEY)
		return r;

	if (!found)
		return fault_set(fault, r,
		    "%s holds data, but its key %s/store.key is missing: put "
		    "it back (the text of `authboxctl store export-key`) and "
		    "restart authboxd; no new key is made over existing data",
		    paths->state_dir, paths->key_dir);
	return fault_set(fault, r,
	    "the store key in %s is not the one that %s was sealed with: put "
	    "the right one back and restart authboxd",
	    unlock->is_credential ? "the credential authbox.storekey"
				  : paths->key_dir,
	    paths->state_dir);
}

int
unlock_open(struct sqlite *sqlite, const struct store_paths *paths,
    struct fault *fault, struct unlock *ret_unlock)
{
	struct unlock unlock = {0};
	int format, r;

	r = sqlite_get_format(sqlite, &format);
	if (r < 0)
		return r;
	if (format > SQLITE_LAYOUT)
		return fault_set(fault, -EPROTONOSUPPORT,
		    "%s was written by a newer authbox (format %d, this one "
		    "knows %d): install that version again, or put a backup "
		    "from before back",
		    paths->state_dir, format, SQLITE_LAYOUT);

	r = format == 0 ? begin_anew(sqlite, paths, fault, &unlock)
			: open_data(sqlite, paths, fault, &unlock);
	if (r < 0) {
		unlock_done(&unlock);
		return r;
	}
	unlock.is_new = format == 0;
	*ret_unlock = unlock;
	return 0;
}
