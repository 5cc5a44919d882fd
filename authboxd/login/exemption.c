#include "login/exemption.h"

#include <stdio.h>

#include "base/clock.h"
#include "factor/clock_mark.h"
#include "login/login.h"
#include "login/trace.h"
#include "users/user_record.h"

/* 1: the entry is in force. One that is over does not come back with a clock
 * that is set back. */
static int
entry_is_in_force(const struct login *login, const struct exempt *entry)
{
	int64_t now_unix_s = clock_unix_s();
	int r;

	if (entry->until_unix_s == 0)
		return 1;
	if (now_unix_s >= entry->until_unix_s)
		return 0;
	r = clock_mark_is_behind(login->daemon->store, now_unix_s);
	return r < 0 ? r : !r;
}

/* 1: all that the entry gives is true of this login; < 0: NSS. */
static int
entry_match(struct login *login, const struct exempt *entry)
{
	if (entry->service && !streq(entry->service, login->request->service))
		return 0;
	if (entry->network && !origin_is_in(&login->origin, entry->network))
		return 0;
	if (entry->group)
		return nss_is_member(
		    login->daemon->nss, &login->user, entry->group);
	return 1;
}

int
exemption_check(struct login *login)
{
	const struct two_factor *rules = &login->auth_config->two_factor;
	int r;

	if (!login->user_is_known || login->user_is_inactive)
		return 0;
	for (size_t i = 0; i < rules->exempt_count; i++) {
		r = entry_is_in_force(login, &rules->exempts[i]);
		if (r < 0)
			return r;
		if (r > 0)
			r = entry_match(login, &rules->exempts[i]);
		if (r < 0)
			return login_fail_look_up(login, r) < 0 ? r : 1;
		trace_step(login, "twoFactor.exempt[%zu] %s", i,
		    r > 0 ? "exempts him" : "does not fit");
		if (r == 0)
			continue;
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail),
		    "twoFactor.exempt[%zu] of AuthConfig %s", i,
		    login->auth_config->id);
		login_decide(login, VERDICT_EXEMPT, "exempt");
		return 1;
	}
	return 0;
}

bool
exemption_may_remember(const struct login *login)
{
	return login->auth_config->two_factor.remember_s > 0 &&
	       login->origin.is_trusted;
}

/* A shorter time in the configuration counts at once. */
static bool
address_is_remembered(const struct login *login, const struct address *address,
    int64_t now_unix_s)
{
	int64_t left_s = address->remember_unix_s - now_unix_s;

	return streq(address->text, login->origin.address) && left_s > 0 &&
	       left_s <= login->auth_config->two_factor.remember_s;
}

int
exemption_is_remembered(struct login *login, const struct user_record *record)
{
	int64_t now_unix_s = clock_unix_s();
	bool found = false;
	int r;

	if (!exemption_may_remember(login) || login->user_is_inactive)
		return 0;
	for (size_t i = 0; i < record->address_count && !found; i++)
		found = address_is_remembered(
		    login, &record->addresses[i], now_unix_s);
	if (!found)
		return 0;

	/* What ran out does not come back with a clock that is set back. */
	r = clock_mark_is_behind(login->daemon->store, now_unix_s);
	if (r != 0)
		return r < 0 ? r : 0;
	login_decide(login, VERDICT_EXEMPT, "remembered");
	return 1;
}
