/* The method of io.authbox.Session that has a file of its own; it is a
 * varlink_method.run. */
#ifndef API_SESSION_H
#define API_SESSION_H

#include "wire/varlink.h"

int session_create_one(struct varlink_call *call);

#endif
