/* Parts of the request object. For this folder only. */
#ifndef POLICY_REQUEST_H
#define POLICY_REQUEST_H

#include "policy/policy.h"

/* The id of the user that the request is about; may be NULL. Lent. */
const char *policy_request_get_user_id(const struct policy_request *request);

/* The request object without `network`, which costs more than all the rest, and
 * that put to it. NULL, false: no memory. */
cJSON *policy_request_build_first(const struct policy_request *request);
bool policy_request_add_networks(
    cJSON *object, const struct policy_request *request);

/* The request object with one Role in place of the list of all. It lends from
 * both. NULL: no memory. */
cJSON *policy_request_with_role(const cJSON *object, const struct role *role);

#endif
