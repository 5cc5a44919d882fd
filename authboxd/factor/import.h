/* Reading what other modules left behind: pure, from text in memory. */
#ifndef FACTOR_IMPORT_H
#define FACTOR_IMPORT_H

#include "users/user_record.h"

#define IMPORT_BYTES_MAX      65536 /* of one user's file */
#define IMPORT_LINE_BYTES_MAX 1024  /* of pam_oath's usersfile */
#define IMPORT_DEVICE	      "imported"

/* ~/.google_authenticator of pam_google_authenticator: secret, DISALLOW_REUSE
 * steps, HOTP_COUNTER, STEP_SIZE, scratch codes. The device (IMPORT_DEVICE) is
 * enabled; used steps become its last_used. Its rate limits and time skew are
 * left behind. `key`: recovery key. -EBADMSG with *ret_why and *ret_line (from
 * 1; 0: the whole file); -EEXIST: the record has such a device; -ENOSPC: too
 * many devices or scratch codes; -ENOMEM, -EIO. The record is then unchanged.
 */
int import_google_authenticator(struct user_record *record,
    const struct secret *key, const char *text, size_t size, int64_t now_unix_s,
    const char **ret_why, unsigned *ret_line);

/* One line of pam_oath's usersfile: `TYPE USER PIN SECRET-HEX [COUNTER [OTP
 * TIME]]`, TYPE as HOTP, HOTP/E/6, HOTP/T30, HOTP/T60/8. ret_user (of
 * USER_NAME_BYTES_MAX + 1) gets the name, *ret_device an enabled device
 * (IMPORT_DEVICE) that owns its key. 1: a device; 0: an empty line or a
 * comment; -EBADMSG with *ret_why; -ENOMEM. A PIN cannot be kept:
 * *ret_had_pin. TIME is local time, as pam_oath wrote it on this host. */
int import_oath_line(const char *line, char *ret_user,
    struct device *ret_device, bool *ret_had_pin, const char **ret_why);

#endif
