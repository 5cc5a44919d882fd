#include "authboxctl/host_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GRACE_S_MIN 180 /* what finding a telephone takes */

__attribute__((format(printf, 3, 4))) static void
find(struct host_findings *findings, bool is_error, const char *format, ...)
{
	struct host_finding *finding = &findings->all[findings->count];
	va_list arguments;

	if (findings->count == HOST_FINDINGS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(finding->text, sizeof(finding->text), format,
	    arguments); /* may cut */
	va_end(arguments);
	finding->is_error = is_error;
	findings->count++;
}

/* ---- PAM ---- */

static size_t
count_lines(const struct pam_lines *lines, enum pam_kind kind, bool ours)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->count; i++)
		count += lines->lines[i].kind == kind &&
			 (!ours || pam_line_is_ours(&lines->lines[i]));
	return count;
}

/* How many lines of its kind stand behind a line. */
static size_t
count_behind(const struct pam_lines *lines, size_t at)
{
	size_t count = 0;

	for (size_t i = at + 1; i < lines->count; i++)
		count += lines->lines[i].kind == lines->lines[at].kind;
	return count;
}

/* "[success=N …]": N, 0: it does not jump there. */
static unsigned long
jump_of(const char *control)
{
	const char *at = *control == '[' ? strstr(control, "success=") : NULL;

	return at ? strtoul(at + strlen("success="), NULL, 10) : 0;
}

static void
check_line(const char *service, const struct pam_lines *lines, size_t at,
    struct host_findings *findings)
{
	const struct pam_line *line = &lines->lines[at];

	if (streq(line->control, "optional"))
		find(findings, true,
		    "/etc/pam.d/%s: pam_authbox.so is \"optional\", so its no "
		    "is no no; write \"required\"",
		    service);
	if (streq(line->control, "sufficient"))
		find(findings, false,
		    "/etc/pam.d/%s: pam_authbox.so is \"sufficient\", so its "
		    "yes passes over what stands behind; \"required\" is what "
		    "most want",
		    service);
	if (jump_of(line->control) > 0 &&
	    jump_of(line->control) >= count_behind(lines, at))
		find(findings, true,
		    "/etc/pam.d/%s: success=%lu jumps over the end of the "
		    "stack, which refuses everybody; count the lines behind, "
		    "and end with pam_permit.so",
		    service, jump_of(line->control));
}

/* A stack of nothing but "ignore" refuses. */
static bool
ignores_all(const struct pam_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->lines[i].kind == PAM_KIND_AUTH &&
		    !(pam_line_is_ours(&lines->lines[i]) &&
			pam_line_has(&lines->lines[i], "unmanaged=ignore")))
			return false;
	return count_lines(lines, PAM_KIND_AUTH, true) > 0;
}

void
host_check_stack(const char *service, const struct pam_lines *lines,
    struct host_findings *findings)
{
	for (size_t i = 0; i < lines->count; i++)
		if (pam_line_is_ours(&lines->lines[i]))
			check_line(service, lines, i, findings);
	if (count_lines(lines, PAM_KIND_AUTH, true) > 0 &&
	    count_lines(lines, PAM_KIND_ACCOUNT, true) == 0)
		find(findings, true,
		    "/etc/pam.d/%s: has an auth line of pam_authbox.so, but no "
		    "account line, where enrolments and policies become real; "
		    "add \"account required pam_authbox.so\"",
		    service);
	if (ignores_all(lines))
		find(findings, true,
		    "/etc/pam.d/%s: with unmanaged=ignore and no other auth "
		    "line, who is not enrolled is refused all the same; see "
		    "dist/pam/sshd-key-code",
		    service);
}

/* ---- sshd ---- */

/* The value of a setting, "" when it is not there. */
static void
get_setting(const char *settings, const char *name, char ret_value[128])
{
	ret_value[0] = '\0';
	for (const char *at = settings; *at;) {
		size_t size = strcspn(at, "\n");
		const char *value = text_after(at, name);

		if (value && *value == ' ') {
			(void)snprintf(ret_value, 128, "%.*s",
			    (int)strcspn(value + 1, "\n"), value + 1);
			return;
		}
		at += size + (at[size] == '\n');
	}
}

