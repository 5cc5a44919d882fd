/* How long a login by code counts. */
#ifndef LOGIN_CODE_PROOF_H
#define LOGIN_CODE_PROOF_H

#include <stdint.h>
#include <sys/types.h>

struct store;

/* Whether the user still has an enabled device that was there at `since`: where
 * a second factor was switched off, reset or replaced, what was made from its
 * codes before counts no more. 1, 0; < 0 as the store. */
int code_proof_stands(
    struct store *store, const char *user, uid_t uid, int64_t since_unix_s);

#endif
