/*
 * The QR code stands above, link and key last, so that they are seen whatever
 * the terminal made of the QR code; all of it fits 80 columns and 24 rows for
 * usual names.
 */
#include "authboxctl/enrol.h"

#include <errno.h>
#include <string.h>

#include "authboxctl/prompt.h"
#include "authboxctl/screen.h"
#include "base/qr.h"
#include "base/text.h"

#define QUESTION_BYTES 160

/* ---- codes ---- */

int
enrol_ask_code(struct ctl *ctl, const char *question, struct secret **ret_code)
{
	bool silent = ctl->arguments.values[OPTION_CODE_STDIN];
	int r;

	/* authboxd does not keep a connection while a person types. */
	ctl_hang_up(ctl);
	(void)fflush(ctl->out);
	r = prompt_ask(ctl->in_fd, ctl->err, silent ? "" : question, ret_code);
	if (r == -EMSGSIZE)
		return ctl_fail(ctl, CTL_REFUSED, "malformed",
		    "That is too long for a code.");
	if (r < 0)
		return ctl_fail(ctl, CTL_REFUSED, "input",
		    "The code cannot be read: %s.", strerror(-r));
	return r > 0 ? CTL_DONE : CTL_REFUSED;
}

bool
enrol_put_code(cJSON *parameters, const char *name, const struct secret *code)
{
	cJSON_DeleteItemFromObjectCaseSensitive(parameters, name);
	return cJSON_AddStringToObject(parameters, name, code->bytes);
}

bool
enrol_may_try_again(const struct ctl *ctl)
{
	return !ctl->json && !ctl->arguments.values[OPTION_CODE_STDIN] &&
	       ctl_was_refused(ctl, "TwoFactor.WrongToken") &&
	       !json_find(ctl->refusal, "retryAt");
}

/* ---- showing ---- */

static enum qr_style
choose_style(struct ctl *ctl)
{
	const char *name = ctl->arguments.values[OPTION_QR];
	enum qr_style style;

	if (name && qr_style_parse(name, &style) == 0)
		return style;
	return screen_is_utf8() && screen_is_terminal(ctl->out) ? QR_UTF8
								: QR_ASCII;
}

static int
show_qr(struct ctl *ctl, const char *link)
{
	enum qr_style style = choose_style(ctl);
	AUTO(secret) lines = NULL;
	int r;

	if (style == QR_NONE) {
		(void)fputs("Open the link with an authenticator app, or type "
			    "the key into it.\n",
		    ctl->out);
		return CTL_DONE;
	}
	(void)fputs("Scan this with an authenticator app, or open the link, or "
		    "type the key.\n",
	    ctl->out);
	r = qr_print(link, style, &lines);
	if (r == -ENOMEM)
		return ctl_fail_memory(ctl);
	if (r < 0) {
		(void)fputs("The link is too long for a QR code.\n", ctl->out);
		return CTL_DONE;
	}
	(void)fputs(lines->bytes, ctl->out);
	return CTL_DONE;
}

int
enrol_show(struct ctl *ctl, const cJSON *request)
{
	const char *transport = ctl_text(request, "transport");
	const char *link = ctl_text(request, "uri");
	int r;

	if (*transport) {
		(void)fputs("A code is on its way by ", ctl->out);
		screen_put(ctl->out, transport);
		(void)fputs(".\n", ctl->out);
		return CTL_DONE;
	}
	r = show_qr(ctl, link);
	if (r != CTL_DONE)
		return r;
	screen_put(ctl->out, link);
	(void)fputs("\nKey: ", ctl->out);
	screen_put_grouped(ctl->out, ctl_text(request, "secret"));
	(void)putc('\n', ctl->out);
	return CTL_DONE;
}

