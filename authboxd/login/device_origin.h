/*
 * Where a device login comes from: whom it shares its bounds with, and whether
 * this user is known there. As with codes (factor/throttle.h) he is known at an
 * address from which he logged in within the last 30 days, and on the host
 * itself, there only for who says that he is this user, or root.
 */
#ifndef LOGIN_DEVICE_ORIGIN_H
#define LOGIN_DEVICE_ORIGIN_H

#include <stdbool.h>

struct login;
struct pending_login;

#define DEVICE_ORIGIN_BYTES 320

/* Who has one IPv4 address often has its neighbours, and who has IPv6 has at
 * least a /64 and for the asking a /48. */
#define DEVICE_ORIGIN_BITS_IPV4 24
#define DEVICE_ORIGIN_BITS_IPV6 48

struct device_origin {
	char text[DEVICE_ORIGIN_BYTES]; /* the same for a whole network */
	bool is_known;
};

/* Of a login that login_prepare() has prepared. Where the store cannot tell, he
 * is a stranger. */
void
device_origin_read(const struct login *login, struct device_origin *ret_origin);

/* In auth: what device_origin_keep() is to write. */
void device_origin_remember(
    const struct login *login, struct pending_login *pending);

/* In account, which said yes: this user is known there from now on. Where the
 * store cannot write it, he stays a stranger. */
void
device_origin_keep(struct login *login, const struct pending_login *pending);

#endif
