#include "login/device_flows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "login/device_budget.h"

struct flow {
	uint64_t ticket; /* 0: a free place */
	int64_t start_ms;
	struct device_budget_key key;
};

struct device_flows {
	unsigned char key[DEVICE_FLOWS_KEY_BYTES]; /* of the hashes */
	pthread_mutex_t lock;			   /* of all below */
	struct device_budget *budget;
	uint64_t last_ticket;
	struct flow places[DEVICE_FLOWS_MAX];
};

struct device_flows *
device_flows_new(const unsigned char key[DEVICE_FLOWS_KEY_BYTES])
{
	AUTO(device_flows) flows = calloc(1, sizeof(*flows));

	if (!flows)
		return NULL;
	(void)pthread_mutex_init(&flows->lock, NULL);
	memcpy(flows->key, key, sizeof(flows->key));
	flows->budget = device_budget_new();
	return flows->budget ? TAKE(flows) : NULL;
}

void
device_flows_free(struct device_flows *flows)
{
	if (!flows)
		return;
	device_budget_free(flows->budget);
	(void)pthread_mutex_destroy(&flows->lock); /* nobody holds it */
	free(flows);
}

/* ---- who it is ---- */

static bool
hash(const struct device_flows *flows, const void *bytes, size_t size,
    uint64_t *ret_hash)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_bytes;

	if (!HMAC(EVP_sha256(), flows->key, DEVICE_FLOWS_KEY_BYTES, bytes, size,
		digest, &digest_bytes))
		return false;
	memcpy(ret_hash, digest, sizeof(*ret_hash));
	return true;
}

/* False: no memory. */
static bool
make_key(const struct device_flows *flows, const struct device_asker *asker,
    struct device_budget_key *ret_key)
{
	uint64_t both[2];

	ret_key->is_known = asker->is_known;
	if (!hash(flows, asker->user, strlen(asker->user), &both[0]) ||
	    !hash(flows, asker->origin, strlen(asker->origin), &both[1]) ||
	    !hash(flows, both, sizeof(both), &ret_key->pair))
		return false;
	ret_key->user = both[0];
	ret_key->origin = both[1];
	return true;
}

/* ---- places: with the lock held ---- */

/* How many strangers are under way from there. */
static size_t
count_network(const struct device_flows *flows, uint64_t origin)
{
	size_t count = 0;

	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++) {
		const struct flow *flow = &flows->places[i];

		count += flow->ticket && !flow->key.is_known &&
			 flow->key.origin == origin;
	}
	return count;
}

/* What is under way, seen by one who wants to come in. */
struct view {
	size_t strangers;
	size_t known_of_user; /* who are known */
	size_t own;	      /* of his kind: this user, from there */
	struct flow *free_place;
	struct flow *oldest_known; /* of this user, who is known */
	struct flow *crowd;	   /* the oldest of the largest network */
	size_t crowd_size;
	struct flow *oldest_stranger;
};

static bool
is_older(const struct flow *flow, const struct flow *than)
{
	return !than || flow->ticket < than->ticket;
}

static void
see_stranger(
    const struct device_flows *flows, struct flow *flow, struct view *view)
{
	size_t size = count_network(flows, flow->key.origin);

	view->strangers++;
	if (is_older(flow, view->oldest_stranger))
		view->oldest_stranger = flow;
	if (size > view->crowd_size ||
	    (size == view->crowd_size && is_older(flow, view->crowd))) {
		view->crowd = flow;
		view->crowd_size = size;
	}
}

static struct view
look(struct device_flows *flows, const struct device_budget_key *key)
{
	struct view view = {0};

	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++) {
		struct flow *flow = &flows->places[i];
		bool is_of_user = flow->key.user == key->user;

		if (!flow->ticket) {
			view.free_place = flow;
			continue;
		}
		view.own += flow->key.pair == key->pair &&
			    flow->key.is_known == key->is_known;
		if (!flow->key.is_known) {
			see_stranger(flows, flow, &view);
		} else if (is_of_user) {
			view.known_of_user++;
			if (is_older(flow, view.oldest_known))
				view.oldest_known = flow;
		}
	}
	return view;
}

static void
drop_forgotten(struct device_flows *flows, int64_t now_ms)
{
	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++)
		if (now_ms >= flows->places[i].start_ms + DEVICE_FLOWS_LIFE_MS)
			flows->places[i] = (struct flow){0};
}

static struct flow *
find_place_of_known(const struct view *view)
{
	if (view->known_of_user >= DEVICE_FLOWS_PER_USER_MAX)
		return view->own == 0 ? view->oldest_known : NULL;
	return view->free_place ? view->free_place : view->crowd;
}

static struct flow *
find_place_of_stranger(
    const struct view *view, size_t of_network, int64_t now_ms)
{
	const struct flow *oldest = view->oldest_stranger;

	if (view->own >= DEVICE_FLOWS_PER_USER_MAX ||
	    of_network >= DEVICE_FLOWS_PER_NETWORK_MAX)
		return NULL;
	if (view->strangers < DEVICE_FLOWS_STRANGERS_MAX && view->free_place)
		return view->free_place;
	if (view->crowd_size >= of_network + 2)
		return view->crowd;
	if (oldest && now_ms >= oldest->start_ms + DEVICE_FLOWS_MINUTE_MS)
		return view->oldest_stranger;
	return NULL;
}

/* A place for this login, NULL: none. */
static struct flow *
find_place(struct device_flows *flows, const struct device_budget_key *key,
    int64_t now_ms)
{
	struct view view = look(flows, key);

	return key->is_known ? find_place_of_known(&view)
			     : find_place_of_stranger(&view,
				   count_network(flows, key->origin), now_ms);
}

static const char *
enter(struct device_flows *flows, const struct device_budget_key *key,
    int64_t now_ms, uint64_t *ret_ticket)
{
	struct flow *place;

	if (!device_budget_has(flows->budget, key, now_ms))
		return "device-rate";
	drop_forgotten(flows, now_ms);
	place = find_place(flows, key, now_ms);
	if (!place)
		return "device-busy";
	device_budget_spend(flows->budget, key, now_ms);
	*place = (struct flow){++flows->last_ticket, now_ms, *key};
	*ret_ticket = place->ticket;
	return NULL;
}

/* ---- what others call ---- */

const char *
device_flows_enter(struct device_flows *flows, const struct device_asker *asker,
    int64_t now_ms, uint64_t *ret_ticket)
{
	struct device_budget_key key;
	const char *why;

	if (!make_key(flows, asker, &key))
		return "device-busy";
	(void)pthread_mutex_lock(&flows->lock);
	why = enter(flows, &key, now_ms, ret_ticket);
	(void)pthread_mutex_unlock(&flows->lock);
	return why;
}

bool
device_flows_has(struct device_flows *flows, uint64_t ticket)
{
	bool has = false;

	(void)pthread_mutex_lock(&flows->lock);
	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++)
		has = has || flows->places[i].ticket == ticket;
	(void)pthread_mutex_unlock(&flows->lock);
	return has;
}

void
device_flows_leave(struct device_flows *flows, uint64_t ticket)
{
	(void)pthread_mutex_lock(&flows->lock);
	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++)
		if (flows->places[i].ticket == ticket)
			flows->places[i] = (struct flow){0};
	(void)pthread_mutex_unlock(&flows->lock);
}
