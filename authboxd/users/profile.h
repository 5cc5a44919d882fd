/*
 * The User resource that a provider's claims make: pure.
 *
 * All that the provider says becomes `data`. E-mail address, telephone number
 * and display name come from the usual claims (OpenID Connect Core 5.1); the
 * provider's toScim then names for more claims the attribute that each becomes.
 * Nothing here decides about a login: e-mail addresses are data, whoever says
 * so.
 */
#ifndef USERS_PROFILE_H
#define USERS_PROFILE_H

#include "base/json.h"

#define PROFILE_TEXT_BYTES_MAX 1024  /* of an attribute; longer is left out */
#define PROFILE_BYTES_MAX      24576 /* of the resource as text */

/* `to_scim`: the provider's, as the configuration checked it; NULL: none.
 * `system` and `subject` become the identifier. `info`: an object. 0:
 * *ret_profile is the caller's; -E2BIG: the claims are too many or too
 * deep to keep; -EBADMSG: they are no object; -ENOMEM. */
int profile_build(const cJSON *to_scim, const cJSON *info, const char *system,
    const char *subject, cJSON **ret_profile);

/* The members that a policy may see as `user` are all but these: they are the
 * daemon's to say. */
bool profile_is_reserved(const char *name);

#define PROFILE_REAL_NAME_BYTES_MAX 256

/* The display name, fit for a line of passwd(5): NULL when there is none, or
 * when it is too long or has a colon, a comma or a control character. Lent. */
const char *profile_get_real_name(const cJSON *profile);

#endif
