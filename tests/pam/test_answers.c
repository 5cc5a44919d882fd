/*
 * The person, through the host: what is shown, what is asked, and what of an
 * answer goes to authboxd and what to the password module behind us.
 */
#include "host.h"

#define CODE "123456"

/* ---- what is shown ---- */

static void
ask_with_texts(const struct fake_connection *c)
{
	struct pam_frame frame;
	bool echo = *(const bool *)c->context;

	pam_frame_start(&frame, PAM_FRAME_ASK);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "Demo");
	(void)pam_frame_put_text(&frame, PAM_FIELD_ERROR, "Wrong code.");
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "");
	(void)pam_frame_put_text(&frame, PAM_FIELD_PROMPT, "Code: ");
	(void)pam_frame_put_u8(&frame, PAM_FIELD_ECHO, echo);
	fake_send(c, &frame);
	if (!fake_receive_answer(c))
		return;
	fake_put_done(&frame, VERDICT_ALLOW, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "3 codes left.");
	fake_send(c, &frame);
}

static void
texts_are_shown_in_order_before_the_prompt(void **state)
{
	struct host *host = *state;
	bool echo = false;

	host_serve(host, ask_with_texts, &echo);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_string_equal(host->shown,
	    "I|Demo\nE|Wrong code.\nI|\nP|Code: \nI|3 codes left.\n");
	assert_string_equal(host->fake.log->answers[0].text, CODE);
	assert_int_equal(host->fake.log->answers[0].flags, 0);
}

static void
what_is_typed_is_shown_where_authboxd_says_so(void **state)
{
	struct host *host = *state;
	bool echo = true;

	host_serve(host, ask_with_texts, &echo);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_non_null(strstr(host->shown, "\np|Code: \n"));
}

static void
a_silent_host_sees_the_prompt_alone(void **state)
{
	struct host *host = *state;
	bool echo = false;

	host_serve(host, ask_with_texts, &echo);
	host_start(host);
	assert_int_equal(pam_authenticate(host->pamh, PAM_SILENT), PAM_SUCCESS);
	assert_string_equal(host->shown, "P|Code: \n");
	assert_int_equal(
	    host_begin_number(host, PAM_FIELD_FLAGS), PAM_BEGIN_SILENT);
}

