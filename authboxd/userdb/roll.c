/* Two sorted arrays: 65,536 accounts are half a megabyte of pointers to move,
 * once for each account that is made. */
#include "userdb/roll.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"

struct roll {
	pthread_mutex_t lock; /* of all below */
	struct account **by_uid;
	size_t count;
	struct account **by_name; /* lent from by_uid: not the withdrawn */
	size_t name_count;
};

struct roll *
roll_new(void)
{
	AUTO(roll) roll = calloc(1, sizeof(*roll));

	if (!roll)
		return NULL;
	(void)pthread_mutex_init(&roll->lock, NULL); /* cannot fail on Linux */
	roll->by_uid = calloc(ROLL_ACCOUNTS_MAX, sizeof(struct account *));
	roll->by_name = calloc(ROLL_ACCOUNTS_MAX, sizeof(struct account *));
	return roll->by_uid && roll->by_name ? TAKE(roll) : NULL;
}

void
roll_free(struct roll *roll)
{
	if (!roll)
		return;
	for (size_t i = 0; roll->by_uid && i < roll->count; i++)
		account_free(roll->by_uid[i]);
	free(roll->by_uid);
	free(roll->by_name);
	(void)pthread_mutex_destroy(&roll->lock);
	free(roll);
}

/* Where an id stands, or would. */
static size_t
place_of_uid(const struct roll *roll, uint32_t uid)
{
	size_t low = 0, high = roll->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (roll->by_uid[middle]->uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t
place_of_name(const struct roll *roll, const char *name)
{
	size_t low = 0, high = roll->name_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (text_order(roll->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct account *
find_uid(const struct roll *roll, uint32_t uid)
{
	size_t i = place_of_uid(roll, uid);

	return i < roll->count && roll->by_uid[i]->uid == uid ? roll->by_uid[i]
							      : NULL;
}

static struct account *
find_name(const struct roll *roll, const char *name)
{
	size_t i = place_of_name(roll, name);

	return i < roll->name_count && streq(roll->by_name[i]->name, name)
		   ? roll->by_name[i]
		   : NULL;
}

static void
insert(
    struct account **array, size_t *count, size_t at, struct account *account)
{
	memmove(array + at + 1, array + at, (*count - at) * sizeof(*array));
	array[at] = account;
	++*count;
}

static void
drop_name(struct roll *roll, const char *name)
{
	size_t i = place_of_name(roll, name);

	memmove(roll->by_name + i, roll->by_name + i + 1,
	    (--roll->name_count - i) * sizeof(*roll->by_name));
}

static int
put(struct roll *roll, struct account *account)
{
	struct account *same = find_uid(roll, account->uid);
	const struct account *namesake =
	    account->withdrawn ? NULL : find_name(roll, account->name);

	if ((namesake && namesake->uid != account->uid) ||
	    (same && !streq(same->name, account->name)))
		return -EEXIST;
	if (!same && roll->count == ROLL_ACCOUNTS_MAX)
		return -ENOSPC;

	if (same && !same->withdrawn)
		drop_name(roll, same->name);
	if (same)
		roll->by_uid[place_of_uid(roll, same->uid)] = account;
	else
		insert(roll->by_uid, &roll->count,
		    place_of_uid(roll, account->uid), account);
	if (!account->withdrawn)
		insert(roll->by_name, &roll->name_count,
		    place_of_name(roll, account->name), account);
	account_free(same);
	return 0;
}

int
roll_put(struct roll *roll, struct account *take_account)
{
	int r;

	(void)pthread_mutex_lock(&roll->lock);
	r = put(roll, take_account);
	(void)pthread_mutex_unlock(&roll->lock);
	return r;
}

bool
roll_is_full(struct roll *roll)
{
	bool full;

	(void)pthread_mutex_lock(&roll->lock);
	full = roll->count == ROLL_ACCOUNTS_MAX;
	(void)pthread_mutex_unlock(&roll->lock);
	return full;
}

/* With the lock held. */
static int
copy_found(const struct account *found, struct account **ret_account)
{
	int r = found && ret_account ? account_copy(found, ret_account) : 0;

	return r < 0 ? r : found != NULL;
}

int
roll_find_name(
    struct roll *roll, const char *name, struct account **ret_account)
{
	int r;

	(void)pthread_mutex_lock(&roll->lock);
	r = copy_found(find_name(roll, name), ret_account);
	(void)pthread_mutex_unlock(&roll->lock);
	return r;
}

int
roll_find_uid(struct roll *roll, uint32_t uid, struct account **ret_account)
{
	int r;

	(void)pthread_mutex_lock(&roll->lock);
	r = copy_found(find_uid(roll, uid), ret_account);
	(void)pthread_mutex_unlock(&roll->lock);
	return r;
}

int
roll_find_claim(struct roll *roll, uint32_t uid, struct roll_claim *ret_claim)
{
	const struct account *found;

	(void)pthread_mutex_lock(&roll->lock);
	found = find_uid(roll, uid);
	if (found)
		ret_claim->taken_unix_s = found->taken_unix_s;
	(void)pthread_mutex_unlock(&roll->lock);
	return found != NULL;
}

int
roll_list(
    struct roll *roll, uint32_t uid, struct account *ret_accounts[], int max)
{
	int count = 0, r = 0;

	(void)pthread_mutex_lock(&roll->lock);
	for (size_t i = place_of_uid(roll, uid);
	     r == 0 && i < roll->count && count < max; i++) {
		r = account_copy(roll->by_uid[i], &ret_accounts[count]);
		count += r == 0;
	}
	(void)pthread_mutex_unlock(&roll->lock);
	if (r == 0)
		return count;
	while (count > 0)
		account_free(ret_accounts[--count]);
	return r;
}
