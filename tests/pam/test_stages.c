/*
 * What passes from auth to account of one handle: authboxd's reference, for
 * the same user, service and factor, and nothing else.
 */
#include "host.h"

#include "pam_authbox/reference.h"

/* Auth gives a reference with each verdict, account looks whether it is back.
 */
static void
refer(const struct fake_connection *c)
{
	uint8_t verdict = *(const uint8_t *)c->context;
	struct pam_frame frame;
	char user[64];

	fake_find_text(&c->log->begin, PAM_FIELD_USER, user, sizeof(user));
	fake_put_done(&frame, verdict, user);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	fake_send(c, &frame);
}

static const uint8_t allow = VERDICT_ALLOW;
static const uint8_t deny = VERDICT_DENY;
static const uint8_t exempt = VERDICT_EXEMPT;

static void
account_sends_the_reference_of_auth(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_string_equal(host_begin_text(host, PAM_FIELD_REFERENCE), "");
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(
	    host_begin_text(host, PAM_FIELD_REFERENCE), FAKE_REFERENCE);
}

static void
a_login_by_key_has_no_reference(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &allow);
	assert_int_equal(host_account(host), PAM_SUCCESS);
	assert_string_equal(host_begin_text(host, PAM_FIELD_REFERENCE), "");
}

static void
an_exempt_login_has_a_reference_too(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &exempt);
	assert_int_equal(host_auth(host), HOST_STEPPED_ASIDE);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), HOST_STEPPED_ASIDE);
	assert_string_equal(
	    host_begin_text(host, PAM_FIELD_REFERENCE), FAKE_REFERENCE);
}

/* sudo tries again on the same handle; what an earlier try brought is void. */
static void
a_refused_login_leaves_no_reference(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	host_serve(host, refer, &deny);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_AUTH_ERR);
	(void)pam_acct_mgmt(host->pamh, 0);
	assert_string_equal(host_begin_text(host, PAM_FIELD_REFERENCE), "");
}

static void
an_unreachable_server_leaves_no_reference(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	fake_stop(&host->fake);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_AUTHINFO_UNAVAIL);
	host_serve(host, refer, &allow);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(host_begin_text(host, PAM_FIELD_REFERENCE), "");
}

static void
a_reference_is_for_its_user_alone(void **state)
{
	struct host *host = *state;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_USER, "bob"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(host_begin_text(host, PAM_FIELD_REFERENCE), "");
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_USER, HOST_USER), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(
	    host_begin_text(host, PAM_FIELD_REFERENCE), FAKE_REFERENCE);
}

/* Looks as the module would, since libpam takes the conversation for it: a
 * host that changes its service between two calls makes libpam unload the
 * module, cleanup function and all, which no module survives. */
static void
look_as_another_service(struct host *host)
{
	struct options options = {0};
	struct request request = {
	    .pamh = host->pamh, .options = &options, .user = HOST_USER};

	reference_find(&request);
	assert_string_equal(request.reference, FAKE_REFERENCE);
	request.reference = NULL;
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_SERVICE, "other"), PAM_SUCCESS);
	reference_find(&request);
	assert_null(request.reference);
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_SERVICE, HOST_SERVICE), PAM_SUCCESS);
	host->prompts++;
}

static void
say_welcome(const struct fake_connection *c)
{
	struct pam_frame frame;

	fake_put_done(&frame, VERDICT_ALLOW, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "Welcome.");
	fake_send(c, &frame);
}

static void
a_reference_is_for_its_service_alone(void **state)
{
	struct host *host = *state;

	host_serve(host, say_welcome, NULL);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	host->on_text = look_as_another_service;
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(host->prompts, 1);
}

/* A service file with lines of its own for auth and for account. */
static void
set_lines(struct host *host, const char *const auth[], const char *account)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/" HOST_SERVICE, host->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	for (; *auth; auth++)
		fprintf(file, "auth required %s socket=%s %s\n", host_module(),
		    host->socket, *auth);
	fprintf(file, "account required %s socket=%s %s\n", host_module(),
	    host->socket, account);
	assert_int_equal(fclose(file), 0);
}