static void
ask_with_escapes(const struct fake_connection *c)
{
	struct pam_frame frame;

	pam_frame_start(&frame, PAM_FRAME_ASK);
	(void)pam_frame_put_text(
	    &frame, PAM_FIELD_INFO, "a\033[2J\x7f\r\nb\t\xe2\x96\x88");
	(void)pam_frame_put_text(&frame, PAM_FIELD_PROMPT, "\033]0;x\007: ");
	fake_send(c, &frame);
	if (fake_receive_answer(c))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
no_text_can_steer_the_terminal(void **state)
{
	struct host *host = *state;

	host_serve(host, ask_with_escapes, NULL);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_string_equal(
	    host->shown, "I|a?[2J??\nb\t\xe2\x96\x88\nP|?]0;x?: \n");
}

/* A QR code has more lines than some hosts take messages in one call. */
static void
ask_with_many_texts(const struct fake_connection *c)
{
	struct pam_frame frame;

	pam_frame_start(&frame, PAM_FRAME_ASK);
	for (unsigned i = 0; i < 100; i++)
		(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "##  ##  ##");
	(void)pam_frame_put_text(&frame, PAM_FIELD_PROMPT, "Code: ");
	fake_send(c, &frame);
	if (fake_receive_answer(c))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
any_number_of_texts_is_shown(void **state)
{
	struct host *host = *state;

	host_serve(host, ask_with_many_texts, NULL);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	assert_int_equal(
	    strlen(host->shown), 100 * strlen("I|##  ##  ##\n") + 9);
}

/* ---- what is answered ---- */

static void
ask_once(const struct fake_connection *c)
{
	if (fake_ask(c, "Code: ", 0))
		fake_send_done(c, VERDICT_ALLOW);
}

/* Every way in which a host can fail to bring an answer. */
static void
a_failed_conversation_is_told_and_refused(void **state)
{
	static const enum host_fault faults[] = {HOST_FAILS, HOST_FAILS_FULL,
	    HOST_NO_RESPONSE, HOST_NO_TEXT, HOST_AGAIN};
	static const size_t sizes[] = {0, 511, 512, 65536};
	struct host *host = *state;
	char *typed = calloc(1, 65537);

	host->typed[0] = typed;
	host_serve(host, ask_once, NULL);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 4; j++) {
			memset(typed, 0, 65537);
			memset(typed, '1', sizes[j]);
			host->fault = faults[i];
			assert_int_equal(host_auth(host), PAM_CONV_ERR);
			assert_int_equal(host->log_count, 0);
			assert_true(fake_wait_served(&host->fake));
			assert_int_equal(host->fake.log->answers[0].flags,
			    PAM_ANSWER_CANCEL);
			assert_string_equal(
			    host->fake.log->answers[0].text, "");
			assert_int_not_equal(
			    host_auth_permit(host, ""), PAM_SUCCESS);
			assert_true(fake_wait_served(&host->fake));
		}
	free(typed);
}

static void
a_handle_without_a_conversation_is_refused(void **state)
{
	struct host *host = *state;
	const struct pam_conv none = {NULL, NULL};

	host_serve(host, ask_once, NULL);
	host_start(host);
	assert_int_equal(
	    pam_set_item(host->pamh, PAM_CONV, &none), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_CONV_ERR);
}

static void
answers_of_any_length_go_or_stay_whole(void **state)
{
	static const struct {
		size_t size, sent;
		uint32_t flags;
	} cases[] = {
	    {0, 0, 0},
	    {1, 1, 0},
	    {511, 511, 0},
	    {512, 512, 0},
	    {1022, 1022, 0},
	    {1023, 1023, PAM_ANSWER_CUT}, /* ssh's */
	    {1024, 1024, 0},
	    {16384, 16384, 0},
	    {16385, 0, PAM_ANSWER_DECOY},
	    {65536, 0, PAM_ANSWER_DECOY},
	};
	struct host *host = *state;
	const struct fake_answer *answer;
	char *typed = calloc(1, 65537);

	host->typed[0] = typed;
	host_serve(host, ask_once, NULL);
	answer = &host->fake.log->answers[0];
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(typed, 0, 65537);
		memset(typed, 't', cases[i].size);
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_int_equal(strlen(answer->text), cases[i].sent);
		assert_int_equal(strspn(answer->text, "t"), cases[i].sent);
		assert_int_equal(answer->flags, cases[i].flags);
	}
	free(typed);
}

/* What sshd answers for a user that it does not know. */
static void
a_decoy_does_not_leave_the_host(void **state)
{
	static const char *const decoys[] = {
	    "\b", "\b\n\r\177INCORRECT", "\b\n\r\177INC", "\b123456"};
	struct host *host = *state;

	host_serve(host, ask_once, NULL);
	for (size_t i = 0; i < 4; i++) {
		host->typed[0] = decoys[i];
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_string_equal(host->fake.log->answers[0].text, "");
		assert_int_equal(
		    host->fake.log->answers[0].flags, PAM_ANSWER_DECOY);
	}
}

/* ---- combined: password and code in one answer ---- */

static void
ask_split(const struct fake_connection *c)
{
	struct pam_frame frame;

	if (!fake_ask(c, "Password and code: ", *(const uint8_t *)c->context))
		return;
	fake_put_done(&frame, VERDICT_ALLOW, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "Welcome.");
	fake_send(c, &frame);
}

struct split {
	uint8_t digits;
	const char *typed, *sent, *password;
	uint32_t flags;
};

