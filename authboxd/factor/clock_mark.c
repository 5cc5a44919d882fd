/* The mark is kept as decimal Unix seconds. */
#include "factor/clock_mark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MARK_BYTES_MAX 18 /* digits: exact, and far beyond any clock */

static int
mark_parse(const struct secret *value, int64_t *ret_unix_s)
{
	int64_t mark = 0;

	if (value->size == 0 || value->size > MARK_BYTES_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < value->size; i++) {
		if (value->bytes[i] < '0' || value->bytes[i] > '9')
			return -EBADMSG;
		mark = mark * 10 + (value->bytes[i] - '0');
	}
	*ret_unix_s = mark;
	return 0;
}

static int
mark_put(struct store_item *item, int64_t unix_s)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "%" PRId64, unix_s);

	item->new_value = secret_copy(text, (size_t)size);
	if (!item->new_value)
		return -ENOMEM;
	item->write = STORE_PUT;
	return 0;
}

int
clock_mark_check(
    struct store_item *item, int64_t now_unix_s, bool *ret_is_behind)
{
	int64_t mark = -CLOCK_MARK_EVERY_S;
	int r = item->value ? mark_parse(item->value, &mark) : 0;

	/* No time before 1970 is ever marked: the mark has no sign. */
	if (r == 0 && now_unix_s >= 0 &&
	    now_unix_s - CLOCK_MARK_EVERY_S >= mark)
		r = mark_put(item, now_unix_s);
	if (r < 0)
		return r;

	*ret_is_behind = now_unix_s + CLOCK_MARK_SLACK_S < mark;
	return 0;
}

int
clock_mark_is_behind(struct store *store, int64_t now_unix_s)
{
	AUTO(secret) value = NULL;
	int64_t mark;
	int r = store_get(store, CLOCK_MARK_KEY, &value);

	if (r <= 0)
		return r;
	r = mark_parse(value, &mark);
	return r < 0 ? r : now_unix_s + CLOCK_MARK_SLACK_S < mark;
}

struct accept {
	int64_t now_unix_s, was_unix_s;
};

static int
accept_decide(void *context, struct store_item items[], size_t count)
{
	struct accept *accept = context;

	(void)count; /* one key was given */
	/* A damaged mark is what root may want to get rid of. */
	if (!items[0].value ||
	    mark_parse(items[0].value, &accept->was_unix_s) < 0)
		accept->was_unix_s = 0;
	return mark_put(&items[0], accept->now_unix_s);
}

int
clock_mark_accept(
    struct store *store, int64_t now_unix_s, int64_t *ret_was_unix_s)
{
	const char *const keys[] = {CLOCK_MARK_KEY};
	struct accept accept = {now_unix_s < 0 ? 0 : now_unix_s, 0};
	int r = store_update(store, keys, 1, accept_decide, &accept);

	if (r < 0)
		return r;
	*ret_was_unix_s = accept.was_unix_s;
	return 0;
}
