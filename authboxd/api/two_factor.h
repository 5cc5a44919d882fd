/* The methods of io.authbox.TwoFactor that have files of their own; each is a
 * varlink_method.run. */
#ifndef API_TWO_FACTOR_H
#define API_TWO_FACTOR_H

#include "wire/varlink.h"

int two_factor_request_device(struct varlink_call *call);
int two_factor_request_replacement(struct varlink_call *call);
int two_factor_confirm(struct varlink_call *call);
int two_factor_code_disable(struct varlink_call *call);
int two_factor_code_recovery(struct varlink_call *call);
int two_factor_code_resync(struct varlink_call *call);

/* Put recovery codes as recovery_make() gives them into the reply: 0 or
 * -ENOMEM. */
struct secret;
int two_factor_put_codes(cJSON *reply, const struct secret *codes);

#endif
