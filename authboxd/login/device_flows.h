/*
 * The device logins under way: a table of few places, so that strangers at a
 * prompt can neither fill the memory nor make us a nuisance to the provider.
 * Any number of threads.
 */
#ifndef LOGIN_DEVICE_FLOWS_H
#define LOGIN_DEVICE_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define DEVICE_FLOWS_MAX	     64
#define DEVICE_FLOWS_PER_USER_MAX    2
#define DEVICE_FLOWS_PER_ADDRESS_MAX 16
/* Longer than any dialogue. Whoever forgot to leave gives way then. */
#define DEVICE_FLOWS_LIFE_MS	     (30 * 60 * INT64_C(1000))

struct device_flows;

struct device_flows *device_flows_new(void);	    /* NULL: no memory */
void device_flows_free(struct device_flows *flows); /* NULL is fine */
CLEANUP_DEFINE(device_flows)

/* Take a place for one login. `user` as PAM gave it, whoever that is; `address`
 * "": a local login. True: *ret_ticket is for device_flows_leave(); false:
 * there is no place for this user, from there, or at all. So that one address
 * cannot keep a user out, his oldest login gives way to one from an address
 * where none of his is under way. */
bool device_flows_enter(struct device_flows *flows, const char *user,
    const char *address, int64_t now_ms, uint64_t *ret_ticket);

/* It has not given way. */
bool device_flows_has(struct device_flows *flows, uint64_t ticket);

void device_flows_leave(struct device_flows *flows, uint64_t ticket);

#endif
