#include "userdb/told.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"

#define NEVER INT64_MIN

struct entry {
	char name[UNIX_NAME_BYTES_MAX + 1]; /* "": empty */
	uint32_t uid;			    /* told last, 0: never */
	bool nothing;			    /* is told now */
	int64_t fresh_until_ms;
	int64_t told_ms;    /* NEVER, or when the uid was told last */
	int64_t changed_ms; /* NEVER, or when it was another one last */
};

struct told {
	pthread_mutex_t lock; /* of all below */
	int64_t forgotten_ms;
	struct entry entries[TOLD_NAMES_MAX]; /* by the name's hash */
	uint16_t by_uid[TOLD_NAMES_MAX];      /* where the name stands */
};

struct told *
told_new(void)
{
	struct told *told = calloc(1, sizeof(*told));

	if (!told)
		return NULL;
	told->forgotten_ms = NEVER;
	(void)pthread_mutex_init(&told->lock, NULL); /* cannot fail on Linux */
	return told;
}

void
told_free(struct told *told)
{
	if (!told)
		return;
	(void)pthread_mutex_destroy(&told->lock);
	free(told);
}

static struct entry *
get_entry(struct told *told, const char *name)
{
	return &told->entries[text_hash(name) % TOLD_NAMES_MAX];
}

/* Within the time that a login may take; NEVER is not. */
static bool
is_recent(int64_t then_ms, int64_t now_ms)
{
	return then_ms != NEVER && now_ms - then_ms < TOLD_LOGIN_MS;
}

static void
put(struct told *told, struct entry *entry, const char *name, uint32_t uid,
    int64_t now_ms)
{
	if (!streq(entry->name, name)) {
		*entry = (struct entry){.told_ms = NEVER, .changed_ms = NEVER};
		memcpy(entry->name, name, strlen(name) + 1);
	}
	if (uid != 0 && entry->uid != uid && is_recent(entry->told_ms, now_ms))
		entry->changed_ms = now_ms;
	if (uid != 0) {
		entry->uid = uid;
		entry->told_ms = now_ms;
		told->by_uid[uid % TOLD_NAMES_MAX] =
		    (uint16_t)(entry - told->entries);
	}
	entry->nothing = uid == 0;
	entry->fresh_until_ms =
	    now_ms + (uid != 0 ? TOLD_FRESH_MS : TOLD_UNKNOWN_MS);
}

void
told_put(struct told *told, const char *name, uint32_t uid, int64_t now_ms)
{
	(void)pthread_mutex_lock(&told->lock);
	put(told, get_entry(told, name), name, uid, now_ms);
	(void)pthread_mutex_unlock(&told->lock);
}

int
told_find_name(
    struct told *told, const char *name, int64_t now_ms, uint32_t *ret_uid)
{
	const struct entry *entry = get_entry(told, name);
	int r = -ENOENT;

	(void)pthread_mutex_lock(&told->lock);
	if (streq(entry->name, name) && entry->fresh_until_ms > now_ms) {
		r = !entry->nothing;
		if (r > 0)
			*ret_uid = entry->uid;
	}
	(void)pthread_mutex_unlock(&told->lock);
	return r;
}

int
told_find_uid(struct told *told, uint32_t uid, int64_t now_ms,
    char ret_name[UNIX_NAME_BYTES_MAX + 1])
{
	const struct entry *entry;
	int r = 0;

	(void)pthread_mutex_lock(&told->lock);
	entry = &told->entries[told->by_uid[uid % TOLD_NAMES_MAX]];
	if (uid != 0 && entry->uid == uid && !entry->nothing &&
	    entry->fresh_until_ms > now_ms) {
		memcpy(ret_name, entry->name, sizeof(entry->name));
		r = 1;
	}
	(void)pthread_mutex_unlock(&told->lock);
	return r;
}

bool
told_otherwise(
    struct told *told, const char *name, uint32_t uid, int64_t now_ms)
{
	const struct entry *entry = get_entry(told, name);
	bool other = false;

	(void)pthread_mutex_lock(&told->lock);
	if (streq(entry->name, name) && is_recent(entry->told_ms, now_ms))
		other = entry->uid != uid ||
			entry->told_ms <= told->forgotten_ms ||
			is_recent(entry->changed_ms, now_ms);
	(void)pthread_mutex_unlock(&told->lock);
	return other;
}

void
told_forget(struct told *told, int64_t now_ms)
{
	(void)pthread_mutex_lock(&told->lock);
	told->forgotten_ms = now_ms;
	for (size_t i = 0; i < TOLD_NAMES_MAX; i++)
		told->entries[i].fresh_until_ms = now_ms;
	(void)pthread_mutex_unlock(&told->lock);
}
