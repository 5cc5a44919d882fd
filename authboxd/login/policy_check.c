#include "login/policy_check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "login/login.h"
#include "login/trace.h"

#define HOST_BYTES 256

static void
groups_cleanup(char ***groups)
{
	nss_group_names_free(*groups);
}

static int
check(struct login *login, const struct policy_request *request)
{
	size_t used = strlen(login->result.detail);
	struct policy_verdict verdict;
	int r;

	r = policy_decide(request, &verdict);
	if (r < 0)
		return r;
	trace_step(login, "policies: %s%s%s",
	    verdict.is_allowed ? "allowed" : verdict.why,
	    verdict.policy_id[0] ? " by AccessPolicy " : "", verdict.policy_id);
	(void)stpcpy(login->result.policy, verdict.policy_id); /* same size */
	if (verdict.policy_id[0])
		(void)snprintf(login->result.detail + used,
		    sizeof(login->result.detail) - used, "%sAccessPolicy %s",
		    used > 0 ? ", " : "", verdict.policy_id);
	if (verdict.is_allowed)
		return 1;
	login_decide(login, VERDICT_FORBIDDEN, verdict.why);
	return 0;
}

int
policy_check(struct login *login, enum policy_question question,
    const struct policy_claims *claims)
{
	const struct login_request *asked = login->request;
	__attribute__((cleanup(groups_cleanup))) char **groups = NULL;
	char host[HOST_BYTES] = "";
	struct policy_request request = {
	    .config = login->config,
	    .question = question,
	    .user = asked->user,
	    .uid = login->user_is_known ? (int64_t)login->user.uid : -1,
	    .client_id = login->client ? login->client->id : NULL,
	    .service = asked->service,
	    .tty = asked->tty,
	    .remote_addr = login->origin.address,
	    .host = login->host ? login->host : host,
	    .ruser = asked->ruser,
	    .ssh_auth = asked->ssh_auth,
	    .jwt = claims->are_jwt ? claims->claims : NULL,
	    .token = claims->are_jwt ? NULL : claims->claims,
	    .session_by = claims->session_by,
	    .session_created_unix_s = claims->session_created_unix_s,
	    .now_unix_s = clock_unix_s(),
	};
	int r = 0;

	/* What most hosts have, and needs no look-up. */
	if (question == POLICY_OTHER_ACCOUNT &&
	    login->config->policy_count == 0)
		return 1;
	if (!login->host && gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0'; /* not known, and so absent */
	if (login->user_is_known)
		r = nss_copy_group_names(
		    login->daemon->nss, &login->user, &groups);
	if (r < 0)
		return login_fail_look_up(login, r);
	request.groups = groups;
	return check(login, &request);
}
