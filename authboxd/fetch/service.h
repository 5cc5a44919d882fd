/* io.authbox.Fetch on a connection. */
#ifndef FETCH_SERVICE_H
#define FETCH_SERVICE_H

#include <stdint.h>
#include <sys/types.h>

#include "wire/listener.h"

/* What all connections share: their context. */
struct service {
	uid_t owner;	    /* of the socket's file: authboxd's user */
	int64_t stop_at_ms; /* atomic; 0: go on */
};

/* For listener_options.serve. Root, the socket's owner and this program's own
 * user are served, others lose their connection. */
void service_serve(const struct connection *connection);

#endif
