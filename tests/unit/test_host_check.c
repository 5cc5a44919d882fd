/* What is said about a host's PAM stacks, sshd and NSS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "authboxctl/host_check.h"
#include "base/text.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static char folder[64];
static struct pam_lines lines;
static struct host_findings findings;

static int
set_up(void **state)
{
	(void)state;
	(void)strcpy(folder, "/tmp/test-host-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
put_file(const char *name, const char *text, char ret_path[128])
{
	FILE *file;

	(void)snprintf(ret_path, 128, "%s/%s", folder, name);
	file = fopen(ret_path, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
read_stack(const char *text)
{
	static const char common[] =
	    "auth [success=1 default=ignore] pam_unix.so nullok\n"
	    "auth requisite pam_deny.so\nauth required pam_permit.so\n";
	char path[128], common_path[128];

	put_file("sshd", text, path);
	put_file("common-auth", common, common_path);
	assert_int_equal(pam_lines_read(folder, "sshd", &lines), 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(common_path), 0);
}

#define OURS	"auth required pam_authbox.so totp\n"
#define ACCOUNT "account required pam_authbox.so\n"

static void
lines_are_read_as_libpam_does(void **state)
{
	(void)state;
	read_stack(
	    "# a comment\n\n@include common-auth\n"
	    "-auth\trequired\t/lib/security/pam_authbox.so totp  echo # x\n"
	    "account [success=ok default=bad]  pam_authbox.so\n"
	    "session required pam_authbox.so\npassword include sshd\n"
	    "auth include common-auth\naccount include common-auth\n"
	    "auth required\nauth include nowhere\n");
	assert_int_equal(lines.count, 8);
	assert_string_equal(
	    lines.lines[0].control, "[success=1 default=ignore]");
	assert_string_equal(lines.lines[0].module, "pam_unix.so");
	assert_true(pam_line_has(&lines.lines[0], "nullok"));
	assert_true(pam_line_is_ours(&lines.lines[3]));
	assert_true(pam_line_has(&lines.lines[3], "echo"));
	assert_false(pam_line_has(&lines.lines[3], "ech"));
	assert_false(pam_line_has(&lines.lines[3], "x"));
	assert_int_equal(lines.lines[4].kind, PAM_KIND_ACCOUNT);
	assert_string_equal(lines.lines[4].module, "pam_authbox.so");
	assert_int_equal(pam_lines_read(folder, "nobody", &lines), 0);
	/* One that includes itself ends. */
	read_stack("@include sshd\n" OURS);
	assert_int_equal(lines.count, PAM_LINES_DEPTH_MAX);
}

/* `said` NULL: nothing is. */
struct row {
	const char *stack, *said;
	bool is_error;
};

static void
expect(const struct row *row)
{
	for (size_t i = 0; i < findings.count; i++)
		if (row->said && strstr(findings.all[i].text, row->said)) {
			assert_int_equal(
			    findings.all[i].is_error, row->is_error);
			return;
		}
	if (row->said || findings.count > 0)
		fail_msg("%s: %s instead of %s", row->stack,
		    findings.count ? findings.all[0].text : "nothing",
		    row->said ? row->said : "nothing");
}

