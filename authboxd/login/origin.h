/* Where a login comes from, as far as it can be believed. */
#ifndef LOGIN_ORIGIN_H
#define LOGIN_ORIGIN_H

#include <stdbool.h>

#include "users/user_record.h"

/* A numeric address in its one spelling (RFC 5952; IPv4 in IPv6 becomes IPv4).
 * "": a local login. Only root's programs are believed: for others, and for a
 * host name, `is_trusted` is false and the login counts as a stranger's. */
struct origin {
	char address[RECORD_ADDRESS_BYTES];
	bool is_local;
	bool is_trusted;
};

void
origin_read(const char *rhost, bool peer_is_root, struct origin *ret_origin);

/* The address lies in a network ("10.0.0.0/8", "2001:db8::/32", or one
 * address). False for local and untrusted origins, and for bad networks. */
bool origin_is_in(const struct origin *origin, const char *network);

#endif
