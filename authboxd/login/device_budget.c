/*
 * Each budget is one time: until then its refills are spent ahead. It is full
 * when that has passed, and empty when it lies as many refills ahead as the
 * burst is large (the virtual scheduling of ITU-T I.371).
 */
#include "login/device_budget.h"

#include <stdlib.h>

#define PLACES 4096 /* of each kind */

enum kind { OWN, PAIR, NETWORK, NAME, KIND_COUNT };

struct device_budget {
	int64_t spent_ms[KIND_COUNT][PLACES];
	int64_t of_strangers_ms, of_known_ms;
};

static const struct rate {
	int64_t every_ms;
	int64_t burst;
} rates[KIND_COUNT] = {
    [OWN] = {DEVICE_OWN_MS, DEVICE_OWN_BURST},
    [PAIR] = {DEVICE_PAIR_MS, DEVICE_PAIR_BURST},
    [NETWORK] = {DEVICE_NETWORK_MS, DEVICE_NETWORK_BURST},
    [NAME] = {DEVICE_NAME_MS, DEVICE_NAME_BURST},
};
static const struct rate of_strangers = {
    DEVICE_STRANGER_MS, DEVICE_STRANGER_BURST};
static const struct rate of_known = {DEVICE_KNOWN_MS, DEVICE_KNOWN_BURST};

struct device_budget *
device_budget_new(void)
{
	return calloc(1, sizeof(struct device_budget));
}

void
device_budget_free(struct device_budget *budget)
{
	free(budget);
}

static bool
has(const struct rate *rate, int64_t spent_ms, int64_t now_ms)
{
	return spent_ms <= now_ms + (rate->burst - 1) * rate->every_ms;
}

/* The same of the half that is not kept for who begins for the first time. */
static bool
has_half(const struct rate *rate, int64_t spent_ms, int64_t now_ms)
{
	return spent_ms <= now_ms + (rate->burst / 2 - 1) * rate->every_ms;
}

static void
spend(const struct rate *rate, int64_t *spent_ms, int64_t now_ms)
{
	*spent_ms = (*spent_ms > now_ms ? *spent_ms : now_ms) + rate->every_ms;
}

bool
device_budget_has(const struct device_budget *budget,
    const struct device_budget_key *key, int64_t now_ms)
{
	const int64_t(*spent_ms)[PLACES] = budget->spent_ms;
	int64_t pair_ms = spent_ms[PAIR][key->pair % PLACES];
	int64_t name_ms = spent_ms[NAME][key->user % PLACES];

	if (key->is_known)
		return has(&rates[OWN], spent_ms[OWN][key->pair % PLACES],
			   now_ms) &&
		       has(&of_known, budget->of_known_ms, now_ms);
	if (!has(&rates[PAIR], pair_ms, now_ms) ||
	    !has(&rates[NETWORK], spent_ms[NETWORK][key->origin % PLACES],
		now_ms))
		return false;
	if (pair_ms > now_ms)
		return has_half(&rates[NAME], name_ms, now_ms) &&
		       has_half(&of_strangers, budget->of_strangers_ms, now_ms);
	return has(&rates[NAME], name_ms, now_ms) &&
	       has(&of_strangers, budget->of_strangers_ms, now_ms);
}

void
device_budget_spend(struct device_budget *budget,
    const struct device_budget_key *key, int64_t now_ms)
{
	int64_t(*spent_ms)[PLACES] = budget->spent_ms;

	if (key->is_known) {
		spend(&rates[OWN], &spent_ms[OWN][key->pair % PLACES], now_ms);
		spend(&of_known, &budget->of_known_ms, now_ms);
		return;
	}
	spend(&rates[PAIR], &spent_ms[PAIR][key->pair % PLACES], now_ms);
	spend(
	    &rates[NETWORK], &spent_ms[NETWORK][key->origin % PLACES], now_ms);
	spend(&rates[NAME], &spent_ms[NAME][key->user % PLACES], now_ms);
	spend(&of_strangers, &budget->of_strangers_ms, now_ms);
}
