/* Which Client asks. */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "config/config.h"
#include "wire/varlink.h"

/* By `client_auth`, "Basic " and base64 of "id:secret" (RFC 7617), where it is
 * not NULL; else by the peer's Unix user. 1: *ret_client, lent from the
 * configuration, NULL where the peer is no Client's; 0: the call is answered,
 * as Unauthorized or Unavailable; -ENOMEM. */
int caller_find_client(struct varlink_call *call, const struct config *config,
    const char *client_auth, const struct client **ret_client);

#endif
