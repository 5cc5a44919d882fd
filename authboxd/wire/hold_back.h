/*
 * What keeps a peer who presents bad tokens from taking the time of everybody
 * else's logins: he waits for each refusal, with one of the connections that
 * his account may have. With 16 of them (limits.connectionsPerUid) that is at
 * most 2,000 refusals a second, whatever he does; a Client with its own number
 * of connections gets more, since it passes on what strangers present.
 *
 * Good tokens never wait, nor does anybody else: a pause takes a place of the
 * peer's own. Somebody whose token has run out does not notice.
 */
#ifndef WIRE_HOLD_BACK_H
#define WIRE_HOLD_BACK_H

#include <sys/types.h>

#define HOLD_BACK_MS 8

/* Before a refusal is answered to `uid`. Root is not held back. */
void hold_back(uid_t uid);

#endif
