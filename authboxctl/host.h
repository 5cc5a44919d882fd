/* authboxctl config host: this host, as host_check.h judges it. */
#ifndef AUTHBOXCTL_HOST_H
#define AUTHBOXCTL_HOST_H

struct ctl;

/* Read the PAM stacks, what sshd says of its settings and NSS, and print what
 * should be changed. Changes nothing, and asks no authboxd. An enum ctl_exit:
 * CTL_REFUSED where something keeps logins from working. */
int host_run(struct ctl *ctl);

#endif
