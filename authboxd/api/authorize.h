/* The method of io.authbox.Token that has a file of its own; it is a
 * varlink_method.run. */
#ifndef API_AUTHORIZE_H
#define API_AUTHORIZE_H

#include "wire/varlink.h"

int authorize_token(struct varlink_call *call);

#endif
