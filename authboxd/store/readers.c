#include "store/readers.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define READERS_MAX 16

struct reader {
	struct reader *next; /* in the list of those that are free */
	struct sqlite *sqlite;
	struct seal *seal;
};

struct readers {
	struct reader readers[READERS_MAX];
	size_t count;

	pthread_mutex_t lock; /* of the list of free ones */
	pthread_cond_t given;
	struct reader *free;
};

/* Waits until one is free; the caller's until it is given back. */
static struct reader *
take_reader(struct readers *readers)
{
	struct reader *reader;

	(void)pthread_mutex_lock(&readers->lock);
	while (!readers->free)
		(void)pthread_cond_wait(&readers->given, &readers->lock);
	reader = readers->free;
	readers->free = reader->next;
	(void)pthread_mutex_unlock(&readers->lock);
	return reader;
}

static void
give_back(struct readers *readers, struct reader *reader)
{
	(void)pthread_mutex_lock(&readers->lock);
	reader->next = readers->free;
	readers->free = reader;
	(void)pthread_cond_signal(&readers->given);
	(void)pthread_mutex_unlock(&readers->lock);
}

static size_t
reader_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		return 1;
	return cores > READERS_MAX ? READERS_MAX : (size_t)cores;
}

int
readers_new(const char *path, const struct secret *key,
    const uint8_t id[SEAL_ID_BYTES], struct readers **ret_readers)
{
	AUTO(readers) readers = calloc(1, sizeof(*readers));
	int r = 0;

	if (!readers)
		return -ENOMEM;
	(void)pthread_mutex_init(&readers->lock, NULL);
	(void)pthread_cond_init(&readers->given, NULL);
	readers->count = reader_count();
	for (size_t i = 0; r == 0 && i < readers->count; i++) {
		struct reader *reader = &readers->readers[i];

		r = sqlite_open(path, SQLITE_READER, &reader->sqlite);
		if (r == 0)
			r = seal_new(key, id, &reader->seal);
		give_back(readers, reader);
	}
	if (r < 0)
		return r;
	*ret_readers = TAKE(readers);
	return 0;
}

void
readers_free(struct readers *readers)
{
	if (!readers)
		return;
	for (size_t i = 0; i < readers->count; i++) {
		sqlite_free(readers->readers[i].sqlite);
		seal_free(readers->readers[i].seal);
	}
	(void)pthread_cond_destroy(&readers->given);
	(void)pthread_mutex_destroy(&readers->lock);
	free(readers);
}

int
readers_get(struct readers *readers, const char *key, struct secret **ret_value)
{
	struct reader *reader = take_reader(readers);
	AUTO(secret) value = NULL;
	struct sqlite_row row;
	int r;

	r = sqlite_find(reader->sqlite, key, &row);
	if (r > 0) {
		r = seal_open(reader->seal, key, row.value, row.size, &value);
		r = r < 0 ? r : 1;
	}
	sqlite_done(reader->sqlite);
	give_back(readers, reader);
	if (r > 0)
		*ret_value = TAKE(value);
	return r;
}

int
readers_find_between(struct readers *readers, const char *from, const char *end,
    char **ret_key, struct secret **ret_value)
{
	struct reader *reader = take_reader(readers);
	AUTO(secret) value = NULL;
	AUTO_TEXT key = NULL;
	struct sqlite_row row;
	int r;

	r = sqlite_find_between(reader->sqlite, from, end, &row);
	if (r > 0) {
		key = strdup(row.key);
		r = key ? seal_open(
			      reader->seal, key, row.value, row.size, &value)
			: -ENOMEM;
		r = r < 0 ? r : 1;
	}
	sqlite_done(reader->sqlite);
	give_back(readers, reader);
	/* The key is told for a value that does not unseal, too. */
	*ret_key = TAKE(key);
	*ret_value = TAKE(value);
	return r;
}

int
readers_change_key(struct readers *readers, const struct secret *key,
    const uint8_t id[SEAL_ID_BYTES], int (*change)(void *context),
    void *context)
{
	struct seal *seals[READERS_MAX] = {NULL};
	struct reader *taken[READERS_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < readers->count; i++)
		r = seal_new(key, id, &seals[i]);
	for (size_t i = 0; i < readers->count; i++)
		taken[i] = take_reader(readers);
	if (r == 0)
		r = change(context);
	for (size_t i = 0; i < readers->count; i++) {
		struct seal *old = taken[i]->seal;

		if (r == 0) {
			taken[i]->seal = seals[i];
			seals[i] = old;
		}
		seal_free(seals[i]);
		give_back(readers, taken[i]);
	}
	return r;
}
