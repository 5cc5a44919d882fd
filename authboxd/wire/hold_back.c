#include "wire/hold_back.h"

#include "wire/pause.h"
#include "wire/stream.h"

void
hold_back(uid_t uid)
{
	/* Nobody's end is watched: who hangs up and comes again must have given
	 * his place away for as long as who stays. */
	if (uid != 0)
		(void)pause_until(-1, stream_now_ms() + HOLD_BACK_MS);
}