void
enrol_print_recovery_codes(struct ctl *ctl, const cJSON *reply)
{
	const cJSON *codes = json_find(reply, "recoveryCodes"), *code;
	unsigned count = 0;

	if (!cJSON_IsArray(codes) || !codes->child)
		return;
	screen_put_bold(ctl->out, "\nRecovery codes");
	(void)fputs(": each is good once, in place of a code.\n\n", ctl->out);
	cJSON_ArrayForEach (code, codes) {
		(void)fputs(count % 2 ? "    " : "  ", ctl->out);
		screen_put(
		    ctl->out, cJSON_IsString(code) ? code->valuestring : "");
		(void)fputs(count++ % 2 ? "\n" : "", ctl->out);
	}
	(void)fputs(count % 2 ? "\n\n" : "\n", ctl->out);
	(void)fputs("Write them down now, on paper or in a password manager, "
		    "not on the phone: they\n"
		    "are never shown again. They let you in when the phone is "
		    "lost. New ones:\n"
		    "authboxctl 2fa recovery\n",
	    ctl->out);
}

/* ---- confirming ---- */

static int
print_confirmed(struct ctl *ctl, const cJSON *reply)
{
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fputs("Enrolled: ", ctl->out);
	screen_put_bold(ctl->out, ctl_text(reply, "device"));
	(void)fputs(". Its codes are asked for from now on.\n", ctl->out);
	enrol_print_recovery_codes(ctl, reply);
	return CTL_DONE;
}

static int
fail_unconfirmed(struct ctl *ctl, const char *why)
{
	return ctl_fail(ctl, CTL_REFUSED, "not_confirmed",
	    "%s Nothing was switched on. What was shown can be confirmed for "
	    "15 minutes, and is void then: authboxctl 2fa confirm",
	    why);
}

static int
confirm(struct ctl *ctl, cJSON *parameters, const struct secret *code)
{
	AUTO_JSON reply = NULL;
	int r;

	if (!enrol_put_code(parameters, "code", code))
		return ctl_fail_memory(ctl);
	r = ctl_try(ctl, "io.authbox.TwoFactor.Confirm", parameters, 0, &reply);
	if (r == CTL_REFUSED && ctl->error)
		return ctl_print_refusal(ctl);
	return r == CTL_DONE ? print_confirmed(ctl, reply) : r;
}

int
enrol_confirm_once(struct ctl *ctl, cJSON *parameters)
{
	AUTO(secret) code = NULL;
	int r;

	r = enrol_ask_code(ctl, "Code: ", &code);
	if (!code)
		return fail_unconfirmed(ctl, "No code was given.");
	return r == CTL_DONE ? confirm(ctl, parameters, code) : r;
}

/* What Confirm needs of what Request replied. NULL: no memory. */
static cJSON *
confirm_parameters(struct ctl *ctl, const cJSON *request)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	const char *user = ctl->arguments.operand;

	if (user && !cJSON_AddStringToObject(parameters, "user", user))
		return NULL;
	if (!cJSON_AddStringToObject(
		parameters, "device", ctl_text(request, "device")))
		return NULL;
	return TAKE(parameters);
}

static void
make_question(const cJSON *request, char ret_question[QUESTION_BYTES])
{
	const char *transport = ctl_text(request, "transport");

	if (*transport)
		(void)snprintf(ret_question, QUESTION_BYTES,
		    "Code that came by %s: ", transport);
	else
		(void)snprintf(
		    ret_question, QUESTION_BYTES, "Code from the app: ");
}

int
enrol_confirm(struct ctl *ctl, const cJSON *request)
{
	AUTO_JSON parameters = confirm_parameters(ctl, request);
	char question[QUESTION_BYTES];
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	make_question(request, question);
	for (unsigned i = 0; i < ENROL_TRIES; i++) {
		AUTO(secret) code = NULL;

		r = enrol_ask_code(ctl, question, &code);
		if (!code)
			return fail_unconfirmed(ctl, "No code was given.");
		r = confirm(ctl, parameters, code);
		if (r != CTL_REFUSED || !enrol_may_try_again(ctl))
			return r;
	}
	return fail_unconfirmed(ctl, "That were three wrong codes.");
}
