/* What the host's PAM stacks say, as far as a configuration cannot work with
 * it. They are only read, and only to be told about. */
#ifndef CONFIG_PAM_STACK_H
#define CONFIG_PAM_STACK_H

#include "config/report.h"

#define PAM_STACK_FOLDER "/etc/pam.d"

/* Note which web, mail and database servers ask for what cannot work there. A
 * web server asks PAM again at every request, a mail program logs in for each
 * connection, and a code is good once; none of them can show where to go with a
 * browser. They are known by the names that PAM services of theirs usually
 * have, and by the Unix users of a Client. What cannot be read is passed over.
 */
void pam_stack_note_factors(
    struct report *report, const struct config *config, const char *folder);

#endif
