/*
 * The PAM code table, cell by cell: what authboxd answers, and what libpam's
 * caller gets for it.
 */
#include "host.h"

static void
answer_with(const struct fake_connection *c)
{
	fake_send_done(c, *(const uint8_t *)c->context);
}

struct cell {
	uint8_t verdict;
	const char *options;
	int auth, account;
};

/* Verdicts that authbox/verdict.h does not know come at the end. */
static const struct cell cells[] = {
    {VERDICT_ALLOW, "", PAM_SUCCESS, PAM_SUCCESS},
    {VERDICT_DENY, "", PAM_AUTH_ERR, PAM_PERM_DENIED},
    {VERDICT_FORBIDDEN, "", PAM_AUTH_ERR, PAM_PERM_DENIED},
    {VERDICT_TRIES_USED, "", PAM_MAXTRIES, PAM_PERM_DENIED},
    {VERDICT_UNAVAILABLE, "", PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
    {VERDICT_CONFIG, "", PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    {VERDICT_NO_MEMORY, "", PAM_BUF_ERR, PAM_BUF_ERR},
    {VERDICT_CANCELLED, "", PAM_CONV_ERR, PAM_SERVICE_ERR},
    {VERDICT_EXEMPT, "", HOST_STEPPED_ASIDE, HOST_STEPPED_ASIDE},
    {VERDICT_UNMANAGED, "unmanaged=ignore", HOST_STEPPED_ASIDE,
	HOST_STEPPED_ASIDE},
    {VERDICT_UNMANAGED, "", PAM_AUTH_ERR, PAM_PERM_DENIED},
    {VERDICT_DENY, "unmanaged=ignore", PAM_AUTH_ERR, PAM_PERM_DENIED},
};

static void
each_verdict_has_its_code(void **state)
{
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		host_set_stack(host, HOST_PROBE, cells[i].options);
		host_serve(host, answer_with, &cells[i].verdict);
		assert_int_equal(host_auth(host), cells[i].auth);
		assert_int_equal(host_account(host), cells[i].account);
	}
}

/* The table has ten rows; a byte has room for 246 more. */
static void
an_unknown_verdict_is_a_configuration_error(void **state)
{
	struct host *host = *state;

	for (unsigned verdict = VERDICT_COUNT; verdict < 256; verdict++) {
		uint8_t byte = (uint8_t)verdict;

		host_serve(host, answer_with, &byte);
		assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
		assert_int_equal(host_account(host), PAM_SERVICE_ERR);
	}
}

/* pam_permit.so behind us makes a success of whatever steps aside, and of
 * nothing else. */
static void
no_refusal_becomes_success_through_pam_permit(void **state)
{
	struct host *host = *state;

	for (unsigned verdict = 0; verdict < 256; verdict++) {
		uint8_t byte = (uint8_t)verdict;
		bool passes =
		    verdict == VERDICT_ALLOW || verdict == VERDICT_EXEMPT;

		host_serve(host, answer_with, &byte);
		assert_int_equal(
		    host_auth_permit(host, "") == PAM_SUCCESS, passes);
	}
}

/* A stack of nothing but modules that step aside lets nobody in. */
static void
stepping_aside_alone_is_no_success(void **state)
{
	struct host *host = *state;
	uint8_t exempt = VERDICT_EXEMPT;
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/" HOST_SERVICE, host->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(
	    file, "auth required %s socket=%s\n", host_module(), host->socket);
	assert_int_equal(fclose(file), 0);
	host_serve(host, answer_with, &exempt);
	assert_int_not_equal(host_auth(host), PAM_SUCCESS);
}

static void
answer_about_somebody_else(const struct fake_connection *c)
{
	static const char *const users[] = {
	    NULL, "", "bob", "alic", "alice2", "ALICE", "alice ", "alice\n"};
	struct pam_frame frame;

	/* Two connections for each name. */
	fake_put_done(&frame, *(const uint8_t *)c->context,
	    users[(c->log->connections - 1) / 2 % 8]);
	fake_send(c, &frame);
}