static bool
is_set_to(const char *settings, const char *name, const char *value)
{
	char is[128];

	get_setting(settings, name, is);
	return streq(is, value);
}

static bool
stack_has(const struct pam_lines *lines, const char *word)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->lines[i].kind == PAM_KIND_AUTH &&
		    pam_line_is_ours(&lines->lines[i]) &&
		    pam_line_has(&lines->lines[i], word))
			return true;
	return false;
}

/* ssh's password method puts one question. */
static void
check_methods(const char *settings, const struct pam_lines *lines,
    struct host_findings *findings)
{
	bool combined = stack_has(lines, "combined");

	if (!is_set_to(settings, "kbdinteractiveauthentication", "yes") &&
	    !combined)
		find(findings, true,
		    "sshd: KbdInteractiveAuthentication is off, so nobody can "
		    "be asked; set it to yes in /etc/ssh/sshd_config.d");
	if (is_set_to(settings, "passwordauthentication", "yes") && !combined)
		find(findings, false,
		    "sshd: PasswordAuthentication is on, and can ask one "
		    "question only, so such logins fail; set it to no");
	if (is_set_to(settings, "pubkeyauthentication", "yes") &&
	    is_set_to(settings, "authenticationmethods", "any"))
		find(findings, false,
		    "sshd: a public key alone opens a session, and pam_authbox "
		    "asks nobody then; if it shall ask: AuthenticationMethods "
		    "publickey,keyboard-interactive:pam");
}

static void
check_grace(const char *settings, const struct pam_lines *lines,
    struct host_findings *findings)
{
	char value[128];
	long grace_s;

	get_setting(settings, "logingracetime", value);
	grace_s = strtol(value, NULL, 10);
	if (stack_has(lines, "device") && grace_s > 0 && grace_s < GRACE_S_MIN)
		find(findings, false,
		    "sshd: LoginGraceTime is %ld s for the whole dialogue, "
		    "which is short for a login on another device; 300 is "
		    "better",
		    grace_s);
}

void
host_check_sshd(const char *settings, const struct pam_lines *lines,
    struct host_findings *findings)
{
	bool asks = count_lines(lines, PAM_KIND_AUTH, true) > 0;

	if (!asks && count_lines(lines, PAM_KIND_ACCOUNT, true) == 0)
		return;
	if (!is_set_to(settings, "usepam", "yes"))
		find(findings, true,
		    "sshd: UsePAM is off, so /etc/pam.d/sshd means nothing; "
		    "set it to yes");
	if (asks)
		check_methods(settings, lines, findings);
	check_grace(settings, lines, findings);
}

/* ---- NSS ---- */

/* Whether "systemd" is a word of what stands behind the colon. */
static bool
has_systemd(const char *at)
{
	at += strspn(at, " \t");
	while (*at && *at != '\n' && *at != '#') {
		const char *rest = text_after(at, "systemd");

		/* Its end, too, is among what strchr() looks for. */
		if (rest && strchr(" \t\n#", *rest))
			return true;
		at += strcspn(at, " \t\n#");
		at += strspn(at, " \t");
	}
	return false;
}

/* In the line "NAME: …". */
static bool
asks_systemd(const char *nsswitch, const char *name)
{
	for (const char *at = nsswitch; *at;) {
		const char *rest = text_after(at + strspn(at, " \t"), name);

		if (rest && *rest == ':' && has_systemd(rest + 1))
			return true;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return false;
}

void
host_check_nss(
    const char *nsswitch, bool has_library, struct host_findings *findings)
{
	static const char *const names[] = {"passwd", "group", "shadow"};

	if (!has_library)
		find(findings, true,
		    "NSS: libnss_systemd.so.2 is not there, so created users "
		    "do not exist for anybody; install libnss-systemd");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!asks_systemd(nsswitch, names[i]))
			find(findings, true,
			    "/etc/nsswitch.conf: %s does not ask systemd, so "
			    "created users are not found; write \"%s: files "
			    "systemd\"",
			    names[i], names[i]);
}