static const struct split splits[] = {
    {6, "secret123456", "123456", "secret", 0},
    {6, "secret 123456", "123456", "secret ", 0},
    {6, "99123456", "123456", "99", 0},
    {6, "123456", "123456", "", 0},
    {8, "secret12345678", "12345678", "secret", 0},
    {6, "secret", "", "secret", PAM_ANSWER_DECOY},
    {6, "secret12345", "", "secret12345", PAM_ANSWER_DECOY},
    {6, "secret123 456", "", "secret123 456", PAM_ANSWER_DECOY},
    {6, "123456secret", "", "123456secret", PAM_ANSWER_DECOY},
    {8, "secret123456", "", "secret123456", PAM_ANSWER_DECOY},
    {6, "12345", "", "12345", PAM_ANSWER_DECOY},
    {6, "", "", "", PAM_ANSWER_DECOY},
    {6, "\b\n\r\177INC123456", "", "\b\n\r\177INC123456", PAM_ANSWER_DECOY},
    /* authboxd asks for a recovery code: nothing to split. */
    {0, "abcd-efgh", "abcd-efgh", "(none)", 0},
};

static void
of_a_combined_answer_only_the_code_is_sent(void **state)
{
	struct host *host = *state;

	host_set_stack(host, HOST_PROBE, "combined");
	host->on_text = host_note_authtok;
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++) {
		const struct split *split = &splits[i];
		const struct fake_answer *answer;

		host_serve(host, ask_split, &split->digits);
		answer = &host->fake.log->answers[0];
		host->typed[0] = split->typed;
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		assert_string_equal(answer->text, split->sent);
		assert_int_equal(answer->flags, split->flags);
		assert_string_equal(host->authtok, split->password);
		assert_int_equal(host_begin_number(host, PAM_FIELD_FLAGS),
		    PAM_BEGIN_COMBINED);
	}
}

static void
more_digits_than_a_code_has_are_a_fault(void **state)
{
	static const uint8_t digits = 9;
	struct host *host = *state;

	host_set_stack(host, HOST_PROBE, "combined");
	host_serve(host, ask_split, &digits);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	assert_int_equal(host->prompts, 0);
}

/* ---- the first pass ---- */

/* What a module in front of us asked for and stored. */
static const char *stored;

/* Runs at libpam's own prompt for the name, which comes first. */
static void
store_first_pass(struct host *host)
{
	if (host->prompts == 1)
		assert_int_equal(
		    pam_set_item(host->pamh, PAM_AUTHTOK, stored), PAM_SUCCESS);
}

static void
ask_twice(const struct fake_connection *c)
{
	struct pam_frame frame;

	if (!fake_ask(c, "Code: ", *(const uint8_t *)c->context) ||
	    !fake_ask(c, "Again: ", *(const uint8_t *)c->context))
		return;
	fake_put_done(&frame, VERDICT_ALLOW, HOST_USER);
	fake_send(c, &frame);
}

struct pass {
	const char *options, *stored, *first, *second;
	uint32_t first_flags, second_flags, begin_flags;
	unsigned prompts; /* the name's included */
	uint8_t tries;
};

#define FIRST	 PAM_BEGIN_FIRST_PASS
#define DECOY	 PAM_ANSWER_DECOY
#define COMBINED (PAM_BEGIN_FIRST_PASS | PAM_BEGIN_COMBINED)