/* Each factor gets a reference of its own. */
static void
refer_by_factor(const struct fake_connection *c)
{
	struct pam_frame frame;
	char user[64], factor[16], reference[PAM_REFERENCE_BYTES + 1];

	fake_find_text(&c->log->begin, PAM_FIELD_USER, user, sizeof(user));
	fake_find_text(
	    &c->log->begin, PAM_FIELD_FACTOR, factor, sizeof(factor));
	memset(
	    reference, streq(factor, "totp") ? 'a' : 'b', PAM_REFERENCE_BYTES);
	reference[PAM_REFERENCE_BYTES] = '\0';
	fake_put_done(&frame, VERDICT_ALLOW, user);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, reference);
	fake_send(c, &frame);
}

struct lines {
	const char *auth[3];
	const char *account;
	const char *factor;
	char reference; /* its first digit; NUL: none is sent */
};

static const struct lines line_cases[] = {
    {{"totp"}, "", "totp", 'a'},
    {{""}, "totp", "totp", 'a'},
    {{"token"}, "", "token", 'b'},
    {{"token"}, "token", "token", 'b'},
    {{"token"}, "totp", "totp", '\0'},
    {{"totp"}, "token", "token", '\0'},
    {{"totp", "token"}, "", "totp", 'a'},
    {{"totp", "token"}, "token", "token", 'b'},
    {{"token", "totp"}, "totp", "totp", 'a'},
};

static void
each_factor_has_its_own_reference(void **state)
{
	struct host *host = *state;

	host_serve(host, refer_by_factor, NULL);
	for (size_t i = 0; i < sizeof(line_cases) / sizeof(*line_cases); i++) {
		const struct lines *lines = &line_cases[i];

		set_lines(host, lines->auth, lines->account);
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
		assert_string_equal(
		    host_begin_text(host, PAM_FIELD_FACTOR), lines->factor);
		assert_int_equal(*host_begin_text(host, PAM_FIELD_REFERENCE),
		    lines->reference);
	}
}

static void
refer_wrongly(const struct fake_connection *c)
{
	static const char *const wrong[] = {"a",
	    "0123456789abcdef0123456789abcde",
	    "0123456789abcdef0123456789abcdeff",
	    "0123456789ABCDEF0123456789ABCDEF",
	    "0123456789abcdef 123456789abcdef"};
	struct pam_frame frame;

	fake_put_done(&frame, VERDICT_ALLOW, HOST_USER);
	(void)pam_frame_put_text(
	    &frame, PAM_FIELD_REFERENCE, wrong[c->log->connections - 1]);
	fake_send(c, &frame);
}

static void
a_malformed_reference_refuses(void **state)
{
	struct host *host = *state;

	host_serve(host, refer_wrongly, NULL);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
}

/* sshd runs auth and account in a child of its own making. */
static void
fork_between_the_stages_is_harmless(void **state)
{
	struct host *host = *state;
	int status;
	pid_t pid;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	pid = fork();
	if (pid == 0)
		_exit(pam_acct_mgmt(host->pamh, 0) == PAM_SUCCESS &&
			      streq(host_begin_text(host, PAM_FIELD_REFERENCE),
				  FAKE_REFERENCE)
			  ? 0
			  : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(
	    pam_setcred(host->pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_string_equal(
	    host_begin_text(host, PAM_FIELD_REFERENCE), FAKE_REFERENCE);
	assert_int_equal(pam_open_session(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(host->pamh, 0), PAM_SUCCESS);
}

static void
nothing_is_put_into_the_environment(void **state)
{
	struct host *host = *state;
	char **list;

	host_serve(host, refer, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(host->pamh, 0), PAM_SUCCESS);
	list = pam_getenvlist(host->pamh);
	assert_non_null(list);
	assert_null(list[0]);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(account_sends_the_reference_of_auth),
	    HOST_TEST(a_login_by_key_has_no_reference),
	    HOST_TEST(an_exempt_login_has_a_reference_too),
	    HOST_TEST(a_refused_login_leaves_no_reference),
	    HOST_TEST(an_unreachable_server_leaves_no_reference),
	    HOST_TEST(a_reference_is_for_its_user_alone),
	    HOST_TEST(a_reference_is_for_its_service_alone),
	    HOST_TEST(each_factor_has_its_own_reference),
	    HOST_TEST(a_malformed_reference_refuses),
	    HOST_TEST(fork_between_the_stages_is_harmless),
	    HOST_TEST(nothing_is_put_into_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
