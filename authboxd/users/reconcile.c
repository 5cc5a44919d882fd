/*
 * First what is published, then the store: whoever is created in between is in
 * the store before he is published, so nobody is taken for a stranger.
 */
#include "users/reconcile.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "users/accounts.h"
#include "users/profile.h"
#include "users/uid_owner.h"
#include "wire/stream.h"

#define LIST_MS 30000

struct work {
	struct store *store;
	const char *socket;
	struct person **there; /* published; sorted by name */
	bool *is_known;	       /* the store has him too */
	size_t count, room;
	struct reconciled done;
};

static void
work_done(struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		person_free(work->there[i]);
	free(work->there);
	free(work->is_known);
}

/* ---- what is published ---- */

static int
note_user(void *context, const struct person *user)
{
	struct work *work = context;
	struct person **more, *copy;

	if (work->count == work->room) {
		work->room = work->room ? 2 * work->room : 64;
		more =
		    reallocarray(work->there, work->room, sizeof(*work->there));
		if (!more)
			return -ENOMEM;
		work->there = more;
	}
	copy = person_copy(user);
	if (!copy)
		return -ENOMEM;
	work->there[work->count++] = copy;
	return 0;
}

static int
skip_reserved(void *context, uid_t uid)
{
	(void)context;
	(void)uid;
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return text_order((*(struct person *const *)a)->name,
	    (*(struct person *const *)b)->name);
}

static int
note_all(struct work *work)
{
	const struct accounts_listing listing = {
	    note_user, skip_reserved, work};
	int r;

	r = accounts_list(work->socket, &listing, stream_now_ms() + LIST_MS);
	if (r < 0)
		return r;
	if (work->count > 0)
		qsort(work->there, work->count, sizeof(*work->there),
		    compare_names);
	work->is_known = calloc(work->count + 1, sizeof(*work->is_known));
	return work->is_known ? 0 : -ENOMEM;
}

/* ---- what shall be ---- */

static bool
is_the_same(const struct person *a, const struct person *b)
{
	const char *one = profile_get_real_name(a->profile);
	const char *two = profile_get_real_name(b->profile);

	return a->uid == b->uid && person_has_same_groups(a, b) &&
	       ((!one && !two) || streq_null(one, two));
}

static int
publish(struct work *work, const struct person *person)
{
	struct accounts_refusal refusal = {0};
	int r;

	r = accounts_publish(
	    work->socket, person, stream_now_ms() + ACCOUNTS_WAIT_MS, &refusal);
	if (r < 0)
		return r;
	work->done.published += r > 0;
	work->done.refused += r == 0;
	if (r == 0)
		log_warning("user %s: his account is not made: %s (%s)",
		    person->name, refusal.message, refusal.reason);
	return 0;
}

/* The store has made this account and has removed its user. Of one that it has
 * no word of, its state was lost or is another one's; of one that cannot be
 * read, nothing is known. 1, 0, < 0. */
static int
was_removed(const struct work *work, const struct person *account)
{
	char owner[USER_NAME_BYTES_MAX + 1];
	AUTO(person) person = NULL;
	int64_t taken_unix_s;
	int r;

	r = uid_owner_find(work->store, account->uid, owner, &taken_unix_s);
	if (r > 0 && !streq(owner, account->name))
		r = 0;
	if (r <= 0)
		return r == -EBADMSG ? 0 : r;
	/* He may have come back meanwhile. */
	r = person_find(work->store, account->name, &person);
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	return r == 0 || person->uid != account->uid;
}

static int
withdraw(struct work *work, const struct person *account)
{
	struct accounts_refusal refusal = {0};
	int r;

	log_warning("user %s (uid %u) was removed and is still published: he "
		    "is withdrawn",
	    account->name, (unsigned)account->uid);
	r = accounts_withdraw(work->socket, account->name, account->uid,
	    stream_now_ms() + ACCOUNTS_WAIT_MS, &refusal);
	work->done.withdrawn += r > 0;
	work->done.refused += r == 0;
	return r < 0 ? r : 0;
}

/* 1: he was, and it is done or refused; 0; < 0. */
static int
withdraw_if_removed(struct work *work, size_t i)
{
	int r = was_removed(work, work->there[i]);

	if (r <= 0)
		return r;
	work->is_known[i] = true; /* there is no more to do about him */
	r = withdraw(work, work->there[i]);
	return r < 0 ? r : 1;
}

/* An inactive user keeps his account: files have an owner, and logins are
 * refused by the daemon. One who was removed and came back is published with
 * his id when nobody has his name any more. */
static int
check_person(void *context, const struct person *person)
{
	struct work *work = context;
	struct person *const *found = NULL;
	int r = 0;

	if (person->uid == PERSON_NO_UID)
		return 0;
	if (work->count > 0)
		found = bsearch(&person, work->there, work->count,
		    sizeof(*work->there), compare_names);
	if (found && (*found)->uid == person->uid)
		work->is_known[found - work->there] = true;
	else if (found)
		r = withdraw_if_removed(work, (size_t)(found - work->there));
	if (r < 0 || (found && is_the_same(*found, person)))
		return r;
	return publish(work, person);
}

static int
withdraw_removed(struct work *work)
{
	const char *stranger = NULL;

	for (size_t i = 0; i < work->count; i++) {
		int r = work->is_known[i] ? 1 : withdraw_if_removed(work, i);

		if (r < 0)
			return r;
		if (r == 0) {
			work->done.strangers++;
			stranger = work->there[i]->name;
		}
	}
	if (stranger)
		log_warning("published users who are not of this store: %zu, "
			    "%s among them; they stay. If the store was lost, "
			    "put its backup back; else see DIAGNOSTICS in "
			    "authboxd(8)",
		    work->done.strangers, stranger);
	return 0;
}

int
reconcile_run(
    struct store *store, const char *socket, struct reconciled *ret_done)
{
	struct work work = {.store = store, .socket = socket};
	int r;

	r = note_all(&work);
	if (r == 0)
		r = person_list(store, check_person, &work);
	if (r == 0)
		r = withdraw_removed(&work);
	if (r == 0)
		*ret_done = work.done;
	work_done(&work);
	return r;
}
