/*
 * What is shown and what is answered is the same for users who are unknown,
 * not enrolled, inactive or waiting, and so is the work: their guesses are
 * counted in a bucket that costs the commit that a record would cost.
 */
#include "login/totp_login.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "factor/attempt.h"
#include "login/delivery.h"
#include "login/enrol_login.h"
#include "login/exemption.h"
#include "login/login.h"
#include "login/pending.h"
#include "login/trace.h"
#include "store/store.h"
#include "users/user_record.h"
#include "users/user_record_update.h"

#define TEXTS_MAX   4
#define FAR_AHEAD_S 7200 /* more than any window */

/* The tries of one dialogue. */
struct tries {
	struct login *login;
	char key[LOGIN_KEY_BYTES];
	bool is_enrolled;
	bool has_transport;
	bool asks_for_code; /* the last answer was empty */
	unsigned digits;    /* that combined mode splits off */
	unsigned left;
	char note[160]; /* shown before the next prompt */
	struct secret *recovery_key;
	struct secret *last; /* the answer that was judged last */
	struct attempt attempt;
};

static void
tries_done(struct tries *tries)
{
	secret_free(tries->recovery_key);
	secret_free(tries->last);
}

static void
format_wait(int64_t wait_s, char *ret_text, size_t size)
{
	if (wait_s < 120)
		(void)snprintf(ret_text, size, "%lld s", (long long)wait_s);
	else
		(void)snprintf(
		    ret_text, size, "%lld min", (long long)(wait_s + 59) / 60);
}

static void
format_note(char *ret_note, size_t size, const char *before,
    int64_t retry_unix_s, const char *after)
{
	int64_t wait_s = retry_unix_s - clock_unix_s();
	char wait[32];

	format_wait(wait_s > 0 ? wait_s : 0, wait, sizeof(wait));
	(void)snprintf(ret_note, size, "%s%s%s", before, wait, after);
}

/* ---- asking ---- */

static const char *
tries_prompt(const struct tries *tries)
{
	const struct login_request *request = tries->login->request;

	if (request->prompt[0])
		return request->prompt;
	if (request->flags & PAM_BEGIN_COMBINED)
		return "Password and verification code: ";
	return "Verification code: ";
}

static int
tries_ask(struct tries *tries, struct dialogue_answer *ret_answer)
{
	struct login *login = tries->login;
	struct dialogue_text texts[TEXTS_MAX];
	struct dialogue_question question = {
	    .texts = texts,
	    .prompt = tries_prompt(tries),
	    .echo = login->request->flags & PAM_BEGIN_ECHO,
	};

	if (tries->left == login->request->tries &&
	    login->auth_config->theme_title)
		texts[question.text_count++] = (struct dialogue_text){
		    login->auth_config->theme_title, false};
	if (tries->note[0])
		texts[question.text_count++] =
		    (struct dialogue_text){tries->note, true};
	if (login->request->flags & PAM_BEGIN_COMBINED)
		question.split_digits = tries->digits;
	return login->dialogue.ask(
	    login->dialogue.context, &question, ret_answer);
}

/* ---- judging ---- */

static int
tries_decide(void *context, struct user_record *record, bool clock_is_behind)
{
	struct tries *tries = context;
	struct attempt *attempt = &tries->attempt;
	int r;

	/* Nothing is committed once the module has stopped waiting. */
	if (busy_work_is_late(tries->login->work))
		return -ETIME;
	/* The bucket of a name that enrolled while its owner was asked is
	 * still a bucket: this login stays refused. */
	attempt->clock_is_behind = clock_is_behind;
	r = attempt_check(record, attempt);
	return r < 0 ? r : attempt->record_changed;
}

static int
tries_judge(struct tries *tries, const char *answer)
{
	struct login *login = tries->login;
	int r;

	login_describe_attempt(login, &tries->attempt);
	tries->attempt.answer = answer;
	tries->attempt.recovery_key = tries->recovery_key;
	r = user_record_update(login->daemon->store, tries->key,
	    login_record_name(login, tries->is_enrolled),
	    login_record_uid(login, tries->is_enrolled),
	    tries->attempt.now_unix_s, tries_decide, tries);
	if (r == 0)
		trace_step(login, "answer: %s%s%s", tries->attempt.why,
		    tries->attempt.device[0] ? ", device " : "",
		    tries->attempt.device);
	return r;
}

