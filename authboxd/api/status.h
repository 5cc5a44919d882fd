/* How the daemon and those it needs are, and what it has counted: methods of
 * io.authbox.Daemon. */
#ifndef API_STATUS_H
#define API_STATUS_H

#include "wire/varlink.h"

int status_run(struct varlink_call *call);
int status_run_stats(struct varlink_call *call);

#endif
