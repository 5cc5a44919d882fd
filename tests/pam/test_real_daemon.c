/*
 * The real module and the real daemon, with nothing but a socket between them:
 * the ways in which a code and a password share one answer.
 */
#include "host.h"

#include "tests/unit/login_stage.h"
#include "wire/listener.h"

#define PASSWORD "correct horse"

struct real {
	struct host host;
	struct stage *stage;
	char user[USER_NAME_BYTES_MAX + 1];
	char kept[64]; /* what the line behind us found as the password */
	char typed[64];
};

static int
set_up(void **state)
{
	struct real *real = calloc(1, sizeof(*real));
	struct nss_user user;
	char api[128];
	void *stage;
	int pam_fd, api_fd;

	host_init(&real->host);
	if (stage_set_up(&stage) < 0)
		return -1;
	real->stage = stage;
	if (nss_find_uid(real->stage->daemon.nss, geteuid(), &user) != 1)
		return -1;
	(void)strcpy(real->user, user.name);
	stage_enrol(real->stage, user.name, user.uid);
	(void)snprintf(
	    real->kept, sizeof(real->kept), "%s/kept", real->stage->folder);
	(void)snprintf(api, sizeof(api), "%s/api.sock", real->stage->folder);
	*state = real;
	if (listener_bind(real->host.socket, 0600, &pam_fd) < 0 ||
	    listener_bind(api, 0600, &api_fd) < 0)
		return -1;
	return daemon_serve(&real->stage->daemon, pam_fd, api_fd);
}

static int
tear_down(void **state)
{
	struct real *real = *state;
	void *stage = real->stage;

	host_end(&real->host);
	(void)stage_tear_down(&stage);
	host_done(&real->host);
	free(real);
	return 0;
}

/* Lines of the module, and behind them one that writes down what it finds as
 * the password. */
static void
set_lines(struct real *real, const char *first, const char *second)
{
	char path[128];
	FILE *file;

	(void)snprintf(
	    path, sizeof(path), "%s/" HOST_SERVICE, real->host.folder);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fprintf(file, "auth requisite %s socket=%s %s\n", host_module(),
	    real->host.socket, first);
	if (second)
		(void)fprintf(file, "auth requisite %s socket=%s %s\n",
		    host_module(), real->host.socket, second);
	(void)fprintf(file,
	    "auth required pam_exec.so expose_authtok quiet /usr/bin/tee %s\n"
	    "account required %s socket=%s\n",
	    real->kept, host_module(), real->host.socket);
	assert_int_equal(fclose(file), 0);
}

static int
log_in(struct real *real)
{
	host_start_as(&real->host, real->user);
	return pam_authenticate(real->host.pamh, 0);
}

/* The person types a password and the code of a step behind it. */
static void
types_password_and_code(struct real *real, const char *password, int step)
{
	(void)snprintf(real->typed, sizeof(real->typed), "%s", password);
	(void)strcat(real->typed, stage_code(step));
	real->host.typed[0] = real->typed;
}

static void
assert_kept(const struct real *real, const char *expected)
{
	FILE *file = fopen(real->kept, "re");
	char text[128];
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	(void)fclose(file);
	assert_string_equal(text, expected);
}

static size_t
failures(const struct real *real)
{
	AUTO(user_record) record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];

	user_record_key(real->user, key);
	assert_int_equal(store_get(real->stage->daemon.store, key, &value), 1);
	assert_int_equal(
	    user_record_parse(value, real->user, geteuid(), &record), 1);
	return record->throttle.failure_count;
}

static void
a_code_opens_and_account_follows(void **state)
{
	struct real *real = *state;

	set_lines(real, "", NULL);
	real->host.typed[0] = "000000";
	real->host.typed[1] = stage_code(0);
	/* pam_exec asks for the password that nobody has typed yet. */
	real->host.typed[2] = PASSWORD;
	assert_int_equal(log_in(real), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(real->host.pamh, 0), PAM_SUCCESS);
	assert_non_null(strstr(real->host.shown, "E|Wrong code.\n"));
	assert_kept(real, PASSWORD);
}

