#include "net/troubles.h"

#include <pthread.h>

#include "base/text.h"

struct entry {
	uint64_t key;
	struct trouble trouble; /* text "": a free entry */
};

struct troubles {
	pthread_mutex_t lock; /* of all below */
	struct entry entries[TROUBLES_MAX];
};

struct troubles *
troubles_new(void)
{
	struct troubles *troubles = calloc(1, sizeof(*troubles));

	if (troubles)
		(void)pthread_mutex_init(&troubles->lock, NULL);
	return troubles; /* on Linux the former cannot fail */
}

void
troubles_free(struct troubles *troubles)
{
	if (troubles)
		(void)pthread_mutex_destroy(&troubles->lock);
	free(troubles);
}

/* Its own, or the one to be used for it, which has another key or no text. With
 * the lock held. */
static struct entry *
find_entry(struct troubles *troubles, uint64_t key)
{
	struct entry *best = &troubles->entries[0];

	for (size_t i = 0; i < TROUBLES_MAX; i++) {
		struct entry *entry = &troubles->entries[i];

		if (*entry->trouble.text && entry->key == key)
			return entry;
		if (*best->trouble.text &&
		    (!*entry->trouble.text ||
			entry->trouble.last_unix_s < best->trouble.last_unix_s))
			best = entry;
	}
	return best;
}

static bool
is_kept(const struct trouble *trouble, int64_t now_unix_s)
{
	return *trouble->text &&
	       now_unix_s - trouble->last_unix_s < TROUBLES_KEPT_S;
}

void
troubles_note(struct troubles *troubles, uint64_t key, int64_t now_unix_s,
    const char *text)
{
	struct entry *entry;

	if (!troubles)
		return;
	(void)pthread_mutex_lock(&troubles->lock);
	entry = find_entry(troubles, key);
	if (entry->key != key || !is_kept(&entry->trouble, now_unix_s))
		entry->trouble.since_unix_s = now_unix_s;
	entry->key = key;
	entry->trouble.last_unix_s = now_unix_s;
	text_copy_for_log(text, entry->trouble.text, TROUBLE_TEXT_BYTES);
	(void)pthread_mutex_unlock(&troubles->lock);
}

void
troubles_forget(struct troubles *troubles, uint64_t key)
{
	struct entry *entry;

	if (!troubles)
		return;
	(void)pthread_mutex_lock(&troubles->lock);
	entry = find_entry(troubles, key);
	if (entry->key == key)
		entry->trouble = (struct trouble){0};
	(void)pthread_mutex_unlock(&troubles->lock);
}

size_t
troubles_list(struct troubles *troubles, int64_t now_unix_s,
    struct trouble ret_list[TROUBLES_MAX])
{
	size_t count = 0;

	if (!troubles)
		return 0;
	(void)pthread_mutex_lock(&troubles->lock);
	for (size_t i = 0; i < TROUBLES_MAX; i++)
		if (is_kept(&troubles->entries[i].trouble, now_unix_s))
			ret_list[count++] = troubles->entries[i].trouble;
	(void)pthread_mutex_unlock(&troubles->lock);
	return count;
}
