#include "token/device_poll.h"

#define SLOW_DOWN_MS	5000
/* Longer than any code lives: doubling stops here. */
#define INTERVAL_MS_MAX (DEVICE_LIFE_S_MAX * INT64_C(1000))

void
device_poll_start(struct device_poll *poll, unsigned interval_s,
    unsigned life_s, int64_t now_ms)
{
	*poll = (struct device_poll){
	    .interval_ms = interval_s * INT64_C(1000),
	    .next_ms = now_ms + interval_s * INT64_C(1000),
	    .end_ms = now_ms + life_s * INT64_C(1000),
	};
}

bool
device_poll_next(
    const struct device_poll *poll, int64_t deadline_ms, int64_t *ret_at_ms)
{
	if (poll->next_ms >= poll->end_ms || poll->next_ms >= deadline_ms)
		return false;
	*ret_at_ms = poll->next_ms;
	return true;
}

bool
device_poll_note(
    struct device_poll *poll, enum device_event event, int64_t now_ms)
{
	switch (event) {
	case DEVICE_PENDING:
		break;
	case DEVICE_SLOW_DOWN:
		/* For this and all questions that follow. */
		poll->interval_ms += SLOW_DOWN_MS;
		break;
	case DEVICE_SILENT:
		poll->interval_ms *= 2;
		break;
	default:
		return false;
	}
	if (poll->interval_ms > INTERVAL_MS_MAX)
		poll->interval_ms = INTERVAL_MS_MAX;
	poll->next_ms = now_ms + poll->interval_ms;
	return true;
}
