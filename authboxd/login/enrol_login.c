/*
 * The person sees a QR code, the link and the key, types a code, and is shown
 * recovery codes. All of it happens on a record of its own in memory; account
 * makes it the user's, because only then is the password known to be right.
 */
#include "login/enrol_login.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/base32.h"
#include "base/clock.h"
#include "base/qr.h"
#include "base/random.h"
#include "factor/clock_mark.h"
#include "factor/enrolment.h"
#include "factor/otpauth.h"
#include "factor/recovery.h"
#include "login/login.h"
#include "login/pending.h"
#include "store/store.h"

#define TEXTS_MAX   64
#define LINE_BYTES  512
/* Of a QR code; a row has about twice as many columns. */
#define QR_ROWS_MAX 39

struct enrolling {
	struct login *login;
	enum enrolment_mode mode;
	struct user_record *record; /* of its own, not yet the user's */
	struct secret *recovery_key;
	/* What is shown: copies of lines, wiped at the end. */
	struct secret *lines[TEXTS_MAX];
	struct dialogue_text texts[TEXTS_MAX];
	size_t text_count;
};

static void
enrolling_forget_texts(struct enrolling *enrolling)
{
	for (size_t i = 0; i < enrolling->text_count; i++)
		secret_free(enrolling->lines[i]);
	enrolling->text_count = 0;
}

static int
enrolling_put(struct enrolling *enrolling, const char *text, size_t size)
{
	size_t i = enrolling->text_count;

	if (i == TEXTS_MAX)
		return -ENOSPC;
	enrolling->lines[i] = secret_copy(text, size);
	if (!enrolling->lines[i])
		return -ENOMEM;
	enrolling->texts[i] =
	    (struct dialogue_text){enrolling->lines[i]->bytes, false};
	enrolling->text_count++;
	return 0;
}

static int
enrolling_put_lines(struct enrolling *enrolling, const char *lines)
{
	int r = 0;

	while (*lines && r == 0) {
		size_t size = strcspn(lines, "\n");

		r = enrolling_put(enrolling, lines, size);
		lines += size + (lines[size] == '\n');
	}
	return r;
}

__attribute__((format(printf, 2, 3))) static int
enrolling_say(struct enrolling *enrolling, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;
	int r;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* may cut */
	va_end(arguments);
	r = enrolling_put(enrolling, line, strlen(line));
	secret_wipe(line, sizeof(line));
	return r;
}

static int
enrolling_ask(struct enrolling *enrolling, const char *prompt,
    struct dialogue_answer *ret_answer)
{
	struct dialogue *dialogue = &enrolling->login->dialogue;
	struct dialogue_question question = {
	    .texts = enrolling->texts,
	    .text_count = enrolling->text_count,
	    .prompt = prompt,
	    .echo = true,
	};
	int r;

	r = dialogue->ask(dialogue->context, &question, ret_answer);
	enrolling_forget_texts(enrolling);
	return r;
}

/* ---- the device ---- */

static int
enrolling_request(struct enrolling *enrolling)
{
	const struct login *login = enrolling->login;
	const struct two_factor *rules = &login->auth_config->two_factor;
	AUTO(secret) key = secret_new(OTP_KEY_BYTES_NEW);
	struct enrolment_request request = {
	    .type = OTP_TOTP,
	    .algorithm = rules->algorithm,
	    .digits = rules->digits,
	    .period_s = rules->period_s,
	    .key = key,
	    .now_unix_s = clock_unix_s(),
	};
	int r;

	enrolling->record =
	    user_record_new(login->request->user, login->user.uid);
	if (!key || !enrolling->record)
		return -ENOMEM;
	r = random_fill(key->bytes, key->size);
	if (r < 0)
		return r;
	return enrolment_request(enrolling->record, &request);
}

/* The key in groups of four, as a person types it. */
static int
enrolling_say_key(struct enrolling *enrolling, const struct secret *key)
{
	AUTO(secret) text = base32_encode(key->bytes, key->size);
	AUTO(secret) grouped = text ? secret_new(text->size * 2) : NULL;
	size_t used = 0;

	if (!grouped)
		return -ENOMEM;
	for (size_t i = 0; i < text->size; i++) {
		if (i > 0 && i % 4 == 0)
			grouped->bytes[used++] = ' ';
		grouped->bytes[used++] = text->bytes[i];
	}
	return enrolling_say(enrolling, "Key: %s", grouped->bytes);
}

