/* Asking a provider in a device login (RFC 8628 3.1, 3.4), as its client. */
#ifndef TOKEN_DEVICE_PROVIDER_H
#define TOKEN_DEVICE_PROVIDER_H

#include "config/config.h"
#include "token/device_answer.h"

struct endpoints;

/* Begin a login. 1: *ret_grant, for device_grant_done(); 0: the provider
 * refuses or answers nonsense, logged, and *ret_why is "device-refused" or
 * "device-answer"; < 0: it cannot be asked, as endpoint_post(). */
int device_provider_begin(struct endpoints *endpoints, struct config *config,
    const struct identity_provider *provider, int64_t deadline_ms,
    struct device_grant *ret_grant, const char **ret_why);

/* Ask once whether the person has approved. 0: *ret_answer, for
 * device_answer_done(), with DEVICE_SILENT where the provider cannot be asked;
 * -ENOMEM. A failure is logged. */
int device_provider_ask(struct endpoints *endpoints, struct config *config,
    const struct identity_provider *provider, const struct device_grant *grant,
    int64_t deadline_ms, struct device_answer *ret_answer);

#endif