/* A right answer, already on disk. */
static int
tries_allow(struct tries *tries)
{
	struct login *login = tries->login;

	if (!tries->is_enrolled)
		return -EPROTO; /* a bucket has no device: cannot happen */
	(void)stpcpy(login->result.device, tries->attempt.device);
	if (tries->attempt.result == ATTEMPT_RECOVERY)
		login_send_notice(login, "recovery-code-used");
	if (login->user_is_inactive) {
		login_decide(login, VERDICT_FORBIDDEN, "inactive");
		return 0;
	}
	login->pending = calloc(1, sizeof(*login->pending));
	if (!login->pending)
		return -ENOMEM;
	login->pending->is_by_code = true;
	if (tries->attempt.result == ATTEMPT_RECOVERY)
		(void)snprintf(login->result.text, sizeof(login->result.text),
		    "Recovery code accepted; %u left.",
		    tries->attempt.recovery_left);
	if (exemption_may_remember(login)) {
		(void)stpcpy(login->pending->remember, login->origin.address);
		login->pending->remember_s =
		    login->auth_config->two_factor.remember_s;
	}
	login_decide(login, VERDICT_ALLOW, tries->attempt.why);
	return 0;
}

/* The admin is told why, the person is not: who has no device was never going
 * to get in. */
static const char *
tries_reason(const struct tries *tries, const char *why)
{
	const struct login *login = tries->login;

	if (tries->is_enrolled)
		return why;
	return !login->user_is_known	 ? "unknown-user"
	       : login->user_is_inactive ? "inactive"
					 : "not-enrolled";
}

/* No more is looked at before retry_unix_s, whoever asks. */
static void
tries_end_waiting(struct tries *tries, int64_t retry_unix_s, const char *why)
{
	struct login_result *result = &tries->login->result;

	format_note(result->text, sizeof(result->text),
	    "Too many wrong codes. Try again in ", retry_unix_s, ".");
	login_decide(
	    tries->login, VERDICT_TRIES_USED, tries_reason(tries, why));
}

static const char *
malformed_note(const struct tries *tries)
{
	return tries->asks_for_code &&
		       tries->login->auth_config->two_factor.webhook.endpoint
		   ? "If a new code can be sent to you, it is on its way."
		   : "That is not a code: type the digits that the app shows, "
		     "or a "
		     "recovery code.";
}

/* No window reaches that far: the device was used while the clock was wrong. */
static bool
is_used_far_ahead(const struct attempt *attempt)
{
	return attempt->result == ATTEMPT_USED &&
	       attempt->retry_unix_s > attempt->now_unix_s + FAR_AHEAD_S;
}

/* Tell why the last answer was not taken. */
static void
tries_note(struct tries *tries)
{
	const struct attempt *attempt = &tries->attempt;
	char *note = tries->note;
	size_t size = sizeof(tries->note);

	switch (attempt->result) {
	case ATTEMPT_USED:
		if (is_used_far_ahead(attempt))
			(void)snprintf(note, size,
			    "This machine's clock was ahead once, and codes "
			    "until then count as used. A recovery code works; "
			    "the administrator can resync.");
		else if (attempt->retry_unix_s > attempt->now_unix_s)
			format_note(note, size,
			    "This code was used already. The next one comes "
			    "in ",
			    attempt->retry_unix_s, ".");
		else
			(void)snprintf(note, size,
			    "This code was used already. Type the one that is "
			    "shown now.");
		break;
	case ATTEMPT_MALFORMED:
		(void)snprintf(note, size, "%s", malformed_note(tries));
		break;
	case ATTEMPT_CLOCK:
		(void)snprintf(note, size,
		    "This machine's clock is behind: no code can be checked. "
		    "A recovery code works.");
		break;
	default:
		(void)snprintf(note, size, "Wrong code.");
	}
}

static void
tries_send_code(const struct tries *tries)
{
	const struct login *login = tries->login;

	if (!tries->has_transport)
		return;
	trace_step(login, "the code of this step goes out by webhook, if it "
			  "did not yet");
	delivery_start(&(struct delivery){login->daemon, login->config,
	    login->auth_config, login->user.name, login->user.uid});
}

/* After the last try. */
static void
tries_end(struct tries *tries)
{
	struct login *login = tries->login;

	if (tries->attempt.result == ATTEMPT_CLOCK) {
		(void)snprintf(login->result.text, sizeof(login->result.text),
		    "%s", tries->note);
		login_decide(login, VERDICT_UNAVAILABLE, "clock-behind");
		return;
	}
	if (tries->attempt.result == ATTEMPT_USED)
		(void)snprintf(login->result.text, sizeof(login->result.text),
		    "%s", tries->note);
	if (is_used_far_ahead(&tries->attempt))
		(void)snprintf(login->result.detail,
		    sizeof(login->result.detail),
		    "used while the clock was ahead; authboxctl 2fa resync");
	login_decide(login,
	    login->request->tries > 1 ? VERDICT_TRIES_USED : VERDICT_DENY,
	    tries_reason(tries, tries->attempt.why));
}

/* A database or mail server gives the password that it has to every prompt, and
 * a person types a code twice to be sure: that is one guess, not two. */
static bool
tries_repeat(struct tries *tries, struct dialogue_answer *answer)
{
	const struct secret *last = tries->last, *text = answer->text;

	if (last && last->size == text->size && text->size > 0 &&
	    secret_equal(last->bytes, text->bytes, text->size))
		return true;
	secret_free(tries->last);
	tries->last = answer->text;
	answer->text = NULL;
	return false;
}