static void
stacks_that_cannot_work_are_told(void **state)
{
	static const struct row rows[] = {
	    {OURS ACCOUNT, NULL, false},
	    {"@include common-auth\n" OURS ACCOUNT, NULL, false},
	    {OURS, "no account line", true},
	    {"auth optional pam_authbox.so totp\n" ACCOUNT, "\"optional\"",
		true},
	    {"auth sufficient pam_authbox.so token\n" ACCOUNT, "\"sufficient\"",
		false},
	    {"auth required pam_authbox.so totp unmanaged=ignore\n" ACCOUNT,
		"unmanaged=ignore", true},
	    {"auth required pam_authbox.so totp unmanaged=ignore\n"
	     "auth required pam_permit.so\n" ACCOUNT,
		NULL, false},
	    {"auth [success=2 default=ignore] pam_authbox.so token\n"
	     "auth requisite pam_unix.so\n" OURS
	     "auth required pam_permit.so\n" ACCOUNT,
		NULL, false},
	    {"auth [success=2 default=ignore] pam_authbox.so token\n"
	     "auth requisite pam_unix.so\n" OURS ACCOUNT,
		"success=2 jumps over the end", true},
	    {"auth [success=4294967297 default=ignore] pam_authbox.so token\n"
	     "auth requisite pam_unix.so\n" ACCOUNT,
		"jumps over the end", true},
	    {"auth [success=ok default=die] pam_authbox.so totp\n" ACCOUNT,
		NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		findings.count = 0;
		read_stack(rows[i].stack);
		host_check_stack("sshd", &lines, &findings);
		expect(&rows[i]);
	}
}

#define GOOD                                                                   \
	"usepam yes\nkbdinteractiveauthentication yes\n"                       \
	"passwordauthentication no\npubkeyauthentication yes\n"                \
	"authenticationmethods publickey,keyboard-interactive:pam\n"           \
	"logingracetime 300\n"

static void
settings_of_sshd_that_cannot_work_are_told(void **state)
{
	static const struct {
		const char *settings;
		struct row row;
	} table[] = {
	    {GOOD, {OURS ACCOUNT, NULL, false}},
	    /* Who does not ask us is none of our business. */
	    {"usepam no\n", {"auth required pam_unix.so\n", NULL, false}},
	    {"usepam no\nkbdinteractiveauthentication yes\n",
		{OURS ACCOUNT, "UsePAM is off", true}},
	    {"usepam yes\nkbdinteractiveauthentication no\n",
		{OURS ACCOUNT, "KbdInteractiveAuthentication is off", true}},
	    {"xusepam yes\nusepam yesyes\n",
		{OURS ACCOUNT, "UsePAM is off", true}},
	    {"usepam yes\nkbdinteractiveauthentication no\n"
	     "passwordauthentication yes\nauthenticationmethods any\n",
		{"auth required pam_authbox.so totp combined\n" ACCOUNT, NULL,
		    false}},
	    {"usepam yes\nkbdinteractiveauthentication yes\n"
	     "passwordauthentication yes\n",
		{OURS ACCOUNT, "PasswordAuthentication is on", false}},
	    {"usepam yes\nkbdinteractiveauthentication yes\n"
	     "pubkeyauthentication yes\nauthenticationmethods any\n",
		{OURS ACCOUNT, "a public key alone", false}},
	    {"usepam yes\nkbdinteractiveauthentication yes\n"
	     "logingracetime 120\n",
		{"auth required pam_authbox.so device\n" ACCOUNT,
		    "LoginGraceTime is 120 s", false}},
	    {"usepam yes\nkbdinteractiveauthentication yes\n"
	     "logingracetime 0\n",
		{"auth required pam_authbox.so device\n" ACCOUNT, NULL, false}},
	    /* Policies are asked about key logins too. */
	    {"usepam no\n", {ACCOUNT, "UsePAM is off", true}},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		findings.count = 0;
		read_stack(table[i].row.stack);
		host_check_sshd(table[i].settings, &lines, &findings);
		expect(&table[i].row);
	}
}

static void
nss_must_ask_systemd(void **state)
{
	static const struct {
		const char *text;
		bool has_library;
		size_t count;
	} table[] = {
	    {"passwd: files systemd\ngroup:\tfiles systemd\n"
	     "shadow: files systemd\n",
		true, 0},
	    {"passwd: files [SUCCESS=merge] systemd\ngroup: files systemd\n"
	     "shadow: files systemd\n",
		true, 0},
	    {"passwd: files systemd\ngroup: files systemd\nshadow: files\n",
		true, 1},
	    {"passwd: files # systemd\ngroup: files systemd\n"
	     "shadow: files systemd\n",
		true, 1},
	    {"#passwd: files systemd\ngroup: files systemdx\n", true, 3},
	    {"", true, 3},
	    {"passwd: files systemd\ngroup: files systemd\n"
	     "shadow: files systemd\n",
		false, 1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		findings.count = 0;
		host_check_nss(table[i].text, table[i].has_library, &findings);
		if (findings.count != table[i].count)
			fail_msg("%s: %zu", table[i].text, findings.count);
	}
}

static void
findings_are_bounded(void **state)
{
	char stack[8192] = "";

	(void)state;
	for (size_t i = 0; i < 100; i++)
		(void)strcat(stack, "auth optional pam_authbox.so\n");
	read_stack(stack);
	findings.count = 0;
	host_check_stack("sshd", &lines, &findings);
	assert_int_equal(findings.count, HOST_FINDINGS_MAX);
	for (size_t i = 0; i < 50; i++)
		(void)strcat(stack, "auth required pam_authbox.so\n");
	read_stack(stack);
	assert_int_equal(lines.count, PAM_LINES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_read_as_libpam_does),
	    cmocka_unit_test(stacks_that_cannot_work_are_told),
	    cmocka_unit_test(settings_of_sshd_that_cannot_work_are_told),
	    cmocka_unit_test(nss_must_ask_systemd),
	    cmocka_unit_test(findings_are_bounded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
