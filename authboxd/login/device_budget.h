/*
 * How often device logins may begin, so that nobody makes us a nuisance to the
 * provider or keeps others from beginning: pure but for its memory, which is
 * fixed. Not for several threads at once.
 *
 * A stranger, who may be anybody, draws on four budgets: his network's for
 * this name, his network's, the name's, and that of all strangers. Names are
 * told apart whether or not they exist, so that nobody learns which do, and
 * guesses at names use up the budgets of these. Of the last two budgets half
 * is kept for those who did not begin a login within the last minute: who has
 * few networks cannot use up what one from another network needs.
 *
 * Who is known where he comes from has a budget of his own for that place.
 */
#ifndef LOGIN_DEVICE_BUDGET_H
#define LOGIN_DEVICE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Of `burst` at once, and one more each `every_ms`. */
#define DEVICE_PAIR_BURST     4
#define DEVICE_PAIR_MS	      60000
#define DEVICE_NETWORK_BURST  16
#define DEVICE_NETWORK_MS     6000
#define DEVICE_NAME_BURST     24
#define DEVICE_NAME_MS	      2500
#define DEVICE_STRANGER_BURST 64
#define DEVICE_STRANGER_MS    500
#define DEVICE_OWN_BURST      20
#define DEVICE_OWN_MS	      6000
#define DEVICE_KNOWN_BURST    256
#define DEVICE_KNOWN_MS	      100

/* Keyed hashes, so that nobody chooses whom he shares a budget with: names and
 * networks without end share some thousand places. */
struct device_budget_key {
	uint64_t user;
	uint64_t origin;
	uint64_t pair; /* of both */
	bool is_known;
};

struct device_budget;

struct device_budget *device_budget_new(void);	       /* NULL: no memory */
void device_budget_free(struct device_budget *budget); /* NULL is fine */
CLEANUP_DEFINE(device_budget)

/* Another login may begin now. */
bool device_budget_has(const struct device_budget *budget,
    const struct device_budget_key *key, int64_t now_ms);

/* It begins: only after device_budget_has(). */
void device_budget_spend(struct device_budget *budget,
    const struct device_budget_key *key, int64_t now_ms);

#endif
