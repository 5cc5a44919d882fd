#include "users/user_record_update.h"

#include <errno.h>

#include "factor/clock_mark.h"
#include "store/store.h"
#include "users/user_record.h"

enum { ITEM_RECORD, ITEM_CLOCK, ITEM_COUNT };

struct step {
	const char *name;
	uid_t uid;
	int64_t now_unix_s;
	user_record_decide *decide;
	void *context;
};

static int
step_load(const struct step *step, const struct store_item *item,
    struct user_record **ret_record)
{
	int r = 0;

	if (item->value)
		r = user_record_parse(
		    item->value, step->name, step->uid, ret_record);
	if (r != 0)
		return r < 0 ? r : 0;

	*ret_record = user_record_new(step->name, step->uid);
	return *ret_record ? 0 : -ENOMEM;
}

static int
step_decide(void *context, struct store_item items[], size_t count)
{
	const struct step *step = context;
	AUTO(user_record) record = NULL;
	struct clock_burn burn;
	bool clock_is_behind;
	int r;

	(void)count; /* always ITEM_COUNT */
	r = step_load(step, &items[ITEM_RECORD], &record);
	if (r < 0)
		return r;
	r = clock_mark_check(
	    &items[ITEM_CLOCK], step->now_unix_s, &clock_is_behind, &burn);
	if (r < 0)
		return r;
	clock_mark_burn_record(&burn, record);

	r = step->decide(step->context, record, clock_is_behind);
	if (r < 0)
		return r;
	if (r == 0) {
		/* The mark alone is not worth a flush. */
		items[ITEM_CLOCK].write = STORE_KEEP;
		secret_free(TAKE(items[ITEM_CLOCK].new_value));
		return 0;
	}
	items[ITEM_RECORD].new_value = user_record_print(record);
	if (!items[ITEM_RECORD].new_value)
		return -ENOMEM;
	items[ITEM_RECORD].write = STORE_PUT;
	return 0;
}

int
user_record_update(struct store *store, const char *key, const char *name,
    uid_t uid, int64_t now_unix_s, user_record_decide *decide, void *context)
{
	const char *const keys[ITEM_COUNT] = {key, CLOCK_MARK_KEY};
	struct step step = {name, uid, now_unix_s, decide, context};

	return store_update(store, keys, ITEM_COUNT, step_decide, &step);
}