/* A code wider than a terminal cannot be scanned; link and key are there. */
static int
enrolling_put_qr(struct enrolling *enrolling, const char *link)
{
	uint32_t flags = enrolling->login->request->flags;
	unsigned columns = PAM_BEGIN_COLUMNS_OF(flags);
	AUTO(secret) qr = NULL;
	size_t rows = 0;
	int r;

	if (flags & PAM_BEGIN_NOT_UTF8)
		return 0;
	r = qr_print(link, QR_UTF8, &qr);
	if (r < 0)
		return r == -ERANGE ? 0 : r;
	for (size_t i = 0; i < qr->size; i++)
		rows += qr->bytes[i] == '\n';
	/* Each row is two modules, and the last one is left out. */
	if (rows > QR_ROWS_MAX || (columns > 0 && columns < 2 * rows + 1))
		return 0;
	return enrolling_put_lines(enrolling, qr->bytes);
}

static int
enrolling_say_title(struct enrolling *enrolling)
{
	const char *title = enrolling->login->auth_config->theme_title;

	if (!title)
		title = enrolling->mode == ENROLMENT_REQUIRE
			    ? "Second factor required"
			    : "Second factor";
	return enrolling_say(enrolling,
	    "%s: scan this with an authenticator app and type its code.",
	    title);
}

