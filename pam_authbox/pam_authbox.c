/*
 * pam_authbox.so: the entry points that libpam calls (pam(3), pam_sm_*(3)).
 *
 * The module runs inside sshd, sudo and screen lockers, often as root. It
 * therefore keeps to libc and libpam, opens one socket, and leaves the process
 * as it found it. All that it knows is in authboxd; all that it does is to
 * carry prompts and answers, and to turn a verdict into a PAM code.
 */
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "authbox/verdict.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "pam_authbox/exchange.h"
#include "pam_authbox/options.h"
#include "pam_authbox/outcome.h"
#include "pam_authbox/reference.h"

/* Whom nobody named is refused like anybody who is not allowed. In auth libpam
 * asks for a name that is missing. The copy is for the request: libpam's own
 * goes when the host sets another. */
static int
copy_user(const struct request *request, char **ret_user)
{
	const struct outcome_facts nobody = {
	    .stage = request->stage, .verdict = VERDICT_FORBIDDEN};
	const char *user = NULL;
	int code = PAM_SUCCESS;

	if (request->stage == PAM_STAGE_AUTH)
		code = pam_get_user(request->pamh, &user, NULL);
	else
		user = request_get_item(request, PAM_USER);
	if (code != PAM_SUCCESS)
		return code == PAM_BUF_ERR ? PAM_BUF_ERR : PAM_CONV_ERR;
	if (!user || !*user)
		return outcome_of_verdict(&nobody);

	*ret_user = strdup(user);
	return *ret_user ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int
run(struct request *request)
{
	struct exchange_done done;
	const char *user;
	int code, r;

	if (request->stage == PAM_STAGE_ACCOUNT)
		reference_find(request);
	else if (reference_drop(request) < 0)
		return PAM_BUF_ERR;
	r = exchange_run(request, &done);
	if (r < 0)
		return outcome_of_error(r);

	/* The host may have changed the user while it held the conversation. */
	user = request_get_item(request, PAM_USER);
	code = outcome_of_verdict(&(struct outcome_facts){
	    .stage = request->stage,
	    .verdict = done.verdict,
	    .is_for_user = done.is_for_user && streq_null(user, request->user),
	    .unmanaged_ignore = request->options->unmanaged_ignore,
	});
	if (request->options->debug)
		pam_syslog(request->pamh, LOG_DEBUG,
		    "factor %s: verdict %u%s, PAM code %d",
		    request->factor->name, done.verdict,
		    done.is_for_user ? "" : " about somebody else", code);
	if (request->stage == PAM_STAGE_AUTH && *done.reference &&
	    (code == PAM_SUCCESS || code == PAM_IGNORE) &&
	    reference_keep(request, done.reference) < 0)
		return PAM_BUF_ERR;
	return code;
}

static int
enter(pam_handle_t *pamh, enum pam_stage stage, int flags, int argc,
    const char **argv)
{
	struct options options;
	struct request request = {
	    .pamh = pamh,
	    .options = &options,
	    .stage = stage,
	    .is_silent = flags & PAM_SILENT,
	};
	const char *word = NULL, *why = NULL;
	AUTO_TEXT user = NULL;
	int code = PAM_SYSTEM_ERR, r;

	r = options_parse(argc, argv, &options, &word, &why);
	if (r < 0) {
		pam_syslog(pamh, LOG_ERR,
		    "option \"%s\" %s; see pam_authbox(8)", word, why);
		return outcome_of_error(r);
	}
	request.factor = options_factor(&options);

	code = copy_user(&request, &user);
	if (code != PAM_SUCCESS)
		return code;
	request.user = user;
	return run(&request);
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return enter(pamh, PAM_STAGE_AUTH, flags, argc, argv);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return enter(pamh, PAM_STAGE_ACCOUNT, flags, argc, argv);
}

/* Nothing is decided below: sshd runs these in another process than auth, and
 * goes on when a session cannot be opened. */

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

/* Codes and tokens are not changed through passwd(1). */
int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}
