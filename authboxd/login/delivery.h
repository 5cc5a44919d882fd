/* Codes that are delivered by webhook, in the background. */
#ifndef LOGIN_DELIVERY_H
#define LOGIN_DELIVERY_H

#include <stdint.h>
#include <sys/types.h>

struct auth_config;
struct config;
struct daemon;

struct delivery {
	struct daemon *daemon;
	struct config *config;
	const struct auth_config *auth_config;
	const char *user; /* Unix name */
	uid_t uid;
	const char *device; /* NULL: the first enabled one with a transport;
			     * else that one, enabled or not */
};

/* Send the current code of the user's device. 1: it is on its way; 0: no such
 * device, this step was sent already, or too many were sent (nothing tells the
 * person which); < 0: the store could not tell. The step is marked as sent
 * before anything leaves: one step is never sent twice. */
int delivery_send(const struct delivery *delivery);

#endif
