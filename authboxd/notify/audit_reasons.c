/*
 * The table of reason codes. Its order is that of the manual: what went
 * through, what the user did, who asked, what broke off, what the host could
 * not do, and changes. A code, once released, keeps its meaning.
 */
#include "notify/audit.h"

/* clang-format off */
const struct audit_reason audit_reasons[] = {
	/* Logins that went through. */
	{"code-accepted",
	 "right code",
	 "Nothing to do."},
	{"recovery-accepted",
	 "right recovery code",
	 "Ask the user whether the phone is lost; a new one: "
	 "authboxctl 2fa replace, new codes: authboxctl 2fa recovery."},
	{"token-accepted",
	 "good access token",
	 "Nothing to do."},
	{"session-accepted",
	 "good token of a local session",
	 "Nothing to do; authboxctl session list shows them."},
	{"user-created",
	 "a user whom the provider knows was created here",
	 "Nothing to do; authboxctl user show tells what is known of him."},
	{"remembered",
	 "the user gave a code from this address before",
	 "Nothing to do; AuthConfig twoFactor.remember says for how long."},
	{"exempt",
	 "exempt by configuration",
	 "Nothing to do; AuthConfig twoFactor.exempt lists who, from "
	 "where, until when."},
	{"not-managed",
	 "not enrolled, and unmanaged=ignore is set",
	 "Nothing to do, or enrol the user: authboxctl 2fa enrol USER."},
	{"account-allowed",
	 "allowed to use the service",
	 "Nothing to do."},

	/* Answers that were no right code. */
	{"wrong-code",
	 "wrong code",
	 "If the user is sure, compare the clocks of host and phone "
	 "(both should use the network's time) and check that the app "
	 "shows the right account. A HOTP device that ran ahead: "
	 "authboxctl 2fa resync."},
	{"used-code",
	 "right code, but used already",
	 "The user should wait for the next code; each is good for one "
	 "login. If it was used while the clock was far ahead: authboxctl "
	 "2fa resync, as root."},
	{"malformed",
	 "the answer was not a code",
	 "Not counted. The user should type the digits that the app "
	 "shows, or a recovery code."},
	{"no-answer",
	 "no answer, or one that the program made up",
	 "Not counted. sshd answers by itself for users that it "
	 "refuses and with the password in its password mode; look at "
	 "the program's own log. People need "
	 "KbdInteractiveAuthentication yes."},
	{"recovery-wrong",
	 "wrong recovery code",
	 "Recovery codes are good once; show how many are left: "
	 "authboxctl 2fa status USER."},
	{"recovery-budget",
	 "too many recovery codes tried in a day",
	 "Wait, or root resets the user: authboxctl 2fa reset USER."},
	{"wait",
	 "too many failures in a row, tries are refused for now",
	 "The user should wait; each further failure doubles the time, "
	 "up to an hour. A right code after it clears it."},
	{"budget-day",
	 "too many failures in 24 hours",
	 "Somebody may be guessing, who knows the password: look at "
	 "the addresses. Root lets the user in again: authboxctl 2fa "
	 "reset USER."},
	{"budget-month",
	 "too many failures in 30 days",
	 "Somebody may be guessing, who knows the password: change it, "
	 "look at the addresses. Root lets the user in again: "
	 "authboxctl 2fa reset USER."},
	{"tries-used",
	 "all tries of this dialogue were used",
	 "The user should start the login again; tries= on the PAM "
	 "line says how many there are."},
	{"clock-behind",
	 "the host's clock is behind the time it had before",
	 "Set the clock. If it was wrong before and is right now: "
	 "authboxctl store accept-clock, as root."},

	/* Tokens that were refused. */
	{"token-malformed",
	 "the answer was no token",
	 "Not counted. The user should paste the whole access token, or "
	 "a local session (abx_...)."},
	{"token-cut",
	 "the token was cut at 1023 characters by ssh",
	 "Answer in parts that end in a backslash, as authbox-askpass(1) "
	 "does, or use a local session: authboxctl session create."},
	{"token-too-long",
	 "too long for a token, or one part came twice",
	 "A token has 16384 characters at most. In ssh's password method "
	 "every prompt gets the same answer: use keyboard-interactive."},
	{"token-other-user",
	 "a good token, but another user's",
	 "The user should log in under his own name; who a token belongs "
	 "to is shown by authboxctl token introspect."},
	{"system-account",
	 "a good token, but the account is one of the system's",
	 "If it shall be reached by tokens: allowSystem: true in its User."},
	{"token-inactive",
	 "the issuer says that the token is not active",
	 "It was revoked, has expired or is another issuer's; get a new one."},
	{"token-no-user",
	 "the token is good, but nobody's here",
	 "Declare a User with its sub, box_user or identifier, or set "
	 "username in the TokenIntrospector."},
	{"user-changed",
	 "a created user or a link was changed by root",
	 "Nothing to do; the event says what was changed."},
	{"name-taken",
	 "another user of this host, or of the store, has the name",
	 "If both are one person: authboxctl user link. Else one of the two "
	 "has to be renamed at the provider."},
	{"name-refused",
	 "the provider's name for the user is none that may be used here",
	 "Detail says why; Provisioning username says which claim, which form "
	 "and which characters."},
	{"not-provisioned",
	 "a user would have to be created, and there is no Provisioning",
	 "Write /etc/authbox/userdb.yaml (authbox-userdb(8)), or set "
	 "provisioning: none in the TokenIntrospector."},
	{"user-gone",
	 "the provider says that the user has left, or knows no such token",
	 "Nothing to do if so; his record and his files are kept. authboxctl "
	 "user remove forgets him."},
	{"userinfo-malformed",
	 "what the provider says of the user cannot be kept",
	 "authboxd's log has the address; it must be one JSON object of at "
	 "most 16 KiB."},
	{"userinfo-other-subject",
	 "what the provider says is about another user than the token",
	 "Look at userinfo_endpoint and userinfo_header of the "
	 "IdentityProvider: who answers there mixes up its users."},
	{"login-again",
	 "the user's account was made or changed while he logged in",
	 "The user should log in again; if it lasts for more than 15 minutes, "
	 "authbox-userdb's log says why."},
	{"creations-used",
	 "the token's issuer has created as many users as it may for now",
	 "If they are people: limits.creationsPerMinute and creationsPerDay of "
	 "Settings. Else close it: somebody has its key."},
	{"userdb-unavailable",
	 "authbox-userdb does not answer, so no account can change",
	 "systemctl status authbox-userdb; users who are there already can log "
	 "in."},
	{"userdb-refused",
	 "authbox-userdb refuses to make this account",
	 "Detail has its reason; authbox-userdb(8) explains it."},
	{"token-issuer",
	 "no introspector is for the token's issuer",
	 "Compare iss in the token with jwt.iss, byte by byte; "
	 "introspector= on the PAM line may want another one."},
	{"token-audience",
	 "the token is for another audience",
	 "Ask the issuer for a token for this host, or mend jwt.aud of "
	 "the TokenIntrospector."},
	{"token-expired",
	 "the token has expired",
	 "Get a new one; compare the clocks if it should be good."},
	{"token-without-expiry",
	 "the token never expires",
	 "The issuer must set exp."},
	{"token-not-yet-valid",
	 "the token is not good yet",
	 "Compare the clocks of host and issuer."},
	{"token-issued-in-the-future",
	 "the token is from the future",
	 "Compare the clocks of host and issuer."},
	{"token-too-old",
	 "the user proved himself too long ago",
	 "Get a new token by logging in at the issuer; jwt.max_age says "
	 "how old it may be."},
	{"token-signature",
	 "the token's signature is wrong",
	 "It was changed or forged, or jwt.keys has an old key."},
	{"token-unknown-key",
	 "the token's key is not among the issuer's",
	 "If the issuer changed its key just now, try again in 30 "
	 "seconds; else the token is forged, or jwks_uri is another issuer's."},
	{"token-alg-mismatch",
	 "the token's key is for another algorithm",
	 "Compare alg in the token with the issuer's key set."},
	{"token-alg",
	 "the token's algorithm is not allowed",
	 "Mend jwt.algs, or the issuer's settings."},
	{"token-ambiguous-key",
	 "too many keys fit the token",
	 "The issuer should give its keys a kid each."},
	{"token-encrypted",
	 "the token is encrypted",
	 "Encrypted tokens are not read; let the issuer sign only."},
	{"token-unsigned",
	 "the token has no signature",
	 "It is forged, or was cut."},
	{"token-header",
	 "the token's header cannot be read",
	 "It is forged, or was cut."},
	{"token-payload",
	 "the token's claims cannot be read",
	 "It is forged, or was cut."},
	{"token-extension",
	 "the token needs an extension that is not known",
	 "Let the issuer leave out crit, b64 and zip."},
	{"token-type",
	 "the token is of another kind",
	 "Use an access token; jwt.typ says which typ is expected."},
	{"token-is-id-token",
	 "it is an ID token",
	 "Use the access token."},
	{"token-is-logout-token",
	 "it is a logout token",
	 "Use the access token."},
	{"token-is-refresh-token",
	 "it is a refresh token",
	 "Use the access token. Refresh tokens should stay secret: "
	 "revoke this one."},
	{"token-is-bound",
	 "the token is good with a proof of its key only",
	 "Let the issuer give bearer tokens to this client."},
	{"token-claims",
	 "a claim of the token has a wrong type",
	 "Compare the token, or the endpoint's answer, with RFC 7519 and "
	 "RFC 7662."},
	{"token-claim-missing",
	 "a claim that is asked for is missing",
	 "jwt.aud and jwt.max_age need aud, and iat or auth_time."},
	{"introspector-unknown",
	 "no TokenIntrospector of that name",
	 "Mend introspector= on the PAM line; a session ends with the "
	 "introspector it was made by."},
	{"introspector-inactive",
	 "the token's IdentityProvider is inactive",
	 "Set active: true if its users should log in."},
	{"introspector-ambiguous",
	 "several TokenIntrospectors would take the token",
	 "Say which: introspector= on the PAM line, or token_pattern of each."},

	/* Who asks, and for whom. */
	{"unknown-user",
	 "no such user on this host",
	 "Nothing to do, or look at the address: names are being "
	 "tried. The name is not written, because people type "
	 "passwords there."},
	{"not-enrolled",
	 "the user has no device",
	 "Enrol the user: authboxctl 2fa enrol USER, or the option "
	 "enrol on the PAM line; unmanaged=ignore lets such users pass."},
	{"inactive",
	 "the user is inactive",
	 "User.inactive is set in /etc/authbox; remove it if the user "
	 "should log in."},
	{"other-user",
	 "the first stage was for another user or service",
	 "The program changed the user or service between auth and "
	 "account; its own log should say why."},
	{"reference-unknown",
	 "the first stage is not known, or too long ago",
	 "The user should log in again. If every login ends so, the "
	 "PAM lines of auth and account name different sockets, or "
	 "authboxd restarts."},
	{"peer-not-allowed",
	 "the asking program may not ask for this user or service",
	 "A program that runs as root may ask for anyone, a user for "
	 "himself; a server's Unix user needs a Client with peers and "
	 "services, and may name no other in client=."},
	{"client-unknown",
	 "client= on the PAM line names no Client",
	 "Name one that exists in /etc/authbox; authboxctl config check."},
	{"client-service",
	 "the Client that the program speaks for does not list this service",
	 "Add the PAM service to its services, or leave client= out."},
	{"client-secret",
	 "a program gave a Client's name and not its secret",
	 "The program's own settings have the id and the secret of a Client "
	 "in /etc/authbox; AUTHBOX_PEER_UID says whose program it is."},

	/* What the access policies say. */
	{"no-policy",
	 "no access policy is about this user and this login",
	 "Logins by token need one that allows them: authbox-policy(5) "
	 "has the least that is needed under NO POLICY; authboxctl "
	 "policy test shows which are there."},
	{"policy-denied",
	 "no access policy allows this login",
	 "authboxctl policy test prints each policy and the place in it "
	 "that said no."},
	{"policy-gave-up",
	 "a policy was too much work to judge, and no other allows it",
	 "authboxctl policy test says which. Its regular expression "
	 "tries one text in many ways, like ^(a+)+$; write it simpler."},

	/* Dialogues that did not end. */
	{"cancelled",
	 "the user gave up",
	 "Nothing to do. The program may also be unable to ask: its "
	 "PAM conversation failed."},
	{"prompt-timeout",
	 "nobody answered the prompt in time",
	 "Nothing to do; a prompt waits 5 minutes at most."},
	{"peer-gone",
	 "the asking program went away",
	 "Nothing to do; the user closed the window, or the program "
	 "has a shorter time limit (sshd: LoginGraceTime)."},
	{"protocol",
	 "the asking program does not speak the protocol",
	 "Module and daemon are of different versions (restart the "
	 "program that loaded the module), or somebody is playing with "
	 "the socket."},
	{"overloaded",
	 "too many logins at once",
	 "Look at AUTHBOX_PEER_UID for who asks so often; Settings has "
	 "the limits."},
	{"deadline",
	 "the decision came too late",
	 "The disk or another service of the host is slow; nothing was "
	 "changed."},

	/* What the host could not do. */
	{"store-unavailable",
	 "the store cannot be read or written",
	 "Look at the lines of authboxd above: disk full, read-only, "
	 "failing. Then authboxctl store check."},
	{"store-key",
	 "the store's key is missing or wrong",
	 "Put back the key: the credential authbox.storekey, the key "
	 "file, or what authboxctl store export-key gave. It is never "
	 "made anew over existing data."},
	{"store-damaged",
	 "the user's record is damaged",
	 "authboxctl store check says more; bring back a backup, or "
	 "authboxctl 2fa reset USER and enrol again."},
	{"nss-unavailable",
	 "the host's user database does not answer",
	 "getent passwd USER should answer at once; look at sssd, LDAP "
	 "or nsswitch.conf."},
	{"no-memory",
	 "out of memory",
	 "Free memory, or raise MemoryMax of authboxd.service."},
	{"internal",
	 "an unexpected failure",
	 "Look at the lines of authboxd above, and report them."},
	{"config-invalid",
	 "the configuration is wrong",
	 "authboxctl config check says file, line and what to do; then "
	 "authboxctl reload."},
	{"config-unknown",
	 "config= on the PAM line, or --config, fits no AuthConfig",
	 "Name one that exists in /etc/authbox; leaving it out works "
	 "while there is one at most."},
	{"no-webhook",
	 "a code should be delivered, and the AuthConfig has no webhook",
	 "Set twoFactor.webhook.endpoint, or enrol an app."},
	{"factor-unsupported",
	 "the PAM line asks for a factor that this version does not have",
	 "Use totp, or a newer authbox."},

	/* Changes of an enrolment. */
	{"requested",
	 "an enrolment was begun",
	 "Nothing to do; it becomes real with the first right code, or "
	 "is void after 15 minutes."},
	{"enrolment-confirmed",
	 "right code of a new device",
	 "Nothing to do; the device is enrolled when the program's account "
	 "check follows."},
	{"enrolled",
	 "a device was enrolled",
	 "If this was not the user: authboxctl 2fa reset USER, and "
	 "change the password."},
	{"enrolment-declined",
	 "the user did not want to enrol now",
	 "Nothing to do; twoFactor.enrolment: require leaves no choice."},
	{"enrolment-required",
	 "a second factor is required here",
	 "It cannot be switched off; a new phone: authboxctl 2fa replace."},
	{"already-enabled",
	 "there is such a device already",
	 "Another name (--device), or authboxctl 2fa replace."},
	{"not-requested",
	 "no enrolment was begun",
	 "authboxctl 2fa enrol does all steps in one go."},
	{"code-missing",
	 "the user has a second factor, and gave no code of it",
	 "Nothing to do: authboxctl asks for one. If the user did not "
	 "ask for another device, somebody else has the session."},
	{"sends-used",
	 "too many codes were sent to the user",
	 "The user should wait ten minutes. Look at the webhook's "
	 "receiver if codes do not arrive."},
	{"import-malformed",
	 "the text is not what the other program writes",
	 "authboxctl says which line; mend it, or leave it out."},
	{"devices-full",
	 "the user has as many devices as there may be",
	 "Switch one off: authboxctl 2fa disable --device NAME."},
	{"disabled",
	 "switched off",
	 "If this was not the user: enrol again at once, and change "
	 "the password."},
	{"replaced",
	 "a new device took the place of the old one",
	 "If this was not the user: authboxctl 2fa reset USER, and "
	 "change the password."},
	{"reset",
	 "root removed all devices and codes",
	 "The user has to enrol again."},
	{"recovery-made",
	 "new recovery codes were made, the old ones are void",
	 "If this was not the user: authboxctl 2fa reset USER."},
	{"resynced",
	 "the device's counter was set anew",
	 "Nothing to do."},
	{"imported",
	 "devices were taken over from another program",
	 "Remove that program's module from the PAM stack and its "
	 "files, or used codes stay good there."},
	{"device-accepted",
	 "approved on another device",
	 "Nothing to do."},
	{"device-denied",
	 "refused on the other device",
	 "If the user did not begin this login, somebody else did, under his "
	 "name."},
	{"device-expired",
	 "not approved in time on the other device",
	 "Log in again. LoginGraceTime of sshd ends a login after 120 s unless "
	 "it says more."},
	{"device-busy",
	 "too many device logins are under way",
	 "A user who is known where he comes from may have two, strangers from "
	 "one network eight, the host 64 at a time; wait until some have "
	 "ended."},
	{"device-rate",
	 "too many device logins were begun",
	 "Somebody begins them without end; the records before this one say "
	 "from where. A user who has logged in from his address within 30 days, "
	 "or who is at the host itself, is not kept out by that."},
	{"device-off",
	 "no AuthConfig allows device logins",
	 "deviceLogin.enabled: true in the AuthConfig that the PAM line names."},
	{"device-no-provider",
	 "no identity provider is known for device logins",
	 "It takes a TokenIntrospector of type jwt with an active "
	 "IdentityProvider that has client.id, and "
	 "device_authorization_endpoint or issuer."},
	{"device-refused",
	 "the identity provider refuses device logins",
	 "The log has its error code; check client and scopes of the "
	 "IdentityProvider, and that the client may use this grant there."},
	{"device-answer",
	 "the identity provider's answer cannot be used",
	 "The log says what is wrong with it: a code or an address that must "
	 "not be shown to people, or times out of range."},
	{"issuer-unavailable",
	 "the issuer of the token could not be asked",
	 "Look at the log of authbox-fetch, and at what "
	 "authboxctl token introspect says."},
	{"sessions-full",
	 "the user, or the host, has as many local sessions as there may be",
	 "End some: authboxctl session revoke ID, or --all."},
	{"session-presented",
	 "a local session was to be made from another one",
	 "Take the issuer's token."},
	{"login-not-fresh",
	 "a session was to be made from a login that is not fresh",
	 "The user should log in again: each login makes one session, within "
	 "session.freshLogin of Settings. If the user had made none, "
	 "somebody else did: authboxctl session list USER."},
	{"session-created",
	 "a local session was made from a good token or a fresh login",
	 "Nothing to do; if this was not the user: authboxctl session "
	 "revoke --all --user USER."},
	{"session-revoked",
	 "local sessions were ended",
	 "Nothing to do."},
	{"session-unknown",
	 "no such local session: it has ended, or is another user's",
	 "authboxctl session list shows those that there are."},

	{0},
};
/* clang-format on */
