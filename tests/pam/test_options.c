/*
 * Each option does what pam_authbox(8) says, and a word that it does not know
 * is an error that names it.
 */
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "host.h"

#define SOCKET_BYTES_MAX 107

static void
allow(const struct fake_connection *c)
{
	fake_send_done(c, VERDICT_ALLOW);
}

struct line {
	const char *options;
	enum pam_field field;
	const char *text;
};

static const struct line texts[] = {
    {"", PAM_FIELD_FACTOR, "totp"},
    {"totp", PAM_FIELD_FACTOR, "totp"},
    {"token", PAM_FIELD_FACTOR, "token"},
    {"device", PAM_FIELD_FACTOR, "device"},
    {"config=app", PAM_FIELD_CONFIG, "app"},
    {"token introspector=idp", PAM_FIELD_INTROSPECTOR, "idp"},
    {"client=web", PAM_FIELD_CLIENT, "web"},
    {"[prompt=Your code, please: ]", PAM_FIELD_PROMPT, "Your code, please: "},
    {"prompt=a=b", PAM_FIELD_PROMPT, "a=b"},
    {"", PAM_FIELD_CONFIG, ""},
    {"", PAM_FIELD_INTROSPECTOR, ""},
    {"", PAM_FIELD_CLIENT, ""},
    {"", PAM_FIELD_PROMPT, ""},
    {"debug", PAM_FIELD_FACTOR, "totp"},
};

static void
names_go_to_authboxd_as_written(void **state)
{
	struct host *host = *state;

	host_serve(host, allow, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		host_set_stack(host, HOST_PROBE, texts[i].options);
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_string_equal(
		    host_begin_text(host, texts[i].field), texts[i].text);
		assert_int_equal(host_account(host), PAM_SUCCESS);
		assert_string_equal(
		    host_begin_text(host, texts[i].field), texts[i].text);
	}
}

struct number {
	const char *options;
	enum pam_field field;
	uint32_t number;
};

static const struct number numbers[] = {
    {"", PAM_FIELD_FLAGS, 0},
    {"unmanaged=ignore", PAM_FIELD_FLAGS, PAM_BEGIN_UNMANAGED_IGNORE},
    {"enrol", PAM_FIELD_FLAGS, PAM_BEGIN_ENROL},
    {"combined", PAM_FIELD_FLAGS, PAM_BEGIN_COMBINED},
    {"use_first_pass", PAM_FIELD_FLAGS, PAM_BEGIN_FIRST_PASS},
    {"echo", PAM_FIELD_FLAGS, PAM_BEGIN_ECHO},
    {"echo enrol", PAM_FIELD_FLAGS, PAM_BEGIN_ECHO | PAM_BEGIN_ENROL},
    {"", PAM_FIELD_TRIES, 3},
    {"tries=1", PAM_FIELD_TRIES, 1},
    {"tries=10", PAM_FIELD_TRIES, 10},
    {"use_first_pass tries=10", PAM_FIELD_TRIES, 1},
};

static void
numbers_and_flags_go_to_authboxd(void **state)
{
	struct host *host = *state;

	host_serve(host, allow, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		host_set_stack(host, HOST_PROBE, numbers[i].options);
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_int_equal(host_begin_number(host, numbers[i].field),
		    numbers[i].number);
		assert_int_equal(
		    host_begin_number(host, PAM_FIELD_STAGE), PAM_STAGE_AUTH);
		assert_int_equal(host_account(host), PAM_SUCCESS);
		assert_int_equal(host_begin_number(host, PAM_FIELD_STAGE),
		    PAM_STAGE_ACCOUNT);
	}
}

/* The columns that BEGIN told of a terminal with 80. */
static unsigned
columns_told(struct host *host, const char *options)
{
	host_set_stack(host, HOST_PROBE, options);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	return PAM_BEGIN_COLUMNS_OF(
	    fake_find_number(&host->fake.log->begin, PAM_FIELD_FLAGS));
}

static void
the_terminal_is_looked_at_where_a_picture_may_come(void **state)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct host *host = *state;
	int master, slave, saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);

	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	host_serve(host, allow, NULL);
	assert_int_equal(columns_told(host, "enrol"), 80);
	assert_int_equal(columns_told(host, "device"), 80);
	assert_int_equal(columns_told(host, "totp"), 0);
	assert_int_equal(columns_told(host, "token"), 0);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	(void)close(saved);
	(void)close(slave);
	(void)close(master);
}

