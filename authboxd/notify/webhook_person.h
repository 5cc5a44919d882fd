/* Whom a code or a notice is about, as a webhook's receiver is told. */
#ifndef NOTIFY_WEBHOOK_PERSON_H
#define NOTIFY_WEBHOOK_PERSON_H

#include "config/config.h"

/* Becomes {"user": {…}}; members that are NULL are left out, and nothing else
 * of the user is ever sent. All are lent. */
struct webhook_person {
	const char *id; /* the Unix name */
	const char *email, *phone_number, *display_name;
	const char *transport; /* user.twoFactor.transport */
};

/* What the User that the configuration declares says of him. `transport`: a
 * device's own, which goes before the User's; NULL or "": none. */
struct webhook_person webhook_person_get(
    const struct config *config, const char *user, const char *transport);

#endif
