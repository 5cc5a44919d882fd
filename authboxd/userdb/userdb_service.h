/* io.authbox.Userdb on a connection. */
#ifndef USERDB_USERDB_SERVICE_H
#define USERDB_USERDB_SERVICE_H

#include <sys/types.h>

#include "userdb/userdb.h"
#include "wire/listener.h"

/* What all connections share: their context. */
struct userdb_service {
	struct userdb *userdb;
	uid_t owner; /* of the socket's file: authboxd's user */
};

/* For listener_options.serve. Root, the socket's owner and this program's own
 * user are served, others lose their connection. */
void userdb_service_serve(const struct connection *connection);

#endif
