#include "login/policy_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "login/login.h"
#include "login/trace.h"
#include "users/person.h"

#define HOST_BYTES 256

static void
groups_cleanup(char ***groups)
{
	nss_group_names_free(*groups);
}

/* A part more in what the admin reads, whole or not at all. */
__attribute__((format(printf, 2, 3))) static void
add_detail(struct login *login, const char *format, ...)
{
	char *detail = login->result.detail;
	size_t before = strlen(detail), room = sizeof(login->result.detail);
	size_t used = before > 0 ? before + 2 : 0;
	va_list arguments;
	int size;

	if (used >= room)
		return;
	va_start(arguments, format);
	size = vsnprintf(detail + used, room - used, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= room - used)
		detail[before] = '\0';
	else if (before > 0)
		memcpy(detail + before, ", ", 2);
}

/* Who decided; of a refusal, where, and what would mend it. */
static void
describe(struct login *login, const struct policy_request *request,
    const struct policy_verdict *verdict)
{
	AUTO_TEXT sample = NULL;

	if (verdict->policy_id[0]) {
		add_detail(login, "AccessPolicy %s", verdict->policy_id);
	} else if (verdict->denied_count > 0) {
		add_detail(login,
		    "AccessPolicy %s said no at %s (the first of %zu)",
		    verdict->denied_id, verdict->denied_path,
		    verdict->denied_count);
	} else if (streq(verdict->why, "no-policy")) {
		/* Without memory there is just none. */
		sample = policy_sample(request, true);
		if (sample)
			add_detail(login, "this would allow it: %s", sample);
	}
}

static int
check(struct login *login, const struct policy_request *request)
{
	struct policy_verdict verdict;
	int r;

	r = policy_decide(request, &verdict);
	if (r < 0)
		return r;
	trace_step(login, "policies: %s%s%s",
	    verdict.is_allowed ? "allowed" : verdict.why,
	    verdict.policy_id[0] ? " by AccessPolicy " : "", verdict.policy_id);
	(void)stpcpy(login->result.policy, verdict.policy_id); /* same size */
	describe(login, request, &verdict);
	if (verdict.is_allowed)
		return 1;
	login_decide(login, VERDICT_FORBIDDEN, verdict.why);
	return 0;
}

/* < 0: he has no Unix account, and gets none. */
static int64_t
uid_of(const struct login *login)
{
	if (login->user_is_known)
		return login->user.uid;
	return login->person && login->person->uid != PERSON_NO_UID
		   ? (int64_t)login->person->uid
		   : -1;
}

/* nss-systemd reads the names of all records of the host for each of these
 * look-ups: with a thousand users that takes longer than the rest of a login.
 */
static int
find_groups(struct login *login, char ***ret_groups)
{
	__attribute__((cleanup(groups_cleanup))) char **groups = NULL;
	int r = 0;

	if (login->user_is_known)
		r = nss_copy_group_names(
		    login->daemon->nss, &login->user, &groups);
	if (r < 0)
		return login_fail_look_up(login, r);
	if (login->arrival != ARRIVAL_NONE)
		return arrival_copy_groups(login, groups, ret_groups);
	*ret_groups = TAKE(groups);
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
	    .uid = uid_of(login),
	    .profile = login->person ? login->person->profile : NULL,
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
	if (policy_mentions(&request, "group"))
		r = find_groups(login, &groups);
	if (r < 0)
		return r;
	request.groups = groups;
	return check(login, &request);
}
