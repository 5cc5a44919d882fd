/*
 * A counting gate in front of NSS and a small cache behind it. The cache is a
 * table of fixed size where a new entry takes the place of whatever had its
 * slot: nothing that a peer asks for makes it grow. Failures are not cached.
 */
#include "users/nss.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define SLOTS		 512 /* of each of the two tables */
#define BUFFER_BYTES_MIN 2048
#define BUFFER_BYTES_MAX (8 << 20) /* a group of 100,000 members fits */
#define GROUPS_MIN	 64
#define GROUPS_MAX	 65536 /* NGROUPS_MAX of Linux */

struct slot {
	int64_t until_ms;		    /* 0: empty */
	char name[USER_NAME_BYTES_MAX + 1]; /* what was asked for */
	uid_t uid;
	bool is_known;
	struct nss_user user;
};

struct nss {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t place_is_free;
	unsigned under_way;
	unsigned changes; /* told of by nss_forget() */
	struct slot by_name[SLOTS], by_uid[SLOTS];
};

struct nss *
nss_new(void)
{
	struct nss *nss = calloc(1, sizeof(*nss));
	pthread_condattr_t attributes;

	if (!nss)
		return NULL;
	/* On Linux none of these can fail. */
	(void)pthread_mutex_init(&nss->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&nss->place_is_free, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return nss;
}

void
nss_free(struct nss *nss)
{
	if (!nss)
		return;
	(void)pthread_cond_destroy(&nss->place_is_free);
	(void)pthread_mutex_destroy(&nss->lock);
	free(nss);
}

/* ---- the gate ---- */

static int
take_place(struct nss *nss)
{
	int64_t deadline_ms = clock_monotonic_ms() + NSS_WAIT_MS;
	struct timespec deadline = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	int r = 0;

	(void)pthread_mutex_lock(&nss->lock);
	while (nss->under_way >= NSS_PARALLEL_MAX && r == 0)
		r = pthread_cond_timedwait(
		    &nss->place_is_free, &nss->lock, &deadline);
	if (nss->under_way < NSS_PARALLEL_MAX) {
		nss->under_way++;
		r = 0;
	}
	(void)pthread_mutex_unlock(&nss->lock);
	return r == 0 ? 0 : -EAGAIN;
}

static void
leave_place(struct nss *nss)
{
	(void)pthread_mutex_lock(&nss->lock);
	nss->under_way--;
	(void)pthread_cond_signal(&nss->place_is_free);
	(void)pthread_mutex_unlock(&nss->lock);
}

/* ---- asking ---- */

/* The results that getpwnam(3) lists for "not found", besides success. */
static int
result_of(int error, bool found)
{
	if (error == 0)
		return found;
	return error == ENOENT || error == ESRCH ? 0 : -error;
}

/* Call again with a larger buffer as long as NSS says that it is too small. */
static bool
grow(int error, size_t *size)
{
	*size *= 2;
	return error == ERANGE && *size <= BUFFER_BYTES_MAX;
}

/* By name, or by uid when `name` is NULL. */
static int
ask_passwd(const char *name, uid_t uid, struct nss_user *ret)
{
	size_t size = BUFFER_BYTES_MIN;
	struct passwd entry, *found;
	int error;

	do {
		AUTO_TEXT buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		error = name ? getpwnam_r(name, &entry, buffer, size, &found)
			     : getpwuid_r(uid, &entry, buffer, size, &found);
		/* Whoever has a name that must not reach a log or a key is
		 * nobody to us. */
		if (error == 0 && found && !user_name_is_valid(entry.pw_name))
			return 0;
		if (error == 0 && found)
			*ret = (struct nss_user){
			    .uid = entry.pw_uid, .gid = entry.pw_gid};
		if (error == 0 && found)
			(void)snprintf(ret->name, sizeof(ret->name), "%s",
			    entry.pw_name); /* valid names fit */
	} while (grow(error, &size));

	return result_of(error, found != NULL);
}

static int
ask_group(const char *group, gid_t *ret_gid)
{
	size_t size = BUFFER_BYTES_MIN;
	struct group entry, *found;
	int error;

	do {
		AUTO_TEXT buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		error = getgrnam_r(group, &entry, buffer, size, &found);
		if (error == 0 && found)
			*ret_gid = entry.gr_gid;
	} while (grow(error, &size));

	return result_of(error, found != NULL);
}

/* All groups of a user; the caller's to free(). */
static int
ask_gids(const struct nss_user *user, gid_t **ret_gids, int *ret_count)
{
	for (int room = GROUPS_MIN; room <= GROUPS_MAX; room *= 4) {
		gid_t *gids = calloc((size_t)room, sizeof(gid_t));
		int count = room;

		if (!gids)
			return -ENOMEM;
		if (getgrouplist(user->name, user->gid, gids, &count) >= 0) {
			*ret_gids = gids;
			*ret_count = count;
			return 0;
		}
		free(gids);
	}
	return -ERANGE;
}

static int
ask_membership(const struct nss_user *user, gid_t gid)
{
	gid_t *gids;
	int count, r;

	r = ask_gids(user, &gids, &count);
	if (r < 0)
		return r;
	for (int i = 0; i < count && r == 0; i++)
		r = gids[i] == gid;
	free(gids);
	return r;
}

/* 1: *ret_name is the caller's to free(); 0: the id has no name. */
static int
ask_group_name(gid_t gid, char **ret_name)
{
	size_t size = BUFFER_BYTES_MIN;
	struct group entry, *found;
	int error;

	do {
		AUTO_TEXT buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		error = getgrgid_r(gid, &entry, buffer, size, &found);
		if (error == 0 && found) {
			*ret_name = strdup(entry.gr_name);
			return *ret_name ? 1 : -ENOMEM;
		}
	} while (grow(error, &size));

	return result_of(error, false);
}

/* Names of groups, as many as have one, ended by NULL. */
static int
ask_group_names(const gid_t gids[], int count, char **names)
{
	for (int i = 0; i < count; i++) {
		int r = ask_group_name(gids[i], names);

		if (r < 0)
			return r;
		names += r;
	}
	return 0;
}

/* ---- the cache ---- */

static struct slot *
get_slot(struct nss *nss, const char *name, uid_t uid)
{
	return name ? &nss->by_name[text_hash(name) % SLOTS]
		    : &nss->by_uid[uid % SLOTS];
}

/* 1, 0: what the cache says; -ENOENT: nothing, and *ret_changes is for
 * remember(). */
static int
recall(struct nss *nss, const char *name, uid_t uid, struct nss_user *ret,
    unsigned *ret_changes)
{
	const struct slot *slot = get_slot(nss, name, uid);
	int r = -ENOENT;

	(void)pthread_mutex_lock(&nss->lock);
	if (slot->until_ms > clock_monotonic_ms() &&
	    (name ? streq(slot->name, name) : slot->uid == uid)) {
		r = slot->is_known;
		if (slot->is_known)
			*ret = slot->user;
	}
	*ret_changes = nss->changes;
	(void)pthread_mutex_unlock(&nss->lock);
	return r;
}

/* Unless somebody has changed since `changes`: NSS may have answered before
 * that. */
static void
remember(struct nss *nss, const char *name, const struct slot *fresh,
    unsigned changes)
{
	struct slot *slot = get_slot(nss, name, fresh->uid);

	(void)pthread_mutex_lock(&nss->lock);
	if (nss->changes == changes) {
		*slot = *fresh;
		slot->until_ms = clock_monotonic_ms() + NSS_CACHE_S * 1000;
		if (name)
			(void)snprintf(
			    slot->name, sizeof(slot->name), "%s", name);
	}
	(void)pthread_mutex_unlock(&nss->lock);
}

void
nss_forget(struct nss *nss, const char *name, uid_t uid)
{
	(void)pthread_mutex_lock(&nss->lock);
	get_slot(nss, name, uid)->until_ms = 0;
	get_slot(nss, NULL, uid)->until_ms = 0;
	nss->changes++;
	(void)pthread_mutex_unlock(&nss->lock);
}

static int
find(struct nss *nss, const char *name, uid_t uid, struct nss_user *ret)
{
	struct slot fresh = {
	    .uid = uid, .user = {.uid = (uid_t)-1, .gid = (gid_t)-1}};
	unsigned changes;
	int r;

	r = recall(nss, name, uid, ret, &changes);
	if (r != -ENOENT)
		return r;

	r = take_place(nss);
	if (r < 0)
		return r;
	r = ask_passwd(name, uid, &fresh.user);
	leave_place(nss);
	if (r < 0)
		return r;

	fresh.is_known = r > 0;
	remember(nss, name, &fresh, changes);
	if (r > 0)
		*ret = fresh.user;
	return r;
}

int
nss_find_user(struct nss *nss, const char *name, struct nss_user *ret)
{
	if (!user_name_is_valid(name))
		return 0;
	return find(nss, name, (uid_t)-1, ret);
}

int
nss_find_uid(struct nss *nss, uid_t uid, struct nss_user *ret)
{
	if (uid == (uid_t)-1)
		return 0; /* means "no uid" to the kernel */
	return find(nss, NULL, uid, ret);
}

int
nss_is_member(struct nss *nss, const struct nss_user *user, const char *group)
{
	gid_t gid = (gid_t)-1;
	int r;

	r = take_place(nss);
	if (r < 0)
		return r;
	r = ask_group(group, &gid);
	if (r > 0 && gid != user->gid)
		r = ask_membership(user, gid);
	leave_place(nss);
	return r;
}

void
nss_group_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

/* Leaves out one of the ids. */
static int
drop_gid(gid_t gids[], int count, gid_t gid)
{
	int left = 0;

	for (int i = 0; i < count; i++)
		if (gids[i] != gid)
			gids[left++] = gids[i];
	return left;
}

static int
copy_group_names(struct nss *nss, const struct nss_user *user,
    bool with_primary, char ***ret_names)
{
	char **names = NULL;
	gid_t *gids = NULL;
	int count, r;

	r = take_place(nss);
	if (r < 0)
		return r;
	r = ask_gids(user, &gids, &count);
	if (r == 0 && !with_primary)
		count = drop_gid(gids, count, user->gid);
	if (r == 0 && count > NSS_GROUPS_MAX)
		r = -E2BIG;
	if (r == 0 && !(names = calloc((size_t)count + 1, sizeof(*names))))
		r = -ENOMEM;
	if (r == 0)
		r = ask_group_names(gids, count, names);
	leave_place(nss);
	free(gids);
	if (r == 0)
		*ret_names = names;
	else
		nss_group_names_free(names);
	return r;
}

int
nss_copy_group_names(
    struct nss *nss, const struct nss_user *user, char ***ret_names)
{
	return copy_group_names(nss, user, true, ret_names);
}

int
nss_copy_more_group_names(
    struct nss *nss, const struct nss_user *user, char ***ret_names)
{
	return copy_group_names(nss, user, false, ret_names);
}
