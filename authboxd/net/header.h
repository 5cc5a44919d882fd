/* One header of a request. Its value may be a credential. */
#ifndef NET_HEADER_H
#define NET_HEADER_H

#include "base/secret.h"

struct header {
	char *name;
	struct secret *value;
};

#endif
