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
};

/* A device of the record has its codes delivered, by a transport of its own or
 * by the declared user's. */
bool delivery_is_wanted(const struct config *config, const char *user,
    const struct user_record *record);

/* Send the current code of the user's first device that has its codes
 * delivered, unless this step was sent already or too many were: nothing tells
 * the person which. The step is marked as sent before anything leaves, so that
 * none is sent twice. All of it happens on another thread: were a login to wait
 * for that commit, the time before its prompt would tell who is enrolled.
 * Failures are logged. Copies what it needs. */
void delivery_start(const struct delivery *delivery);

#endif
