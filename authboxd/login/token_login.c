/*
 * Nothing is counted here: a token cannot be guessed. What is said to the
 * person depends on the token alone, never on the user that was asked for.
 */
#include "login/token_login.h"

#include <stdio.h>

#include "jose/reason.h"
#include "login/login.h"
#include "login/token_admission.h"
#include "login/token_prompt.h"
#include "token/tokens.h"
#include "wire/hold_back.h"

/* One token, from the prompt to the verdict. */
struct presented {
	struct login *login;
	struct secret *token;
	bool is_cut; /* perhaps, by ssh */
	struct token_verdict verdict;
	const char *why; /* it did not let him in; NULL before the first */
};

static void
presented_forget(struct presented *presented)
{
	secret_free(presented->token);
	presented->token = NULL;
	token_verdict_done(&presented->verdict);
	presented->verdict = (struct token_verdict){0};
}

/* What the person can do about it. */
static const char *
note_of(const char *why)
{
	static const struct {
		const char *why, *note;
	} notes[] = {
	    {"token-cut",
		"The token was cut: ssh passes on 1023 characters. Use "
		"authbox-askpass, or a session: authboxctl session create."},
	    {"token-too-long",
		"That is too long for a token, or the same part came twice."},
	    {"token-expired", "This token has expired. Get a new one."},
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (streq(why, notes[i].why))
			return notes[i].note;
	return "This token does not let you in.";
}

/* 1: there is one. */
static int
presented_read(struct presented *presented)
{
	struct login *login = presented->login;
	const struct login_request *request = login->request;
	struct token_prompt prompt = {
	    .dialogue = &login->dialogue,
	    .prompt = request->prompt[0] ? request->prompt : NULL,
	    .title = presented->why ? NULL : login->auth_config->theme_title,
	    .note = presented->why ? note_of(presented->why) : NULL,
	    .echo = request->flags & PAM_BEGIN_ECHO,
	};

	return token_prompt_read(
	    &prompt, &presented->token, &presented->is_cut, &presented->why);
}

/* What a token may be refused for because its end is missing. */
static bool
is_of_a_cut(const char *why)
{
	static const char *const reasons[] = {REASON_MALFORMED, REASON_PAYLOAD,
	    REASON_UNSIGNED, REASON_SIGNATURE, REASON_ISSUER, "token-inactive"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (streq(why, reasons[i]))
			return true;
	return false;
}

/* 1: it does not let this user in, and presented->why says why; 0: a verdict; <
 * 0. */
static int
presented_judge(struct presented *presented)
{
	struct login *login = presented->login;
	struct token_verdict *verdict = &presented->verdict;
	int r;

	r = tokens_check(login->daemon->tokens, login->config,
	    login->request->introspector, presented->token,
	    login->work->deadline_ms, verdict);
	if (r < 0)
		return token_admission_fault(r);
	token_admission_describe(login, presented->token->bytes, verdict);
	if (!verdict->is_active) {
		hold_back(login->peer_uid);
		presented->why = presented->is_cut && is_of_a_cut(verdict->why)
				     ? "token-cut"
				     : verdict->why;
		return 1;
	}
	login->access_token = presented->token;
	r = token_admission_check(login, verdict, &presented->why);
	login->access_token = NULL;
	return r;
}

/* 1: ask again; 0: a verdict; < 0. */
static int
presented_once(struct presented *presented)
{
	int r;

	r = presented_read(presented);
	if (r > 0)
		return presented_judge(presented);
	return r < 0 ? r : 1;
}

/* Nobody is asked for a token that no one could judge. */
static bool
introspector_is_there(struct login *login)
{
	const char *wanted = login->request->introspector;
	char shown[ID_BYTES_MAX + 1];

	if (!*wanted || config_find_introspector(login->config, wanted))
		return true;
	text_copy_word_for_log(wanted, shown, sizeof(shown));
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "introspector=%s", shown);
	login_decide(login, VERDICT_CONFIG, "introspector-unknown");
	return false;
}

int
token_login(struct login *login)
{
	struct presented presented = {.login = login};
	int r = 1;

	if (!introspector_is_there(login))
		return 0;
	for (unsigned i = 0; i < login->request->tries && r > 0; i++) {
		r = presented_once(&presented);
		presented_forget(&presented);
		/* No person answered: there is nobody to ask again. */
		if (r > 0 && streq(presented.why, "no-answer"))
			break;
	}
	if (r <= 0)
		return r;
	(void)snprintf(login->result.text, sizeof(login->result.text), "%s",
	    note_of(presented.why));
	login_decide(login,
	    login->request->tries > 1 && !streq(presented.why, "no-answer")
		? VERDICT_TRIES_USED
		: VERDICT_DENY,
	    presented.why);
	return 0;
}