static const struct pass passes[] = {
    /* A code may go; whoever may not be asked again answers nothing. */
    {"use_first_pass", "654321", "654321", "", 0, DECOY, FIRST, 1, 1},
    {"use_first_pass", "654 321", "654321", "", 0, DECOY, FIRST, 1, 1},
    {"use_first_pass", "87654321", "87654321", "", 0, DECOY, FIRST, 1, 1},
    /* A password may not. */
    {"use_first_pass", "secret", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", "secret123456", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", "12345", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", "1234567890", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", "\b\n\r\177I", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", "", "", "", DECOY, DECOY, FIRST, 1, 1},
    {"use_first_pass", NULL, "", "", DECOY, DECOY, FIRST, 1, 1},
    {"device use_first_pass", "secret", "", "", DECOY, DECOY, FIRST, 1, 1},
    /* With try_first_pass the person is asked in its place. */
    {"try_first_pass", "654321", "654321", CODE, 0, 0, FIRST, 2, 3},
    {"try_first_pass", "secret", CODE, "222222", 0, 0, 0, 3, 3},
    {"try_first_pass tries=5", NULL, CODE, "222222", 0, 0, 0, 3, 5},
    /* A token looks like anything. */
    {"token use_first_pass", "ey.J.x", "ey.J.x", "", 0, DECOY, FIRST, 1, 1},
    {"token try_first_pass", "ey.J.x", "ey.J.x", CODE, 0, 0, FIRST, 2, 3},
    /* Combined: the code behind a stored password. */
    {"combined use_first_pass", "secret654321", "654321", "", 0, DECOY,
	COMBINED, 1, 1},
    {"combined use_first_pass", "secret", "", "", DECOY, DECOY, COMBINED, 1, 1},
    {"combined try_first_pass", "secret", CODE, "222222", 0, 0,
	PAM_BEGIN_COMBINED, 3, 3},
    /* Nor when authboxd asks for something that is not split. */
    {"combined use_first_pass prompt=whole", "secret654321", "", "", DECOY,
	DECOY, COMBINED, 1, 1},
    {"combined use_first_pass prompt=whole", "654321", "654321", "", 0, DECOY,
	COMBINED, 1, 1},
    /* Without either the stored password is nobody's business. */
    {"", "654321", CODE, "222222", 0, 0, 0, 3, 3},
    {"token", "ey.J.x", CODE, "222222", 0, 0, 0, 3, 3},
};

static void
assert_pass(struct host *host, const struct pass *pass)
{
	const struct fake_log *log = host->fake.log;

	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(log->answer_count, 2);
	assert_string_equal(log->answers[0].text, pass->first);
	assert_string_equal(log->answers[1].text, pass->second);
	assert_int_equal(log->answers[0].flags, pass->first_flags);
	assert_int_equal(log->answers[1].flags, pass->second_flags);
	assert_int_equal(host->prompts, pass->prompts);
	assert_int_equal(
	    host_begin_number(host, PAM_FIELD_FLAGS), pass->begin_flags);
	assert_int_equal(host_begin_number(host, PAM_FIELD_TRIES), pass->tries);
}

static void
a_stored_password_that_is_no_code_is_never_sent(void **state)
{
	struct host *host = *state;

	host->on_prompt = store_first_pass;
	for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++) {
		const struct pass *pass = &passes[i];
		uint8_t split = strstr(pass->options, "combined") &&
					!strstr(pass->options, "whole")
				    ? 6
				    : 0;

		stored = pass->stored;
		host->typed[0] = HOST_USER;
		host->typed[1] = CODE;
		host->typed[2] = "222222";
		host_set_stack(host, HOST_PROBE, pass->options);
		host_serve(host, ask_twice, &split);
		host_start_as(host, NULL);
		assert_pass(host, pass);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(texts_are_shown_in_order_before_the_prompt),
	    HOST_TEST(what_is_typed_is_shown_where_authboxd_says_so),
	    HOST_TEST(a_silent_host_sees_the_prompt_alone),
	    HOST_TEST(no_text_can_steer_the_terminal),
	    HOST_TEST(any_number_of_texts_is_shown),
	    HOST_TEST(a_failed_conversation_is_told_and_refused),
	    HOST_TEST(a_handle_without_a_conversation_is_refused),
	    HOST_TEST(answers_of_any_length_go_or_stay_whole),
	    HOST_TEST(a_decoy_does_not_leave_the_host),
	    HOST_TEST(of_a_combined_answer_only_the_code_is_sent),
	    HOST_TEST(more_digits_than_a_code_has_are_a_fault),
	    HOST_TEST(a_stored_password_that_is_no_code_is_never_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
