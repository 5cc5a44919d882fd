/* The answers and the audit records that the methods of io.authbox.User share.
 */
#include "api/user.h"

#include <errno.h>

#include "api/call.h"
#include "base/random.h"
#include "base/text.h"
#include "notify/audit.h"
#include "users/accounts.h"

#define ERROR(name) "io.authbox.User." name

int
user_answer_refuse(struct varlink_call *call, enum refusal refusal)
{
	const struct refusal_entry *entry = refusal_get(refusal);

	return call_refuse(
	    call, entry->error, entry->reason, entry->message, 0);
}

int
user_answer_missing(struct varlink_call *call)
{
	return call_refuse(call, ERROR("NotFound"), "not_found",
	    "No such user was created here, and there is no such link; "
	    "authboxctl --json user list shows all that there are.",
	    0);
}

int
user_answer_taken(
    struct varlink_call *call, const char *user, const char *message)
{
	int r = call_refuse(call, ERROR("Taken"), "taken", message, 0);

	return user && *user
		   ? call_put_text(call->error_parameters, "user", user)
		   : r;
}

int
user_answer_audit(const struct varlink_call *call, const char *event,
    const char *user, const char *detail)
{
	char reference[AUDIT_REFERENCE_DIGITS + 1];
	struct audit_record record = {
	    .event = event,
	    .verdict = VERDICT_ALLOW,
	    .reason = "user-changed",
	    .user = user,
	    .service = "api",
	    .detail = detail,
	    .reference = reference,
	    .peer_uid = call->peer_uid,
	};
	int r = random_hex(reference, AUDIT_REFERENCE_DIGITS);

	if (r == 0)
		audit_write(&record);
	return r;
}

int
user_answer_account(
    struct varlink_call *call, const struct accounts_refusal *refusal)
{
	static const char *const words[] = {"not-provisioned", "name",
	    "name-taken", "range", "range-full", "id-taken", "id-changed",
	    "real-name", "group", "too-many"};
	const char *word = "refused";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (streq(words[i], refusal->reason))
			word = words[i];
	return call_refuse(call, ERROR("Refused"), word, refusal->message, 0);
}

int
user_answer_userdb(struct varlink_call *call, int error)
{
	if (error == -ENOMEM)
		return error;
	return call_refuse(call, VARLINK_ERROR_UNAVAILABLE,
	    "userdb_unavailable",
	    "authbox-userdb does not answer; see systemctl status "
	    "authbox-userdb.",
	    0);
}
