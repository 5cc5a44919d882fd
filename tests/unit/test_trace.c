/* What log.debug adds to the log of a login, and what it never says. */
#include "tests/unit/login_stage.h"

#include "base/log.h"
#include "tests/unit/caught_log.h"

#define PASSWORD   "correct-horse-battery-staple"
#define PERSON	   "daemon"
#define PERSON_UID 1

/* The log of one login, static. */
static const char *
log_of(struct stage *stage, const char *user, bool debug,
    const char *const answers[])
{
	static char text[16384];
	struct login_request request = {.stage = PAM_STAGE_AUTH};
	int saved;

	(void)strcpy(request.user, user);
	(void)strcpy(request.rhost, "192.0.2.7");
	caught_log_begin(&saved);
	log_set_debug(debug);
	(void)stage_play(stage, &request, 0, answers);
	log_set_debug(false);
	caught_log_end(saved, text, sizeof(text));
	return text;
}

static void
each_step_says_what_it_decided(void **state)
{
	static const char *const steps[] = {": auth of totp for service sshd",
	    ": user daemon, from 192.0.2.7", ": AuthConfig app",
	    ": enrolled, 1 devices", ": answer: malformed",
	    ": answer: code-accepted, device ", ": decided: code-accepted"};
	struct stage *stage = *state;
	char answers[2][OTP_DIGITS_MAX + 1] = {"12"};
	const char *text, *at;

	stage_enrol(stage, PERSON, PERSON_UID);
	(void)strcpy(answers[1], stage_code(0));
	text = log_of(stage, PERSON, true,
	    (const char *const[]){answers[0], answers[1], NULL});
	at = text;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		at = strstr(at, steps[i]);
		if (!at)
			fail_msg("\"%s\" is missing in:\n%s", steps[i], text);
	}
}

static void
nothing_that_was_typed_is_said(void **state)
{
	struct stage *stage = *state;
	char code[OTP_DIGITS_MAX + 1];
	const char *text;

	stage_enrol(stage, PERSON, PERSON_UID);
	(void)strcpy(code, stage_code(0));
	text = log_of(stage, PERSON, true,
	    (const char *const[]){PASSWORD, "987654", code, NULL});
	assert_non_null(strstr(text, "code-accepted"));
	assert_null(strstr(text, PASSWORD));
	assert_null(strstr(text, "987654"));
	assert_null(strstr(text, code));

	text = log_of(stage, PASSWORD, true,
	    (const char *const[]){"987654", "1", "2", NULL});
	assert_non_null(strstr(text, "unknown to NSS"));
	assert_null(strstr(text, PASSWORD));
	assert_null(strstr(text, "987654"));
}

static void
without_it_there_is_the_audit_record_alone(void **state)
{
	struct stage *stage = *state;
	const char *text;

	stage_enrol(stage, PERSON, PERSON_UID);
	text = log_of(
	    stage, PERSON, false, (const char *const[]){stage_code(0), NULL});
	assert_non_null(strchr(text, '\n'));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(each_step_says_what_it_decided),
	    WITH_STAGE(nothing_that_was_typed_is_said),
	    WITH_STAGE(without_it_there_is_the_audit_record_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
