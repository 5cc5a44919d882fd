/*
 * A PAM host for tests: loads the real pam_authbox.so through the real libpam
 * with a service file of its own, plays the person, and catches what would go
 * to the system log. All in a folder that is removed at the end.
 */
#ifndef TESTS_PAM_HOST_H
#define TESTS_PAM_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <security/pam_appl.h>

#include "base/text.h"
#include "fake_authboxd.h"

/* The module to load, below $BUILD; a test may take another. */
#ifndef HOST_MODULE
#define HOST_MODULE "pam_authbox.so"
#endif

#define HOST_SERVICE	"authbox-test"
#define HOST_USER	"alice"
#define HOST_TEXT_BYTES 65536
#define HOST_LINES	8

/* pam_debug.so says this behind a module that stepped aside, so that PAM_IGNORE
 * can be told from everything else. */
#define HOST_STEPPED_ASIDE PAM_CRED_ERR

enum host_stack {
	HOST_PROBE,  /* shows the module's own code */
	HOST_PERMIT, /* required, with pam_permit.so behind: what an error must
		      * not turn into success */
};

/* How the conversation goes wrong. */
enum host_fault {
	HOST_NO_FAULT,
	HOST_FAILS,	 /* an error and no response */
	HOST_FAILS_FULL, /* an error and a response, which is then the host's */
	HOST_NO_RESPONSE, /* success, and NULL */
	HOST_NO_TEXT,	  /* success, and a response without a text */
	HOST_AGAIN,	  /* PAM_CONV_AGAIN */
};

struct host {
	char folder[64], socket[128];
	pam_handle_t *pamh;
	struct fake_authboxd fake;

	/* The person: what is typed at each prompt; behind the last one the
	 * host fails. */
	const char *typed[8];
	enum host_fault fault;
	/* Called inside the conversation, when libpam takes the host for the
	 * module and lets it have PAM_AUTHTOK. */
	void (*on_prompt)(struct host *host);
	void (*on_text)(struct host *host);

	char
	    shown[HOST_TEXT_BYTES]; /* "I|text\n", "E|…", "P|…", "p|…" (echo) */
	unsigned prompts;
	struct pam_response *left_over; /* of HOST_FAILS_FULL */

	char authtok[256]; /* see host_note_authtok() */

	char log[HOST_LINES][512];
	unsigned log_count;
};

/* The one whose log is being written: syslog(3) has no context. */
static struct host *host_logging;

/* libpam's pam_syslog() ends here. */
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	struct host *host = host_logging;
	char line[400];
	va_list arguments;

	(void)flag;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	/* libpam has an opinion on some of the stacks; ours alone counts. */
	if (!host || !strstr(line, "pam_authbox") ||
	    host->log_count == HOST_LINES)
		return;
	(void)snprintf(host->log[host->log_count++], sizeof(host->log[0]),
	    "<%d>%s", priority, line);
}

static inline void
host_note(struct host *host, char kind, const char *text)
{
	size_t used = strlen(host->shown);

	(void)snprintf(host->shown + used, sizeof(host->shown) - used,
	    "%c|%s\n", kind, text);
}

static inline int
host_type(struct host *host, struct pam_response **ret_response)
{
	const char *typed = host->typed[host->prompts++];
	struct pam_response *response;

	if (host->on_prompt)
		host->on_prompt(host);
	if (host->fault == HOST_FAILS || !typed)
		return PAM_CONV_ERR;
	if (host->fault == HOST_AGAIN)
		return PAM_CONV_AGAIN;
	if (host->fault == HOST_NO_RESPONSE)
		return PAM_SUCCESS;

	response = calloc(1, sizeof(*response));
	if (host->fault != HOST_NO_TEXT)
		response->resp = strdup(typed);
	*ret_response = response;
	if (host->fault != HOST_FAILS_FULL)
		return PAM_SUCCESS;
	host->left_over = response;
	return PAM_CONV_ERR;
}

static inline int
host_converse(int count, const struct pam_message **messages,
    struct pam_response **ret_response, void *context)
{
	struct host *host = context;
	const struct pam_message *message = messages[0];

	/* Hosts disagree about arrays of more, so there must be none. */
	assert_int_equal(count, 1);
	assert_null(*ret_response);
	switch (message->msg_style) {
	case PAM_TEXT_INFO:
		if (host->on_text)
			host->on_text(host);
		host_note(host, 'I', message->msg);
		return PAM_SUCCESS;
	case PAM_ERROR_MSG:
		host_note(host, 'E', message->msg);
		return PAM_SUCCESS;
	case PAM_PROMPT_ECHO_ON:
		host_note(host, 'p', message->msg);
		return host_type(host, ret_response);
	default:
		host_note(host, 'P', message->msg);
		return host_type(host, ret_response);
	}
}

/* TEST_MODULE names a copy, for users who cannot reach this folder. */
static inline const char *
host_module(void)
{
	static char path[4096];
	const char *build = getenv("BUILD"), *copy = getenv("TEST_MODULE");
	char relative[2048];

	(void)snprintf(relative, sizeof(relative), "%s/" HOST_MODULE,
	    build ? build : "build");
	if (copy)
		(void)snprintf(relative, sizeof(relative), "%s", copy);
	assert_non_null(realpath(relative, path));
	return path;
}

