/*
 * The device logins under way: a table of few places, and a budget of starts
 * (login/device_budget.h), so that strangers at a prompt can neither fill the
 * memory, nor make us a nuisance to the provider, nor keep people out. Any
 * number of threads.
 *
 * Strangers share their places by networks: where none is free, the oldest
 * login of the network that has most gives way to one from a network that has
 * fewer, or else one that had its minute. Nobody who is known gives way to a
 * stranger, and to one who is known strangers give way first.
 */
#ifndef LOGIN_DEVICE_FLOWS_H
#define LOGIN_DEVICE_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define DEVICE_FLOWS_KEY_BYTES	     32
#define DEVICE_FLOWS_MAX	     64
#define DEVICE_FLOWS_STRANGERS_MAX   48
#define DEVICE_FLOWS_PER_NETWORK_MAX 8 /* of strangers */
/* Of a user: of those known together; of strangers from one network. */
#define DEVICE_FLOWS_PER_USER_MAX    2
/* A stranger keeps his place that long where others have no more than he. */
#define DEVICE_FLOWS_MINUTE_MS	     60000
/* Longer than any dialogue. Whoever forgot to leave gives way then. */
#define DEVICE_FLOWS_LIFE_MS	     (30 * 60 * INT64_C(1000))

/* Who wants to begin one. */
struct device_asker {
	const char *user;   /* as PAM gave it, whoever that is */
	const char *origin; /* where from, one text for each network; see
			     * login/device_origin.h */
	bool is_known;	    /* this user, there: no stranger */
};

struct device_flows;

/* `key`: random bytes, so that nobody chooses whom he shares a budget with.
 * NULL: no memory. */
struct device_flows *
device_flows_new(const unsigned char key[DEVICE_FLOWS_KEY_BYTES]);
void device_flows_free(struct device_flows *flows); /* NULL is fine */
CLEANUP_DEFINE(device_flows)

/* Take a place for one login. NULL: *ret_ticket is for device_flows_leave();
 * else why there is none: "device-rate", too many were begun, or "device-busy",
 * too many are under way. */
const char *device_flows_enter(struct device_flows *flows,
    const struct device_asker *asker, int64_t now_ms, uint64_t *ret_ticket);

/* It has not given way. */
bool device_flows_has(struct device_flows *flows, uint64_t ticket);

void device_flows_leave(struct device_flows *flows, uint64_t ticket);

#endif
