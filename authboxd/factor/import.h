/* Reading what other modules left behind: pure, from text in memory. */
#ifndef FACTOR_IMPORT_H
#define FACTOR_IMPORT_H

#include "users/record.h"

#define IMPORT_BYTES_MAX 65536 /* of one user's file */

/* ~/.google_authenticator of pam_google_authenticator: secret, DISALLOW_REUSE
 * steps, HOTP_COUNTER, STEP_SIZE, scratch codes. The device (named "imported")
 * is enabled; used steps become its last_used. -EBADMSG with *ret_why and
 * *ret_line; -EEXIST: the record has such a device. `key`: recovery key. */
int import_google_authenticator(struct user_record *record,
    const struct secret *key, const char *text, size_t size,
    int64_t now_unix_s, const char **ret_why, unsigned *ret_line);

/* One line of pam_oath's usersfile: `TYPE USER PIN SECRET-HEX [COUNTER [OTP
 * TIME]]`, TYPE as HOTP, HOTP/E/6, HOTP/T30, HOTP/T60/8. ret_user (of
 * USER_NAME_BYTES_MAX + 1) gets the name. 1: a device; 0: an empty line or a
 * comment; -EBADMSG with *ret_why. A PIN cannot be kept: *ret_had_pin. */
int import_oath_line(const char *line, char *ret_user,
    struct device *ret_device, bool *ret_had_pin, const char **ret_why);

#endif