/* Write the service file. `options` follow the socket's. */
static inline void
host_set_stack(struct host *host, enum host_stack stack, const char *options)
{
	static const char *const control[] = {
	    [HOST_PROBE] = "[ignore=ignore default=done]",
	    [HOST_PERMIT] = "required",
	};
	static const char *const stages[] = {
	    "auth", "account", "session", "password"};
	static const char *const behind[] = {
	    [HOST_PROBE] =
		"pam_debug.so auth=cred_err cred=cred_err acct=cred_err "
		"open_session=cred_err close_session=cred_err "
		"prechauthtok=cred_err",
	    [HOST_PERMIT] = "pam_permit.so",
	};
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/" HOST_SERVICE, host->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++) {
		fprintf(file, "%s %s %s socket=%s %s\n", stages[i],
		    control[stack], host_module(), host->socket, options);
		fprintf(file, "%s required %s\n", stages[i], behind[stack]);
	}
	assert_int_equal(fclose(file), 0);
}

/* Tests that run as root need a folder that the module trusts. */
static inline void
host_init(struct host *host)
{
	*host = (struct host){.typed = {"123456"}};
	(void)snprintf(host->folder, sizeof(host->folder),
	    "%s/authbox-test-XXXXXX", geteuid() == 0 ? "/run" : "/tmp");
	assert_non_null(mkdtemp(host->folder));
	(void)snprintf(
	    host->socket, sizeof(host->socket), "%s/pam.sock", host->folder);
	host_set_stack(host, HOST_PROBE, "");
	host_logging = host;
}

static inline void
host_end(struct host *host)
{
	if (host->pamh)
		assert_int_equal(pam_end(host->pamh, PAM_SUCCESS), PAM_SUCCESS);
	host->pamh = NULL;
	if (host->left_over)
		free(host->left_over->resp);
	free(host->left_over);
	host->left_over = NULL;
}

static inline void
host_done(struct host *host)
{
	char path[128];

	host_end(host);
	fake_stop(&host->fake);
	(void)unlink(host->socket);
	(void)snprintf(path, sizeof(path), "%s/" HOST_SERVICE, host->folder);
	(void)unlink(path);
	assert_int_equal(rmdir(host->folder), 0);
	host_logging = NULL;
}

/* Serve, from now on, with this function; an earlier one ends. */
static inline void
host_serve(struct host *host, fake_serve *serve, const void *context)
{
	fake_stop(&host->fake);
	assert_true(fake_start(&host->fake, host->socket, serve, context));
}

/* For on_text: what a password module behind us would find. */
static inline void
host_note_authtok(struct host *host)
{
	const void *authtok = NULL;

	assert_int_equal(
	    pam_get_item(host->pamh, PAM_AUTHTOK, &authtok), PAM_SUCCESS);
	(void)snprintf(host->authtok, sizeof(host->authtok), "%s",
	    authtok ? (const char *)authtok : "(none)");
}

/* Begin a new handle: nothing shown, asked or logged yet. */
static inline void
host_start_as(struct host *host, const char *user)
{
	const struct pam_conv conv = {host_converse, host};

	host_end(host);
	host->shown[0] = '\0';
	host->prompts = host->log_count = 0;
	assert_int_equal(pam_start_confdir(HOST_SERVICE, user, &conv,
			     host->folder, &host->pamh),
	    PAM_SUCCESS);
}

static inline void
host_start(struct host *host)
{
	host_start_as(host, HOST_USER);
}

/* Authenticate with a new handle, which stays open. */
static inline int
host_auth(struct host *host)
{
	host_start(host);
	return pam_authenticate(host->pamh, 0);
}

static inline int
host_account(struct host *host)
{
	host_start(host);
	return pam_acct_mgmt(host->pamh, 0);
}

/* Authenticate under required and pam_permit.so. */
static inline int
host_auth_permit(struct host *host, const char *options)
{
	int code;

	host_set_stack(host, HOST_PERMIT, options);
	code = host_auth(host);
	host_set_stack(host, HOST_PROBE, options);
	return code;
}

static inline const char *
host_begin_text(struct host *host, enum pam_field field)
{
	static char text[FAKE_TEXT_BYTES];

	fake_find_text(&host->fake.log->begin, field, text, sizeof(text));
	return text;
}

static inline uint32_t
host_begin_number(struct host *host, enum pam_field field)
{
	uint32_t number = fake_find_number(&host->fake.log->begin, field);

	/* What the terminal is that the tests run at is no matter. */
	return field == PAM_FIELD_FLAGS ? number & (PAM_BEGIN_NOT_UTF8 - 1)
					: number;
}

/* cmocka's setup and teardown for tests that need one. */
static inline int
host_setup(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	host_init(host);
	*state = host;
	return 0;
}

static inline int
host_teardown(void **state)
{
	host_done(*state);
	free(*state);
	return 0;
}

#define HOST_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

#endif
