/*
 * The first ids are independent of each other, so that two names that meet once
 * part at the next step; after them comes a walk through the range from the
 * first one on, which finds the last free id of a small range too.
 *
 * The seed is SHA-256's, since names are chosen by people at the provider, and
 * many names with one order would cost a walk each.
 */
#include "base/unix_id.h"

#include <errno.h>
#include <string.h>

#include <openssl/sha.h>

#define JUMPS	  16
#define STEPS_MAX 131072

static const struct unix_id_range reserved[] = {
    {61184, 65535},
    {2147352576, 2147418111},
};

bool
unix_id_is_fit(uint32_t id)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (id >= reserved[i].min && id <= reserved[i].max)
			return false;
	return id >= UNIX_ID_MIN && id <= UNIX_ID_MAX;
}

bool
unix_id_may_be(const struct unix_id_range *range, uint32_t id)
{
	return id >= range->min && id <= range->max && unix_id_is_fit(id);
}

/* Mix 64 bits well (the last step of SplitMix64). */
static uint64_t
mix(uint64_t bits)
{
	bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
	return bits ^ (bits >> 31);
}

static uint32_t
fold(const struct unix_id_range *range, uint64_t bits)
{
	return (uint32_t)(bits % ((uint64_t)range->max - range->min + 1));
}

int
unix_id_probe_init(struct unix_id_probe *probe,
    const struct unix_id_range *range, const char *name)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint32_t width = range->max - range->min;
	uint64_t seed = 0;

	if (!SHA256((const uint8_t *)name, strlen(name), digest))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(seed); i++)
		seed = seed << 8 | digest[i];
	*probe = (struct unix_id_probe){
	    .range = *range,
	    .seed = seed,
	    .start = fold(range, mix(seed)),
	    .limit = JUMPS + (width < STEPS_MAX ? width : STEPS_MAX),
	};
	return 0;
}

static uint32_t
get_next(struct unix_id_probe *probe)
{
	uint32_t i = probe->count++;
	uint32_t at =
	    i < JUMPS
		? fold(&probe->range,
		      mix(probe->seed + i * UINT64_C(0x9e3779b97f4a7c15)))
		: fold(&probe->range, (uint64_t)probe->start + 1 + (i - JUMPS));

	return probe->range.min + at;
}

int
unix_id_probe_next(struct unix_id_probe *probe, uint32_t *ret_id)
{
	while (probe->count < probe->limit) {
		uint32_t id = get_next(probe);

		if (unix_id_is_fit(id)) {
			*ret_id = id;
			return 1;
		}
	}
	return 0;
}
