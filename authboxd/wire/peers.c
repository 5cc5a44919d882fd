#include "wire/peers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

struct peer {
	uint64_t id; /* of its account */
	unsigned connections;
};

struct peers {
	pthread_mutex_t lock; /* of all below */
	struct peers_limits limits;
	struct peer *table; /* those that have a connection, unordered */
	size_t count, capacity;
	unsigned total, non_root;
};

struct peers *
peers_new(const struct peers_limits *limits)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (!peers)
		return NULL;
	(void)pthread_mutex_init(&peers->lock, NULL); /* cannot fail here */
	peers->limits = *limits;
	return peers;
}

void
peers_free(struct peers *peers)
{
	if (!peers)
		return;
	(void)pthread_mutex_destroy(&peers->lock); /* nobody holds it */
	free(peers->table);
	free(peers);
}

void
peers_set_limits(struct peers *peers, const struct peers_limits *limits)
{
	(void)pthread_mutex_lock(&peers->lock);
	peers->limits = *limits;
	(void)pthread_mutex_unlock(&peers->lock);
}

/* The entry of an account, made when there is none. NULL: no memory. */
static struct peer *
peers_get(struct peers *peers, uint64_t id)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->table[i].id == id)
			return &peers->table[i];

	if (peers->count == peers->capacity) {
		size_t capacity = peers->capacity ? peers->capacity * 2 : 16;
		struct peer *table =
		    reallocarray(peers->table, capacity, sizeof(*table));

		if (!table)
			return NULL;
		peers->table = table;
		peers->capacity = capacity;
	}
	peers->table[peers->count] = (struct peer){id, 0};
	return &peers->table[peers->count++];
}

static bool
peers_have_room(
    const struct peers *peers, const struct peer *peer, unsigned max)
{
	const struct peers_limits *limits = &peers->limits;

	if (peers->total >= limits->total)
		return false;
	if (peer->id == 0)
		return true;
	return peers->non_root < limits->all_non_root &&
	       peer->connections < (max ? max : limits->per_uid);
}

int
peers_enter(struct peers *peers, const struct peers_account *account)
{
	struct peer *peer;
	int r = -EUSERS;

	(void)pthread_mutex_lock(&peers->lock);
	peer = peers_get(peers, account->id);
	if (peer && peers_have_room(peers, peer, account->max)) {
		peer->connections++;
		peers->total++;
		peers->non_root += account->id != 0;
		r = 0;
	}
	if (peer && peer->connections == 0)
		*peer = peers->table[--peers->count];
	(void)pthread_mutex_unlock(&peers->lock);
	return r;
}

void
peers_leave(struct peers *peers, const struct peers_account *account)
{
	(void)pthread_mutex_lock(&peers->lock);
	for (size_t i = 0; i < peers->count; i++) {
		struct peer *peer = &peers->table[i];

		if (peer->id != account->id)
			continue;
		peers->total--;
		peers->non_root -= account->id != 0;
		if (--peer->connections == 0)
			*peer = peers->table[--peers->count];
		break;
	}
	(void)pthread_mutex_unlock(&peers->lock);
}
