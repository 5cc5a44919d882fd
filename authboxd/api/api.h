/* What any local program may ask of authboxd: Varlink on api.sock. */
#ifndef API_API_H
#define API_API_H

#include <sys/types.h>

#include "wire/listener.h"
#include "wire/varlink.h"

/* All interfaces, ended by a NULL name. Each method's table entry says who may
 * call it. */
extern const struct varlink_interface api_interfaces[];

/* Is `user` the peer, that is, the name of his uid? 1, 0, < 0. */
int api_is_self(void *daemon, uid_t peer_uid, const char *user);

/* Serve one connection; its context is the struct daemon. */
void api_serve(const struct connection *connection);

#endif