/* Until when it can be put off, if it cannot be put off for ever. */
static int
enrolling_say_deadline(struct enrolling *enrolling)
{
	const struct two_factor *rules =
	    &enrolling->login->auth_config->two_factor;
	time_t until = (time_t)rules->grace_until_unix_s;
	char day[16];
	struct tm tm;

	if (rules->enrolment != ENROLMENT_REQUIRE ||
	    enrolling->mode == ENROLMENT_REQUIRE || !localtime_r(&until, &tm) ||
	    strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
		return 0;
	return enrolling_say(
	    enrolling, "From %s on nobody gets in here without it.", day);
}

/* What must be seen together stands last: code, key and prompt, in 24 rows
 * where the link has at most 134 bytes. */
static int
enrolling_show(struct enrolling *enrolling)
{
	const struct login *login = enrolling->login;
	const struct two_factor *rules = &login->auth_config->two_factor;
	const struct device *device = &enrolling->record->devices[0];
	AUTO(secret)
	link = otpauth_print(device, rules->issuer_name, login->request->user);
	int r;

	if (!link)
		return -ENOMEM;
	/* ssh puts "(user@host) " before the first line: an empty one keeps
	 * the code's first row straight. */
	r = enrolling_put(enrolling, "", 0);
	if (r == 0)
		r = enrolling_say_title(enrolling);
	if (r == 0)
		r = enrolling_say_deadline(enrolling);
	if (r == 0)
		r = enrolling_put(enrolling, link->bytes, link->size);
	if (r == 0)
		r = enrolling_put_qr(enrolling, link->bytes);
	if (r == 0)
		r = enrolling_say_key(enrolling, device->key);
	return r;
}

/* ---- confirming ---- */

static int
enrolling_confirm(struct enrolling *enrolling, const char *answer,
    struct attempt *ret_attempt)
{
	const struct two_factor *rules =
	    &enrolling->login->auth_config->two_factor;

	*ret_attempt = (struct attempt){
	    .answer = answer,
	    .now_unix_s = clock_unix_s(),
	    .past_codes = rules->past_codes,
	    .future_codes = rules->future_codes,
	    .recovery_key = enrolling->recovery_key,
	};
	return enrolment_confirm(enrolling->record, NULL, ret_attempt);
}

static int
enrolling_decline(struct enrolling *enrolling)
{
	bool ignore =
	    enrolling->login->request->flags & PAM_BEGIN_UNMANAGED_IGNORE;

	login_decide(enrolling->login,
	    ignore && enrolling->login->user_is_known ? VERDICT_UNMANAGED
						      : VERDICT_DENY,
	    "enrolment-declined");
	return 0;
}

/* 1: confirmed; 0: a verdict is reached; < 0. */
static int
enrolling_try(struct enrolling *enrolling)
{
	const char *prompt = enrolling->mode == ENROLMENT_REQUIRE
				 ? "Code from the app: "
				 : "Code from the app (Enter: not now): ";
	struct attempt attempt = {0};
	int r;

	for (unsigned i = 0; i < enrolling->login->request->tries; i++) {
		__attribute__((cleanup(
		    dialogue_answer_done))) struct dialogue_answer answer = {0};

		r = enrolling_ask(enrolling, prompt, &answer);
		if (r < 0)
			return r;
		if (answer.is_decoy) {
			login_decide(
			    enrolling->login, VERDICT_DENY, "no-answer");
			return 0;
		}
		if (answer.text->size == 0 &&
		    enrolling->mode != ENROLMENT_REQUIRE)
			return enrolling_decline(enrolling);
		r = enrolling_confirm(enrolling, answer.text->bytes, &attempt);
		if (r < 0 || attempt.result == ATTEMPT_RIGHT)
			return r < 0 ? r : 1;
		r = enrolling_say(enrolling, "%s",
		    "Wrong code. Is the clock of the phone right?");
		if (r < 0)
			return r;
	}
	login_decide(enrolling->login, VERDICT_TRIES_USED, "wrong-code");
	return 0;
}

static int
enrolling_show_recovery(struct enrolling *enrolling)
{
	__attribute__((
	    cleanup(dialogue_answer_done))) struct dialogue_answer answer = {0};
	AUTO(secret) codes = NULL;
	int r;

	r = recovery_make(enrolling->record, enrolling->recovery_key, &codes);
	if (r == 0)
		r = enrolling_put(enrolling, "", 0);
	if (r == 0)
		r = enrolling_say(enrolling, "%s",
		    "Recovery codes, each good once when the phone is lost. "
		    "They are shown only now:");
	for (int i = 0; i < RECOVERY_CODES && r == 0; i += 2)
		r = enrolling_say(enrolling, "  %s  %s",
		    codes->bytes + i * RECOVERY_TEXT_BYTES,
		    codes->bytes + (i + 1) * RECOVERY_TEXT_BYTES);
	if (r == 0)
		r = enrolling_ask(
		    enrolling, "Write them down, then press Enter: ", &answer);
	return r;
}

/* Confirmed: the login may pass, and account has something to make real. */
static int
enrolling_finish(struct enrolling *enrolling)
{
	struct login *login = enrolling->login;
	int r;

	r = enrolling_show_recovery(enrolling);
	if (r < 0)
		return r;
	if (!login->user_is_known || login->user_is_inactive) {
		login_decide(login, VERDICT_DENY,
		    login->user_is_known ? "inactive" : "unknown-user");
		return 0;
	}
	login->pending = calloc(1, sizeof(*login->pending));
	if (!login->pending)
		return -ENOMEM;
	login->pending->enrolment = TAKE(enrolling->record);
	login_decide(login, VERDICT_ALLOW, "enrolment-confirmed");
	return 0;
}

static int
enrolling_run(struct enrolling *enrolling)
{
	int r;

	r = store_derive_key(enrolling->login->daemon->store, "recovery",
	    &enrolling->recovery_key);
	if (r == 0)
		r = enrolling_request(enrolling);
	if (r == 0)
		r = enrolling_show(enrolling);
	if (r == 0)
		r = enrolling_try(enrolling);
	if (r > 0)
		r = enrolling_finish(enrolling);

	enrolling_forget_texts(enrolling);
	secret_free(enrolling->recovery_key);
	user_record_free(enrolling->record);
	return r;
}

/* 1: the grace that root gave still runs. It does not come back with a clock
 * that is set back. */
static int
has_grace(const struct login *login)
{
	int64_t until_unix_s =
	    login->auth_config->two_factor.grace_until_unix_s;
	int64_t now_unix_s = clock_unix_s();
	int r;

	if (until_unix_s == 0 || now_unix_s >= until_unix_s)
		return 0;
	r = clock_mark_is_behind(login->daemon->store, now_unix_s);
	return r < 0 ? r : !r;
}

/* 0 or < 0. */
static int
find_mode(const struct login *login, enum enrolment_mode *ret_mode)
{
	enum enrolment_mode mode = login->auth_config->two_factor.enrolment;
	int r = mode == ENROLMENT_REQUIRE ? has_grace(login) : 0;

	if (r > 0 || (mode == ENROLMENT_OFF &&
			 (login->request->flags & PAM_BEGIN_ENROL)))
		mode = ENROLMENT_OFFER;
	*ret_mode = mode;
	return r < 0 ? r : 0;
}

/* A Client's Unix user asks about anybody: were he believed here, whoever got
 * hold of that server could make himself a second factor in another's name.
 * And where nothing can be shown, nobody can enrol. */
static bool
can_enrol(const struct login *login)
{
	static const uint32_t cannot_show =
	    PAM_BEGIN_SILENT | PAM_BEGIN_COMBINED | PAM_BEGIN_FIRST_PASS;

	return (login->peer_uid == 0 || login_is_about_peer(login)) &&
	       !(login->request->flags & cannot_show);
}

int
enrol_login(struct login *login)
{
	struct enrolling enrolling = {.login = login};
	int r;

	r = find_mode(login, &enrolling.mode);
	if (r < 0)
		return r;
	if (enrolling.mode != ENROLMENT_OFF && can_enrol(login))
		return enrolling_run(&enrolling);
	if ((login->request->flags & PAM_BEGIN_UNMANAGED_IGNORE) &&
	    login->user_is_known && !login->user_is_inactive &&
	    enrolling.mode != ENROLMENT_REQUIRE) {
		login_decide(login, VERDICT_UNMANAGED, "not-managed");
		return 0;
	}
	return 1;
}
