/*
 * Ids for users that appear by themselves. The name alone proposes them, in an
 * order of its own, so that hosts that know nothing of each other usually agree
 * on one. Who asks owns nothing: only a stored record does. Pure.
 */
#ifndef BASE_UNIX_ID_H
#define BASE_UNIX_ID_H

#include <stdbool.h>
#include <stdint.h>

#define UNIX_ID_MIN UINT32_C(65536)
#define UNIX_ID_MAX UINT32_C(2147483646)

/* From `min` to `max`, both of it. */
struct unix_id_range {
	uint32_t min, max;
};

/* Whether a created user may have this id at all: not root's, a system
 * account's, nobody's, -1 in 16 or 32 bits, none that some programs take for
 * negative, and none of those that systemd gives out (61184 to 65519 to
 * DynamicUser=, 2147352576 to 2147418111 to foreign images). */
bool unix_id_is_fit(uint32_t id);

/* The same, and the range has it. */
bool unix_id_may_be(const struct unix_id_range *range, uint32_t id);

/* The ids for a name, one after the other. The order never changes from one
 * version to the next. */
struct unix_id_probe {
	struct unix_id_range range;
	uint64_t seed;
	uint32_t start, count, limit;
};

/* `range` has min <= max. -ENOMEM. */
int unix_id_probe_init(struct unix_id_probe *probe,
    const struct unix_id_range *range, const char *name);

/* 1: *ret_id is fit and of the range, though maybe not for the first time; 0:
 * enough were tried. */
int unix_id_probe_next(struct unix_id_probe *probe, uint32_t *ret_id);

#endif
