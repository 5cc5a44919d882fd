/* The caller's side of Varlink: libauthbox, and tests of the server's side. */
#ifndef WIRE_VARLINK_CLIENT_H
#define WIRE_VARLINK_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "wire/varlink_frame.h"

#define VARLINK_CONNECT_MS 500

/* One connection. `fd` is connected; zero the rest. */
struct varlink_client {
	int fd;
	struct varlink_frame_buffer buffer;
};

/* Connect to a socket's path; `client` has fd -1 and zeroes. A listener whose
 * backlog is full for VARLINK_CONNECT_MS is none: -EAGAIN. Another negative
 * errno of socket(2) or connect(2). */
int varlink_client_connect(struct varlink_client *client, const char *path);

/* Wipes what was received and closes. */
void varlink_client_done(struct varlink_client *client);

/* What came back; zeroed before, and done after use. */
struct varlink_reply {
	cJSON *parameters; /* an object, maybe empty */
	char *error;	   /* full name; NULL: no error */
	bool continues;	   /* varlink_client_next() has another one */
};
void varlink_reply_done(struct varlink_reply *reply);

/* Call a method and wait for its (first) reply. `parameters` is lent, NULL:
 * none. `more`: several replies are wanted. 0: a reply or an error reply came;
 * < 0: none did, and the connection is of no use any more. */
int varlink_client_call(struct varlink_client *client, const char *method,
    const cJSON *parameters, bool more, int64_t deadline_ms,
    struct varlink_reply *ret_reply);

/* Wait for the next reply of a call whose last one says that it continues. All
 * of a reply is due at the deadline. */
int varlink_client_next(struct varlink_client *client, int64_t deadline_ms,
    struct varlink_reply *ret_reply);

#endif
