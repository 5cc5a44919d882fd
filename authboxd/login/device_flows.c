#include "login/device_flows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "users/user_record.h"

struct flow {
	uint64_t ticket; /* 0: a free place */
	int64_t end_ms;
	char user[USER_NAME_BYTES_MAX + 1];
	char address[RECORD_ADDRESS_BYTES];
};

struct device_flows {
	pthread_mutex_t lock; /* of all below */
	uint64_t last_ticket;
	struct flow places[DEVICE_FLOWS_MAX];
};

struct device_flows *
device_flows_new(void)
{
	struct device_flows *flows = calloc(1, sizeof(*flows));

	if (flows)
		(void)pthread_mutex_init(&flows->lock, NULL);
	return flows;
}

void
device_flows_free(struct device_flows *flows)
{
	if (!flows)
		return;
	(void)pthread_mutex_destroy(&flows->lock); /* nobody holds it */
	free(flows);
}

/* What is under way, seen by one who wants to come in. */
struct count {
	size_t of_user, of_address, of_both;
	struct flow *free_place, *oldest_of_user;
};

static void
count_flow(struct count *count, struct flow *flow, const char *user,
    const char *address)
{
	bool same_user = streq(flow->user, user);
	bool same_address = streq(flow->address, address);

	count->of_user += same_user;
	count->of_address += same_address;
	count->of_both += same_user && same_address;
	if (same_user && (!count->oldest_of_user ||
			     flow->ticket < count->oldest_of_user->ticket))
		count->oldest_of_user = flow;
}

/* With the lock held. A place for this login, NULL: none. */
static struct flow *
find_place(struct device_flows *flows, const char *user, const char *address,
    int64_t now_ms)
{
	struct count count = {0};

	for (size_t i = 0; i < DEVICE_FLOWS_MAX; i++) {
		struct flow *flow = &flows->places[i];

		if (flow->ticket == 0 || now_ms >= flow->end_ms)
			count.free_place = flow;
		else
			count_flow(&count, flow, user, address);
	}
	/* Local logins come from as many people as the host has. */
	if (*address && count.of_address >= DEVICE_FLOWS_PER_ADDRESS_MAX)
		return NULL;
	if (count.of_user < DEVICE_FLOWS_PER_USER_MAX)
		return count.free_place;
	return count.of_both == 0 ? count.oldest_of_user : NULL;
}

bool
device_flows_enter(struct device_flows *flows, const char *user,
    const char *address, int64_t now_ms, uint64_t *ret_ticket)
{
	struct flow *place;

	if (strlen(user) > USER_NAME_BYTES_MAX ||
	    strlen(address) >= RECORD_ADDRESS_BYTES)
		return false;
	(void)pthread_mutex_lock(&flows->lock);
	place = find_place(flows, user, address, now_ms);
	if (place) {
		place->ticket = *ret_ticket = ++flows->last_ticket;
		place->end_ms = now_ms + DEVICE_FLOWS_LIFE_MS;
		(void)stpcpy(place->user, user); /* both fit */
		(void)stpcpy(place->address, address);
	}
	(void)pthread_mutex_unlock(&flows->lock);
	return place;
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
