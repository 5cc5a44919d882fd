/*
 * What of a host's own files keeps logins from working, or lets people in who
 * should not be: pure. Each finding says what to change.
 */
#ifndef AUTHBOXCTL_HOST_CHECK_H
#define AUTHBOXCTL_HOST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "authboxctl/pam_lines.h"

#define HOST_FINDINGS_MAX      64
#define HOST_FINDING_BYTES_MAX 320

struct host_findings {
	struct host_finding {
		bool is_error; /* else it may be meant */
		char text[HOST_FINDING_BYTES_MAX];
	} all[HOST_FINDINGS_MAX];
	size_t count;
};

/* Of one service's stack. */
void host_check_stack(const char *service, const struct pam_lines *lines,
    struct host_findings *findings);

/* Of sshd: `settings` is what "sshd -T" prints, `lines` its stack. Says nothing
 * where the stack does not ask us. */
void host_check_sshd(const char *settings, const struct pam_lines *lines,
    struct host_findings *findings);

/* Of NSS, for users who are in no file: `nsswitch` is the text of
 * nsswitch.conf; the library is libnss_systemd. */
void host_check_nss(
    const char *nsswitch, bool has_library, struct host_findings *findings);

#endif
