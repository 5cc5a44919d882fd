#include "pam_authbox/outcome.h"

#include <errno.h>
#include <security/pam_modules.h>

#include "authbox/verdict.h"

struct codes {
	int auth, account;
};

/* Everything that neither lets a person in nor steps aside. Rows of verdicts
 * that do are for the case that they are not believed. */
static const struct codes refusals[VERDICT_COUNT] = {
    [VERDICT_DENY] = {PAM_AUTH_ERR, PAM_PERM_DENIED},
    [VERDICT_ALLOW] = {PAM_AUTH_ERR, PAM_PERM_DENIED},
    [VERDICT_FORBIDDEN] = {PAM_AUTH_ERR, PAM_PERM_DENIED},
    [VERDICT_TRIES_USED] = {PAM_MAXTRIES, PAM_PERM_DENIED},
    [VERDICT_UNAVAILABLE] = {PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
    [VERDICT_CONFIG] = {PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    [VERDICT_NO_MEMORY] = {PAM_BUF_ERR, PAM_BUF_ERR},
    [VERDICT_UNMANAGED] = {PAM_AUTH_ERR, PAM_PERM_DENIED},
    [VERDICT_EXEMPT] = {PAM_AUTH_ERR, PAM_PERM_DENIED},
    /* Nobody is asked in account, so nobody can have cancelled there. */
    [VERDICT_CANCELLED] = {PAM_CONV_ERR, PAM_SERVICE_ERR},
};

static int
refusal_of(const struct outcome_facts *facts)
{
	uint8_t verdict = facts->verdict;

	if (verdict >= VERDICT_COUNT)
		verdict = VERDICT_CONFIG;
	return facts->stage == PAM_STAGE_AUTH ? refusals[verdict].auth
					      : refusals[verdict].account;
}

static bool
may_step_aside(const struct outcome_facts *facts)
{
	return facts->verdict == VERDICT_EXEMPT ||
	       (facts->verdict == VERDICT_UNMANAGED && facts->unmanaged_ignore);
}

int
outcome_of_verdict(const struct outcome_facts *facts)
{
	/* These two lines are the only ones of authenticate and account that
	 * do not refuse, and both want an answer about the person asked. */
	if (facts->is_for_user && facts->verdict == VERDICT_ALLOW)
		return PAM_SUCCESS;
	if (facts->is_for_user && may_step_aside(facts))
		return PAM_IGNORE;
	return refusal_of(facts);
}

int
outcome_of_error(int error)
{
	switch (-error) {
	case ENOMEM:
		return PAM_BUF_ERR;
	case ECANCELED:
		return PAM_CONV_ERR;
	case EINVAL:	      /* an option */
	case EPERM:	      /* a socket that cannot be trusted */
	case EBADMSG:	      /* a malformed frame */
	case EMSGSIZE:	      /* more than a frame holds */
	case EPROTO:	      /* a frame out of turn */
	case EPROTONOSUPPORT: /* another version's frame */
		return PAM_SERVICE_ERR;
	default:
		return PAM_AUTHINFO_UNAVAIL;
	}
}
