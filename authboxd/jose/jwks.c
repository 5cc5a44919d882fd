#include "jose/jwks.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "jose/reason.h"

struct jwks {
	atomic_uint references;
	size_t skipped;
	const char *skipped_why;
	size_t count;
	struct jwk *keys[];
};

#define AUTO_JWKS __attribute__((cleanup(jwks_cleanup))) struct jwks *

static struct jwks *
jwks_alloc(size_t room)
{
	struct jwks *jwks =
	    calloc(1, sizeof(*jwks) + room * sizeof(jwks->keys[0]));

	if (jwks)
		atomic_init(&jwks->references, 1);
	return jwks;
}

struct jwks *
jwks_ref(struct jwks *jwks)
{
	atomic_fetch_add(&jwks->references, 1);
	return jwks;
}

void
jwks_unref(struct jwks *jwks)
{
	if (!jwks || atomic_fetch_sub(&jwks->references, 1) != 1)
		return;
	for (size_t i = 0; i < jwks->count; i++)
		jwk_free(jwks->keys[i]);
	free(jwks);
}

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

static int
add_keys(struct jwks *jwks, const cJSON *keys)
{
	const cJSON *object;

	cJSON_ArrayForEach (object, keys) {
		const char *why = NULL;
		int r = jwk_parse(object, &jwks->keys[jwks->count], &why);

		if (r == -ENOMEM)
			return r;
		if (r == 0) {
			jwks->count++;
			continue;
		}
		if (jwks->skipped++ == 0)
			jwks->skipped_why = why;
	}
	return 0;
}

int
jwks_parse(
    const char *text, size_t size, struct jwks **ret_jwks, const char **ret_why)
{
	AUTO_JSON tree = NULL;
	AUTO_JWKS jwks = NULL;
	const cJSON *keys;
	size_t room;
	int r;

	if (size > JWKS_BYTES_MAX)
		return refuse(ret_why, "it is larger than 512 KiB");
	r = json_parse(text, size, &tree, ret_why);
	if (r < 0)
		return r == -EBADMSG ? -EINVAL : r;
	keys = json_find(tree, "keys");
	if (!cJSON_IsArray(keys))
		return refuse(ret_why, "it has no \"keys\"");
	room = (size_t)cJSON_GetArraySize(keys);
	if (room > JWKS_KEYS_MAX)
		return refuse(ret_why, "it has more than 256 keys");

	jwks = jwks_alloc(room);
	if (!jwks)
		return -ENOMEM;
	r = add_keys(jwks, keys);
	if (r < 0)
		return r;
	if (jwks->count == 0)
		return refuse(ret_why,
		    jwks->skipped_why ? jwks->skipped_why : "it has no key");
	*ret_jwks = TAKE(jwks);
	return 0;
}

int
jwks_new(struct jwk *keys[], size_t count, struct jwks **ret_jwks)
{
	struct jwks *jwks;

	if (count > JWKS_KEYS_MAX)
		return -EINVAL;
	jwks = jwks_alloc(count);
	if (!jwks)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		jwks->keys[i] = TAKE(keys[i]);
	jwks->count = count;
	*ret_jwks = jwks;
	return 0;
}

size_t
jwks_get_count(const struct jwks *jwks)
{
	return jwks->count;
}

const struct jwk *
jwks_get_key(const struct jwks *jwks, size_t index)
{
	return jwks->keys[index];
}

size_t
jwks_get_skipped(const struct jwks *jwks, const char **ret_why)
{
	*ret_why = jwks->skipped_why;
	return jwks->skipped;
}

struct selection {
	const struct jwk **keys; /* room for JWKS_FITTING_MAX */
	size_t count;
	size_t meant; /* keys that the kid means, for whatever algorithm */
};

/* One pass: over the keys that have the kid, or over those that do not speak
 * against it. */
static void
select_from(const struct jwks *const sets[JWKS_SELECTED_SETS],
    const struct alg *alg, const char *kid, bool exact,
    struct selection *selection)
{
	for (size_t s = 0; s < JWKS_SELECTED_SETS; s++)
		for (size_t i = 0; sets[s] && i < sets[s]->count; i++) {
			const struct jwk *key = sets[s]->keys[i];
			const char *own = jwk_get_kid(key);

			if (exact ? !streq_null(own, kid) : kid && own)
				continue;
			selection->meant++;
			if (!(jwk_get_algs(key) & alg_bit(alg)))
				continue;
			if (selection->count < JWKS_FITTING_MAX)
				selection->keys[selection->count] = key;
			selection->count++;
		}
}

size_t
jwks_select(const struct jwks *const sets[JWKS_SELECTED_SETS],
    const struct alg *alg, const char *kid,
    const struct jwk *ret_keys[JWKS_FITTING_MAX], const char **ret_why)
{
	struct selection selection = {.keys = ret_keys};

	select_from(sets, alg, kid, true, &selection);
	if (selection.meant > 0 && selection.count == 0) {
		*ret_why = REASON_ALG_MISMATCH;
		return 0;
	}
	if (selection.count == 0)
		select_from(sets, alg, kid, false, &selection);
	if (selection.count == 0) {
		*ret_why = REASON_UNKNOWN_KEY;
		return 0;
	}
	if (selection.count > JWKS_FITTING_MAX) {
		*ret_why = REASON_AMBIGUOUS_KEY;
		return 0;
	}
	return selection.count;
}
