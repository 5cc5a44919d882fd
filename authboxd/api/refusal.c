#include "api/refusal.h"

#include <assert.h>
#include <errno.h>

#include "wire/varlink.h"

#define FORBIDDEN   VARLINK_ERROR_FORBIDDEN
#define UNAVAILABLE VARLINK_ERROR_UNAVAILABLE
#define WRONG_TOKEN "io.authbox.TwoFactor.WrongToken", "wrong_token"

/* clang-format off */
static const struct refusal_entry entries[REFUSAL_COUNT] = {
	[REFUSAL_WRONG] = {WRONG_TOKEN, "wrong-code", VERDICT_DENY,
	    "The code is wrong. Wait for the next one and type it as it is "
	    "shown; if that fails too, compare the clocks of the host and of "
	    "the phone."},
	[REFUSAL_USED] = {WRONG_TOKEN, "used-code", VERDICT_DENY,
	    "This code was used already. Wait for the next one."},
	[REFUSAL_MALFORMED] = {WRONG_TOKEN, "malformed", VERDICT_DENY,
	    "That is not a code. Type the digits that the app shows, or a "
	    "recovery code."},
	[REFUSAL_WAIT] = {WRONG_TOKEN, "wait", VERDICT_TRIES_USED,
	    "Too many codes were wrong: none is looked at for a while. Try "
	    "again later, or ask root for authboxctl 2fa reset."},
	[REFUSAL_CODE_MISSING] = {WRONG_TOKEN, "code-missing", VERDICT_DENY,
	    "There is a second factor already: give a code of it, or a "
	    "recovery code."},

	[REFUSAL_ALREADY_ENABLED] = {
	    "io.authbox.TwoFactor.AlreadyEnabled", "already_enabled",
	    "already-enabled", VERDICT_DENY,
	    "A device of this name is enabled already. Give another name, or "
	    "replace it: authboxctl 2fa replace."},
	[REFUSAL_NOT_REQUESTED] = {
	    "io.authbox.TwoFactor.NotRequested", "not_requested",
	    "not-requested", VERDICT_DENY,
	    "No device waits to be confirmed; a request is void after 15 "
	    "minutes. Begin again: authboxctl 2fa enrol."},
	[REFUSAL_NOT_ENROLLED] = {
	    "io.authbox.TwoFactor.NotRequested", "not_requested",
	    "not-enrolled", VERDICT_DENY,
	    "There is no such enabled device. authboxctl 2fa status lists "
	    "what there is, authboxctl 2fa enrol makes one."},
	[REFUSAL_WHICH_DEVICE] = {
	    "io.authbox.TwoFactor.NotRequested", "not_requested",
	    "not-requested", VERDICT_DENY,
	    "There are several devices. Say which one (--device); authboxctl "
	    "2fa status lists them."},
	[REFUSAL_DEVICES_FULL] = {FORBIDDEN, "devices_full",
	    "devices-full", VERDICT_FORBIDDEN,
	    "There are as many devices as there may be. Disable one first: "
	    "authboxctl 2fa disable --device NAME."},

	[REFUSAL_BAD_TEXT] = {
	    "io.authbox.Import.BadText", "bad_text",
	    "import-malformed", VERDICT_DENY,
	    "The text is not what the other program writes."},

	[REFUSAL_NO_SESSION] = {
	    "io.authbox.Session.NotFound", "no_session",
	    "session-unknown", VERDICT_DENY,
	    "There is no such session, or it has ended. authboxctl session "
	    "list shows those that there are."},

	[REFUSAL_SESSIONS_FULL] = {FORBIDDEN, "sessions_full",
	    "sessions-full", VERDICT_FORBIDDEN,
	    "There are as many sessions as there may be. End some first: "
	    "authboxctl session revoke ID."},
	[REFUSAL_OTHER_USER] = {FORBIDDEN, "other_user",
	    "peer-not-allowed", VERDICT_FORBIDDEN,
	    "The token is good, but another user's. Sessions are made by their "
	    "own users, or by root."},

	[REFUSAL_NOT_FRESH] = {FORBIDDEN, "not_fresh",
	    "login-not-fresh", VERDICT_FORBIDDEN,
	    "You have not logged in by token or by code just now, or that "
	    "login has made its session already. Log in again, or give a "
	    "token on standard input."},

	[REFUSAL_ENROLMENT_REQUIRED] = {FORBIDDEN, "enrolment_required",
	    "enrolment-required", VERDICT_FORBIDDEN,
	    "A second factor is required here and cannot be switched off. For "
	    "a new phone: authboxctl 2fa replace."},
	[REFUSAL_ROOT_ONLY] = {FORBIDDEN, "root_only",
	    "peer-not-allowed", VERDICT_FORBIDDEN,
	    "Only root may do this to a TOTP device. Ask the administrator."},
	[REFUSAL_INACTIVE] = {FORBIDDEN, "inactive",
	    "inactive", VERDICT_FORBIDDEN,
	    "This user is inactive. Ask the administrator."},
	[REFUSAL_UNKNOWN_USER] = {FORBIDDEN, "unknown_user",
	    "unknown-user", VERDICT_FORBIDDEN,
	    "There is no such user on this host. getent passwd lists those "
	    "that there are."},
	[REFUSAL_SENDS_USED] = {FORBIDDEN, "sends_used",
	    "sends-used", VERDICT_TRIES_USED,
	    "Too many codes were sent. Wait ten minutes and begin again."},
	[REFUSAL_NO_WEBHOOK] = {FORBIDDEN, "no_webhook",
	    "no-webhook", VERDICT_CONFIG,
	    "The AuthConfig has no webhook that could deliver a code. Leave "
	    "the transport out to enrol an app, or ask the administrator."},
	[REFUSAL_CONFIG_UNKNOWN] = {FORBIDDEN, "config_unknown",
	    "config-unknown", VERDICT_CONFIG,
	    "There is no such AuthConfig, or there are several and none was "
	    "named (--config)."},

	[REFUSAL_CLOCK] = {UNAVAILABLE, "clock_behind",
	    "clock-behind", VERDICT_UNAVAILABLE,
	    "The host's clock is behind the time it had before, so no code "
	    "can be judged. Set it; if it is right now, root runs authboxctl "
	    "store accept-clock."},
	[REFUSAL_CONFIG_INVALID] = {UNAVAILABLE, "config_invalid",
	    "config-invalid", VERDICT_CONFIG,
	    "The configuration is wrong. Root sees why with authboxctl config "
	    "check."},
	[REFUSAL_OVERLOADED] = {UNAVAILABLE, "overloaded",
	    "overloaded", VERDICT_UNAVAILABLE,
	    "Too many codes wait to be delivered. Try again in a minute."},
	[REFUSAL_ISSUER] = {UNAVAILABLE, "issuer_unavailable",
	    "issuer-unavailable", VERDICT_UNAVAILABLE,
	    "The issuer of the token cannot be asked, which says nothing about "
	    "the token. Try again; root sees more in authboxd's log."},
	[REFUSAL_NSS] = {UNAVAILABLE, "nss_unavailable",
	    "nss-unavailable", VERDICT_UNAVAILABLE,
	    "The host's user database does not answer. Try again; getent "
	    "passwd should answer at once."},
	[REFUSAL_STORE] = {UNAVAILABLE, "store_unavailable",
	    "store-unavailable", VERDICT_UNAVAILABLE,
	    "The store cannot be read or written; nothing was changed. Root "
	    "sees why with authboxctl status."},
	[REFUSAL_STORE_KEY] = {UNAVAILABLE, "store_key",
	    "store-key", VERDICT_UNAVAILABLE,
	    "The key of the store is missing or wrong; nothing was changed. "
	    "Root sees what to do with authboxctl status."},
	[REFUSAL_STORE_DAMAGED] = {UNAVAILABLE, "store_damaged",
	    "store-damaged", VERDICT_UNAVAILABLE,
	    "The stored record is damaged; nothing was changed. Root sees "
	    "more with authboxctl store check."},
	[REFUSAL_MEMORY] = {UNAVAILABLE, "no_memory",
	    "no-memory", VERDICT_NO_MEMORY,
	    "authboxd is out of memory; nothing was changed. Try again."},
};
/* clang-format on */

const struct refusal_entry *
refusal_get(enum refusal refusal)
{
	assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
	return &entries[refusal];
}

enum refusal
refusal_of_attempt(enum attempt_result result)
{
	switch (result) {
	case ATTEMPT_RIGHT:
	case ATTEMPT_RECOVERY:
		return REFUSAL_NONE;
	case ATTEMPT_USED:
		return REFUSAL_USED;
	case ATTEMPT_MALFORMED:
		return REFUSAL_MALFORMED;
	case ATTEMPT_WAIT:
		return REFUSAL_WAIT;
	case ATTEMPT_CLOCK:
		return REFUSAL_CLOCK;
	case ATTEMPT_WRONG:
		break;
	}
	return REFUSAL_WRONG;
}

enum refusal
refusal_of_errno(int error)
{
	switch (error) {
	case -ENOKEY:
		return REFUSAL_STORE_KEY;
	case -EBADMSG:
	case -EPROTONOSUPPORT:
		return REFUSAL_STORE_DAMAGED;
	case -ENOMEM:
		return REFUSAL_MEMORY;
	default:
		return REFUSAL_STORE;
	}
}