/* One question and its answer. 1: ask again; 0: a verdict; < 0. */
static int
tries_once(struct tries *tries)
{
	__attribute__((
	    cleanup(dialogue_answer_done))) struct dialogue_answer answer = {0};
	int r;

	r = tries_ask(tries, &answer);
	if (r < 0)
		return r;
	if (answer.is_decoy) {
		trace_step(tries->login, "no person answered the prompt");
		/* No person answered: no guess, no count. A stored password
		 * that is no code leaves the person his tries. */
		if (!tries->attempt.why)
			tries->attempt.why = "no-answer";
		if (tries->login->request->flags & PAM_BEGIN_FIRST_PASS)
			return 1;
		login_decide(tries->login, VERDICT_DENY,
		    tries_reason(tries, "no-answer"));
		return 0;
	}
	tries->asks_for_code = answer.text->size == 0;
	if (tries->asks_for_code)
		tries_send_code(tries);

	if (tries_repeat(tries, &answer))
		return 1;
	r = tries_judge(tries, tries->last->bytes);
	if (r < 0)
		return r;
	if (tries->attempt.result == ATTEMPT_RIGHT ||
	    tries->attempt.result == ATTEMPT_RECOVERY)
		return tries_allow(tries);
	if (tries->attempt.result == ATTEMPT_WAIT) {
		tries_end_waiting(
		    tries, tries->attempt.retry_unix_s, tries->attempt.why);
		return 0;
	}
	tries_note(tries);
	return 1;
}

/* What was judged stays judged and is written down, also when nobody waits for
 * the verdict any more: else a guesser would hang up after each guess and
 * leave no trace but "gone". */
static int
tries_break_off(struct tries *tries, int error)
{
	struct login *login = tries->login;

	if (!tries->attempt.why ||
	    (error != -ECANCELED && error != -ECONNRESET && error != -EPIPE &&
		error != -ETIMEDOUT))
		return error;
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "then the dialogue was broken off");
	login_decide(
	    login, VERDICT_DENY, tries_reason(tries, tries->attempt.why));
	return 0;
}

static int
tries_run(struct tries *tries)
{
	int r = 1;

	tries->left = tries->login->request->tries;
	if (tries->login->request->flags & PAM_BEGIN_FIRST_PASS)
		tries->left++; /* the stored password is not a try of his */
	for (; tries->left > 0; tries->left--) {
		r = tries_once(tries);
		if (r <= 0)
			return r == 0 ? 0 : tries_break_off(tries, r);
	}
	tries_end(tries);
	return 0;
}

static unsigned
split_digits(const struct login *login, const struct user_record *record)
{
	for (size_t i = 0; i < record->device_count; i++)
		if (record->devices[i].enabled)
			return record->devices[i].digits;
	return login->auth_config->two_factor.digits;
}

/* Before the first question: is anything looked at now? 1: yes. */
static int
tries_begin(struct tries *tries, const struct user_record *record)
{
	struct login *login = tries->login;
	struct attempt attempt;
	int64_t retry_unix_s;
	int r;

	login_describe_attempt(login, &attempt);
	tries->digits = split_digits(login, record);
	tries->has_transport =
	    tries->is_enrolled &&
	    delivery_is_wanted(login->config, login->user.name, record);
	retry_unix_s = attempt_retry_unix_s(record, &attempt);
	if (retry_unix_s > attempt.now_unix_s) {
		tries_end_waiting(tries, retry_unix_s, "wait");
		return 0;
	}
	retry_unix_s = attempt_code_retry_unix_s(record, &attempt);
	if (retry_unix_s > attempt.now_unix_s)
		format_note(tries->note, sizeof(tries->note),
		    "Too many wrong codes. The next code is looked at in ",
		    retry_unix_s, "; a recovery code works now.");
	r = store_derive_key(
	    login->daemon->store, "recovery", &tries->recovery_key);
	if (r < 0)
		return r;
	tries_send_code(tries);
	return 1;
}

int
totp_login(struct login *login)
{
	AUTO(user_record) record = NULL;
	__attribute__((cleanup(tries_done))) struct tries tries = {
	    .login = login};
	int r;

	r = exemption_check(login);
	if (r != 0)
		return r < 0 ? r : 0;
	r = login_load_record(login, tries.key, &record);
	if (r < 0)
		return r;
	tries.is_enrolled = r > 0;
	trace_step(login, "%s, %zu devices, %zu wrong codes in 30 days",
	    tries.is_enrolled ? "enrolled" : "not enrolled: only pretending",
	    record->device_count, record->throttle.failure_count);

	if (tries.is_enrolled) {
		r = exemption_is_remembered(login, record);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (!tries.is_enrolled) {
		r = enrol_login(login);
		if (r <= 0)
			return r;
	}

	r = tries_begin(&tries, record);
	if (r > 0)
		r = tries_run(&tries);
	return r;
}
