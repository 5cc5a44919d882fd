/* Showing a new secret, proving that it works, showing the recovery codes. */
#ifndef AUTHBOXCTL_ENROL_H
#define AUTHBOXCTL_ENROL_H

#include "authboxctl/ctl.h"
#include "base/secret.h"

#define ENROL_TRIES 3

/* Read one code. `question` is not shown with --code-stdin. CTL_DONE: *ret_code
 * is the caller's; CTL_REFUSED: none was given (nothing was printed), or
 * reading failed (it was); *ret_code is then NULL. */
int
enrol_ask_code(struct ctl *ctl, const char *question, struct secret **ret_code);

/* Put a code into a call's parameters as `name`; false: no memory. */
bool
enrol_put_code(cJSON *parameters, const char *name, const struct secret *code);

/* Asking once more makes sense: the code was wrong, the next one is looked at,
 * and a person may have another. */
bool enrol_may_try_again(const struct ctl *ctl);

/* The reply of Request or Replace as QR code, link and typed key, or the word
 * by which a code comes. */
int enrol_show(struct ctl *ctl, const cJSON *request);

/* Ask for a code of what was shown until it is right, ENROL_TRIES times. */
int enrol_confirm(struct ctl *ctl, const cJSON *request);

/* One code, one try: `2fa confirm`. `parameters` is changed. */
int enrol_confirm_once(struct ctl *ctl, cJSON *parameters);

/* The member recoveryCodes, where there is one, and what to do with them. */
void enrol_print_recovery_codes(struct ctl *ctl, const cJSON *reply);

#endif