static void
a_combined_answer_is_split_between_both(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", NULL);
	types_password_and_code(real, PASSWORD, 0);
	assert_int_equal(log_in(real), PAM_SUCCESS);
	assert_string_equal(
	    real->host.shown, "P|Password and verification code: \n");
	assert_kept(real, PASSWORD);
	assert_int_equal(pam_acct_mgmt(real->host.pamh, 0), PAM_SUCCESS);
}

static void
a_combined_answer_with_a_wrong_code_counts_once(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined tries=1", NULL);
	real->host.typed[0] = PASSWORD "000000";
	assert_int_equal(log_in(real), PAM_AUTH_ERR);
	assert_int_equal(failures(real), 1);
}

/* Whoever has combined configured types the password alone out of habit. */
static void
a_combined_answer_without_a_code_is_no_guess(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", NULL);
	real->host.typed[0] = PASSWORD;
	assert_int_equal(log_in(real), PAM_AUTH_ERR);
	assert_int_equal(failures(real), 0);
}

static void
a_stored_code_is_the_answer(void **state)
{
	struct real *real = *state;

	/* The first line leaves what stands before its code: another code. */
	set_lines(real, "combined", "use_first_pass");
	types_password_and_code(real, stage_code(1), 0);
	assert_int_equal(log_in(real), PAM_SUCCESS);
	assert_int_equal(real->host.prompts, 1);
}

static void
a_stored_code_that_was_used_refuses(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", "use_first_pass");
	types_password_and_code(real, stage_code(0), 1);
	assert_int_equal(log_in(real), PAM_AUTH_ERR);
	assert_int_equal(real->host.prompts, 1);
}

static void
a_stored_password_is_no_guess_at_a_code(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", "use_first_pass");
	types_password_and_code(real, PASSWORD, 0);
	assert_int_equal(log_in(real), PAM_AUTH_ERR);
	assert_int_equal(real->host.prompts, 1);
	assert_int_equal(failures(real), 0);
}

static void
a_stored_password_leaves_the_person_all_tries(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", "try_first_pass");
	types_password_and_code(real, PASSWORD, 0);
	real->host.typed[1] = "000000";
	real->host.typed[2] = "000001";
	real->host.typed[3] = stage_code(1);
	assert_int_equal(log_in(real), PAM_SUCCESS);
	assert_int_equal(real->host.prompts, 4);
	assert_int_equal(failures(real), 2);
}

static void
a_wrong_stored_code_counts_and_the_person_is_asked(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", "try_first_pass");
	types_password_and_code(real, "000000", 0);
	real->host.typed[1] = stage_code(1);
	assert_int_equal(log_in(real), PAM_SUCCESS);
	assert_int_equal(real->host.prompts, 2);
	assert_int_equal(failures(real), 1);
	assert_non_null(
	    strstr(real->host.shown, "E|Wrong code.\nP|Verification code: \n"));
}

/* sshd's password mode: the password, and nothing else, to every prompt. */
static void
a_decoy_ends_a_combined_login(void **state)
{
	struct real *real = *state;

	set_lines(real, "combined", NULL);
	real->host.typed[0] = "\b\n\r\177INCORRECT";
	assert_int_equal(log_in(real), PAM_AUTH_ERR);
	assert_int_equal(real->host.prompts, 1);
	assert_int_equal(failures(real), 0);
}

#define REAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REAL_TEST(a_code_opens_and_account_follows),
	    REAL_TEST(a_combined_answer_is_split_between_both),
	    REAL_TEST(a_combined_answer_with_a_wrong_code_counts_once),
	    REAL_TEST(a_combined_answer_without_a_code_is_no_guess),
	    REAL_TEST(a_stored_code_is_the_answer),
	    REAL_TEST(a_stored_code_that_was_used_refuses),
	    REAL_TEST(a_stored_password_is_no_guess_at_a_code),
	    REAL_TEST(a_stored_password_leaves_the_person_all_tries),
	    REAL_TEST(a_wrong_stored_code_counts_and_the_person_is_asked),
	    REAL_TEST(a_decoy_ends_a_combined_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
