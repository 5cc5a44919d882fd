/* Codes that are delivered by webhook, in the background. */
#ifndef LOGIN_DELIVERY_H
#define LOGIN_DELIVERY_H

#include <stdbool.h>
#include <sys/types.h>

struct auth_config;
struct config;
struct daemon;
struct user_record;

struct delivery {
	struct daemon *daemon;
	struct config *config;
	const struct auth_config *auth_config;
	const char *user; /* Unix name */
	uid_t uid;
	const char *device; /* NULL: the first enabled one that has its
			     * codes delivered; else that one, enabled or not */
};

/* A device of the record has its codes delivered, by a transport of its own or
 * by the declared user's. */
bool delivery_is_wanted(const struct config *config, const char *user,
    const struct user_record *record);

/* Send the current code of the user's device. 1: it is on its way; 0: no such
 * device, this step was sent already, or too many were sent (nothing tells the
 * person which); < 0: the store could not tell. The step is marked as sent
 * before anything leaves: one step is never sent twice. */
int delivery_send(const struct delivery *delivery);

#endif