static void
a_verdict_about_another_user_lets_nobody_in(void **state)
{
	static const uint8_t verdicts[] = {
	    VERDICT_ALLOW, VERDICT_EXEMPT, VERDICT_UNMANAGED};
	struct host *host = *state;

	host_set_stack(host, HOST_PROBE, "unmanaged=ignore");
	for (size_t v = 0; v < 3; v++) {
		host_serve(host, answer_about_somebody_else, &verdicts[v]);
		for (unsigned name = 0; name < 8; name++) {
			assert_int_equal(host_auth(host), PAM_AUTH_ERR);
			assert_int_equal(host_account(host), PAM_PERM_DENIED);
		}
	}
}

static void
answer_with_nul_in_the_name(const struct fake_connection *c)
{
	struct pam_frame frame;

	pam_frame_start(&frame, PAM_FRAME_DONE);
	(void)pam_frame_put_u8(&frame, PAM_FIELD_VERDICT, VERDICT_ALLOW);
	(void)pam_frame_put(&frame, PAM_FIELD_USER, "alice\0bob", 9);
	fake_send(c, &frame);
}

static void
a_nul_does_not_shorten_the_allowed_name(void **state)
{
	struct host *host = *state;

	host_serve(host, answer_with_nul_in_the_name, NULL);
	assert_int_equal(host_auth(host), PAM_AUTH_ERR);
}

static void
ask_then_allow(const struct fake_connection *c)
{
	if (fake_ask(c, "Code: ", 0))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
become_bob(struct host *host)
{
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_USER, "bob"), PAM_SUCCESS);
}

static void
a_user_changed_during_the_dialogue_is_not_allowed(void **state)
{
	struct host *host = *state;

	host_serve(host, ask_then_allow, NULL);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	host->on_prompt = become_bob;
	assert_int_equal(host_auth(host), PAM_AUTH_ERR);
}

static void
the_module_leaves_pam_user_alone(void **state)
{
	struct host *host = *state;
	const void *user = NULL;
	char **environment;

	for (uint8_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		host_serve(host, answer_with, &verdict);
		(void)host_auth(host);
		assert_int_equal(
		    pam_get_item(host->pamh, PAM_USER, &user), PAM_SUCCESS);
		assert_string_equal(user, HOST_USER);
		environment = pam_getenvlist(host->pamh);
		assert_null(environment[0]);
		free(environment);
	}
}

static void
a_login_without_a_name_is_refused(void **state)
{
	struct host *host = *state;
	uint8_t allow = VERDICT_ALLOW;

	host_serve(host, answer_with, &allow);
	host->typed[0] = "";
	host_start_as(host, NULL);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_AUTH_ERR);
	host_start_as(host, NULL);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_PERM_DENIED);
	host->fault = HOST_FAILS;
	host_start_as(host, NULL);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_CONV_ERR);
	assert_int_equal(host->fake.log->connections, 0);
}

static void
a_missing_name_is_asked_for(void **state)
{
	struct host *host = *state;
	uint8_t allow = VERDICT_ALLOW;

	host_serve(host, answer_with, &allow);
	host->typed[0] = HOST_USER;
	host_start_as(host, NULL);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(host_begin_text(host, PAM_FIELD_USER), HOST_USER);
}

/* Nothing is decided here, and nothing is asked of authboxd. */
static void
credentials_and_sessions_always_succeed(void **state)
{
	struct host *host = *state;

	host_start(host);
	assert_int_equal(
	    pam_setcred(host->pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(host->log_count, 0);
}

static void
changing_the_password_is_left_to_others(void **state)
{
	struct host *host = *state;

	host_start(host);
	assert_int_equal(pam_chauthtok(host->pamh, 0), HOST_STEPPED_ASIDE);
	assert_int_equal(host->log_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(each_verdict_has_its_code),
	    HOST_TEST(an_unknown_verdict_is_a_configuration_error),
	    HOST_TEST(no_refusal_becomes_success_through_pam_permit),
	    HOST_TEST(stepping_aside_alone_is_no_success),
	    HOST_TEST(a_verdict_about_another_user_lets_nobody_in),
	    HOST_TEST(a_nul_does_not_shorten_the_allowed_name),
	    HOST_TEST(a_user_changed_during_the_dialogue_is_not_allowed),
	    HOST_TEST(the_module_leaves_pam_user_alone),
	    HOST_TEST(a_login_without_a_name_is_refused),
	    HOST_TEST(a_missing_name_is_asked_for),
	    HOST_TEST(credentials_and_sessions_always_succeed),
	    HOST_TEST(changing_the_password_is_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