/* The word that is wrong is the last one. */
static const char *const wrong[] = {
    "colour", "TOTP", "totp=", "totp2", "debug=1", "nullok", "config",
    "config=", "introspector=", "client=", "prompt=", "unmanaged",
    "unmanaged=", "unmanaged=deny", "unmanaged=ignored", "tries=", "tries=0",
    "tries=11", "tries=-1", "tries=3x", "tries=x3", "tries=257",
    "tries=4294967297", "tries=00000000000000000000011",
    "an_option_that_is_longer_than_all_that_there_are",
    "an_option_that_is_longer_than_all_that_there_are=1", "totp token",
    "token device", "totp totp", "debug debug", "config=app config=app",
    "tries=3 tries=4", "use_first_pass try_first_pass",
    "socket=/run/second/pam.sock", /* a first one stands before it */
};

static void
a_wrong_option_is_an_error_that_names_it(void **state)
{
	struct host *host = *state;

	host_serve(host, allow, NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *blank = strrchr(wrong[i], ' ');
		const char *word = blank ? blank + 1 : wrong[i];

		host_set_stack(host, HOST_PROBE, wrong[i]);
		assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
		assert_int_equal(host->log_count, 1);
		assert_non_null(strstr(host->log[0], word));
		assert_int_equal(host_account(host), PAM_SERVICE_ERR);
		assert_int_equal(host->log_count, 1);
		assert_int_not_equal(
		    host_auth_permit(host, wrong[i]), PAM_SUCCESS);
	}
	assert_int_equal(host->fake.log->connections, 0);
}

static void
a_socket_must_be_an_absolute_path_that_fits(void **state)
{
	struct host *host = *state;
	char right[sizeof(host->socket)];
	char too_long[SOCKET_BYTES_MAX + 2] = "/";
	const char *const sockets[] = {"", "pam.sock", "./pam.sock", too_long};

	memset(too_long + 1, 'x', SOCKET_BYTES_MAX);
	memcpy(right, host->socket, sizeof(right));
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(
		    host->socket, sizeof(host->socket), "%s", sockets[i]);
		host_set_stack(host, HOST_PROBE, "");
		assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
		assert_int_equal(host->log_count, 1);
		assert_non_null(strstr(host->log[0], "socket="));
	}
	memcpy(host->socket, right, sizeof(right));
}

/* What the module is told about the login beside the options. */
static void
items_of_the_handle_go_to_authboxd(void **state)
{
	static const struct {
		int item;
		const char *text;
		enum pam_field field;
	} items[] = {
	    {PAM_RHOST, "192.0.2.7", PAM_FIELD_RHOST},
	    {PAM_TTY, "ssh", PAM_FIELD_TTY},
	    {PAM_RUSER, "carol", PAM_FIELD_RUSER},
	};
	struct host *host = *state;

	host_serve(host, allow, NULL);
	host_start(host);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    pam_set_item(host->pamh, items[i].item, items[i].text),
		    PAM_SUCCESS);
	assert_int_equal(
	    pam_putenv(host->pamh, "SSH_AUTH_INFO_0=publickey k"), PAM_SUCCESS);
	for (unsigned stage = 0; stage < 2; stage++) {
		assert_int_equal(stage == 0 ? pam_authenticate(host->pamh, 0)
					    : pam_acct_mgmt(host->pamh, 0),
		    PAM_SUCCESS);
		for (size_t i = 0; i < 3; i++)
			assert_string_equal(
			    host_begin_text(host, items[i].field),
			    items[i].text);
		assert_string_equal(
		    host_begin_text(host, PAM_FIELD_SSH_AUTH), "publickey k");
		assert_string_equal(
		    host_begin_text(host, PAM_FIELD_SERVICE), HOST_SERVICE);
		assert_string_equal(
		    host_begin_text(host, PAM_FIELD_USER), HOST_USER);
	}
}

static void
what_does_not_fit_into_a_frame_is_refused(void **state)
{
	struct host *host = *state;
	char *name = calloc(1, 30000);

	memset(name, 'a', 29999);
	host_serve(host, allow, NULL);
	host_start_as(host, name);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SERVICE_ERR);
	free(name);
}

static void
debug_says_more_and_nothing_secret(void **state)
{
	struct host *host = *state;

	host_set_stack(host, HOST_PROBE, "debug");
	host_serve(host, allow, NULL);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_int_equal(host->log_count, 1);
	assert_null(strstr(host->log[0], HOST_USER));
	host_set_stack(host, HOST_PROBE, "");
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_int_equal(host->log_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(names_go_to_authboxd_as_written),
	    HOST_TEST(numbers_and_flags_go_to_authboxd),
	    HOST_TEST(the_terminal_is_looked_at_where_a_picture_may_come),
	    HOST_TEST(a_wrong_option_is_an_error_that_names_it),
	    HOST_TEST(a_socket_must_be_an_absolute_path_that_fits),
	    HOST_TEST(items_of_the_handle_go_to_authboxd),
	    HOST_TEST(what_does_not_fit_into_a_frame_is_refused),
	    HOST_TEST(debug_says_more_and_nothing_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
