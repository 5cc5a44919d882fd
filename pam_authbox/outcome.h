/*
 * What a stage returns to libpam: one table for verdicts, one for failures.
 */
#ifndef PAM_AUTHBOX_OUTCOME_H
#define PAM_AUTHBOX_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "authbox/pam_protocol.h"

struct outcome_facts {
	enum pam_stage stage;
	uint8_t verdict;       /* as received: may be unknown to verdict.h */
	bool is_for_user;      /* it names the PAM_USER that was asked about */
	bool unmanaged_ignore; /* the administrator's unmanaged=ignore */
};

/* The PAM code for a verdict. */
int outcome_of_verdict(const struct outcome_facts *facts);

/* The PAM code for a failure, a negative errno; never PAM_SUCCESS and never
 * PAM_IGNORE, whatever the number. */
int outcome_of_error(int error);

#endif
