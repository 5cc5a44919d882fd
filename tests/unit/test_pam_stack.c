/* Which PAM stacks of servers are told about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/pam_stack.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static char web[] = "web", www[] = "www-data", postgres[] = "postgres";
static char intranet[] = "intranet", nginx[] = "nginx";
static char mail[] = "dovecot";
static char *mail_peers[] = {mail, NULL};
static char *web_peers[] = {www, NULL}, *other_peers[] = {postgres, NULL};
static char *services[] = {intranet, nginx, NULL};

static void
put_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
remove_file(const char *folder, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

/* Notes about one service's stack, and the first of them. */
static size_t
count_notes(const char *name, const char *stack, char **peers, char *ret_text,
    size_t size)
{
	char folder[] = "/tmp/test_pam_stack.XXXXXX";
	struct client client = {
	    .id = web, .peers = peers, .services = services};
	struct config config = {.clients = &client, .client_count = 1};
	struct config_report messages = {0};
	struct report report = {.to = &messages, .file = ""};
	size_t count;

	assert_non_null(mkdtemp(folder));
	put_file(folder, name, stack);
	pam_stack_note_factors(&report, &config, folder);
	assert_int_equal(report.failure, 0);
	assert_int_equal(messages.error_count, 0);
	count = messages.count;
	(void)snprintf(ret_text, size, "%s",
	    count ? messages.messages[0].text + strlen(folder) : "");
	config_report_done(&messages);
	remove_file(folder, name);
	assert_int_equal(rmdir(folder), 0);
	return count;
}

static void
what_cannot_work_is_told(void **state)
{
	static const char request[] = "a web server asks PAM again";
	static const char connection[] = "a mail program logs in again";
	static const char browser[] = "server cannot show where to go";
	static const struct {
		const char *name, *stack;
		char **peers;
		unsigned line; /* 0: nothing is told */
		const char *said;
	} table[] = {
	    {"nginx", "auth required pam_authbox.so\n", other_peers, 1,
		request},
	    {"nginx",
		"# auth\n\nauth\trequired\tpam_authbox.so totp config=a\n",
		other_peers, 3, request},
	    {"nginx",
		"-auth [success=1 default=ignore] "
		"/usr/lib/security/pam_authbox.so combined",
		other_peers, 1, request},
	    {"httpd", "auth required pam_authbox.so", other_peers, 1, request},
	    {"intranet", "auth required pam_authbox.so\n", web_peers, 1,
		request},
	    {"nginx", "auth required pam_authbox.so\n", web_peers, 1, request},
	    {"intranet", "auth required pam_authbox.so\n", other_peers, 0,
		NULL},
	    {"sshd", "auth required pam_authbox.so\n", web_peers, 0, NULL},
	    {"nginx", "auth required pam_authbox.so token\n", web_peers, 0,
		NULL},
	    {"nginx", "auth required pam_authbox.so client=web token # totp\n",
		web_peers, 0, NULL},
	    {"nginx", "auth required pam_authbox.so device\n", web_peers, 1,
		browser},
	    {"dovecot", "auth required pam_authbox.so totp\n", other_peers, 1,
		connection},
	    {"dovecot", "auth required pam_authbox.so device\n", other_peers, 1,
		browser},
	    {"intranet", "auth required pam_authbox.so\n", mail_peers, 1,
		connection},
	    {"dovecot", "auth required pam_authbox.so token\n", mail_peers, 0,
		NULL},
	    {"postgresql", "auth required pam_authbox.so device\n", other_peers,
		1, browser},
	    {"intranet", "auth required pam_authbox.so device\n", other_peers,
		1, browser},
	    {"postgresql", "auth required pam_authbox.so totp\n", other_peers,
		0, NULL},
	    {"nginx", "#auth required pam_authbox.so\n", web_peers, 0, NULL},
	    {"nginx", "account required pam_authbox.so\n", web_peers, 0, NULL},
	    {"nginx", "auth required pam_unix.so pam_authbox.so\n", web_peers,
		0, NULL},
	    {"nginx", "auth required\nauth\n[\n", web_peers, 0, NULL},
	    {"nginx", "@include common-auth\n", web_peers, 0, NULL},
	    {"nginx", "", web_peers, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		char text[512], start[64];
		size_t count = count_notes(table[i].name, table[i].stack,
		    table[i].peers, text, sizeof(text));

		(void)snprintf(start, sizeof(start), "/%s:%u: ", table[i].name,
		    table[i].line);
		if (count != (table[i].line > 0) ||
		    (count > 0 && (!text_after(text, start) ||
				      !strstr(text, table[i].said))))
			fail_msg("%s: %zu, %s", table[i].stack, count, text);
	}
}

static void
what_is_no_stack_is_passed_over(void **state)
{
	char folder[] = "/tmp/test_pam_stack.XXXXXX", path[512];
	struct config config = {0};
	struct config_report messages = {0};
	struct report report = {.to = &messages, .file = ""};

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/nginx", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/httpd", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	pam_stack_note_factors(&report, &config, folder);
	pam_stack_note_factors(&report, &config, "/nonexistent");
	assert_int_equal(messages.count, 0);
	assert_int_equal(report.failure, 0);
	remove_file(folder, "nginx");
	remove_file(folder, "httpd");
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_work_is_told),
	    cmocka_unit_test(what_is_no_stack_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
