/* authboxctl 2fa: enrolment of second factors. */
#include "authboxctl/command.h"

#include "authboxctl/ctl.h"
#include "authboxctl/enrol.h"
#include "authboxctl/screen.h"
#include "base/text.h"

#define INTERFACE "io.authbox.TwoFactor."

/* Codes by which somebody who is enrolled proves to be himself. */
#define QUESTION_OWN "Code of a device you have, or a recovery code: "

/* ---- calls that need a code ---- */

static int
fail_no_code(struct ctl *ctl)
{
	return ctl_fail(ctl, CTL_REFUSED, "no_code",
	    "No code was given; nothing was changed.");
}

/* Ask for a code and put it into the parameters as `name`. */
static int
add_code(
    struct ctl *ctl, cJSON *parameters, const char *name, const char *question)
{
	AUTO(secret) code = NULL;
	int r = enrol_ask_code(ctl, question, &code);

	if (r == CTL_REFUSED && !code)
		return fail_no_code(ctl);
	if (r != CTL_DONE)
		return r;
	return enrol_put_code(parameters, name, code) ? CTL_DONE
						      : ctl_fail_memory(ctl);
}

/* Call a method with a code, and again with another when it was wrong. */
static int
ask_with_code(
    struct ctl *ctl, const char *method, cJSON *parameters, cJSON **ret_reply)
{
	int r = CTL_REFUSED;

	for (unsigned i = 0; i < ENROL_TRIES; i++) {
		r = add_code(ctl, parameters, "code", QUESTION_OWN);
		if (r != CTL_DONE)
			return r;
		r = ctl_ask(ctl, method, parameters, 0, ret_reply);
		if (r != CTL_REFUSED || !enrol_may_try_again(ctl))
			return r;
	}
	return r;
}

/* Call a method that may want a code: the daemon knows, and says so. */
static int
ask_maybe_with_code(
    struct ctl *ctl, const char *method, cJSON *parameters, cJSON **ret_reply)
{
	int r;

	if (ctl->arguments.values[OPTION_CODE_STDIN])
		return ask_with_code(ctl, method, parameters, ret_reply);
	r = ctl_try(ctl, method, parameters, 0, ret_reply);
	if (r != CTL_REFUSED || !ctl->error)
		return r;
	r = ctl_print_refusal(ctl);
	return enrol_may_try_again(ctl)
		   ? ask_with_code(ctl, method, parameters, ret_reply)
		   : r;
}

/* ---- verbs ---- */

/* What programs get of a request: these three, whatever else there is. */
static int
print_request_json(struct ctl *ctl, const cJSON *request)
{
	const char *transport = ctl_text(request, "transport");
	AUTO_JSON tree = cJSON_CreateObject();
	bool good;

	good = cJSON_AddStringToObject(tree, "uri", ctl_text(request, "uri")) &&
	       cJSON_AddStringToObject(
		   tree, "secret", ctl_text(request, "secret"));
	good = good && (*transport ? cJSON_AddStringToObject(
					 tree, "transport", transport)
				   : cJSON_AddNullToObject(tree, "transport"));
	return good ? ctl_print_json(ctl, tree) : ctl_fail_memory(ctl);
}

static int
run_enrol(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (ctl->json)
		return ctl_fail(ctl, CTL_USAGE, "usage",
		    "\"2fa enrol\" talks to people. Programs use \"2fa "
		    "request\" and \"2fa confirm\".");
	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ask_maybe_with_code(ctl, INTERFACE "Request", parameters, &reply);
	if (r == CTL_DONE)
		r = enrol_show(ctl, reply);
	return r == CTL_DONE ? enrol_confirm(ctl, reply) : r;
}

static int
run_request(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ask_maybe_with_code(ctl, INTERFACE "Request", parameters, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return print_request_json(ctl, reply);
	r = enrol_show(ctl, reply);
	(void)fputs(
	    "Confirm it within 15 minutes: authboxctl 2fa confirm\n", ctl->out);
	return r;
}

static int
run_confirm(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);

	return parameters ? enrol_confirm_once(ctl, parameters)
			  : ctl_fail_memory(ctl);
}

static int
run_replace(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ask_with_code(ctl, INTERFACE "Replace", parameters, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return print_request_json(ctl, reply);
	r = enrol_show(ctl, reply);
	return r == CTL_DONE ? enrol_confirm(ctl, reply) : r;
}

static int
run_disable(struct ctl *ctl)
{
	const char *device = ctl->arguments.values[OPTION_DEVICE];
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ask_with_code(ctl, INTERFACE "Disable", parameters, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	if (device)
		(void)fprintf(ctl->out,
		    "Device %s is removed and its secret wiped.\n", device);
	else
		(void)fputs("Second factors are off: every device and recovery "
			    "code is removed.\n",
		    ctl->out);
	return CTL_DONE;
}

static int
run_recovery(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ask_maybe_with_code(ctl, INTERFACE "Recovery", parameters, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	enrol_print_recovery_codes(ctl, reply);
	return CTL_DONE;
}

static int
run_reset(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "Reset", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fprintf(ctl->out,
	    "%s has no second factor any more.\nDevices, recovery codes and "
	    "failed tries are forgotten.\n",
	    ctl->arguments.operand);
	return CTL_DONE;
}

static int
run_resync(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	AUTO(secret) first = NULL;
	AUTO(secret) next = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = enrol_ask_code(ctl,
	    "Code of the device (one whose codes are sent needs none: Enter): ",
	    &first);
	if (r != CTL_DONE)
		return r == CTL_REFUSED && !first ? fail_no_code(ctl) : r;
	if (first->size > 0) {
		if (!enrol_put_code(parameters, "code1", first))
			return ctl_fail_memory(ctl);
		(void)enrol_ask_code(ctl,
		    "The code after it (codes by time need none: Enter): ",
		    &next);
	}
	if (next && next->size > 0 &&
	    !enrol_put_code(parameters, "code2", next))
		return ctl_fail_memory(ctl);

	r = ctl_ask(ctl, INTERFACE "Resync", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fputs(
	    "The device is in step again. Its next code is good.\n", ctl->out);
	return CTL_DONE;
}

/* ---- status ---- */

static void
print_device(struct ctl *ctl, const cJSON *device)
{
	const char *transport = ctl_text(device, "transport");
	char since[SCREEN_TIME_BYTES], period[24] = "-";

	screen_time(ctl_int(device, "created", 0), since);
	if (streq(ctl_text(device, "type"), "totp"))
		(void)snprintf(period, sizeof(period), "%d",
		    (int)ctl_int(device, "period", 0));
	(void)fprintf(ctl->out, "  %-16s %-5s %-7s %6d %7s  %-13s %.16s",
	    ctl_text(device, "name"), ctl_text(device, "type"),
	    ctl_text(device, "algorithm"), (int)ctl_int(device, "digits", 0),
	    period, ctl_bool(device, "enabled") ? "on" : "not confirmed",
	    since);
	if (*transport)
		(void)fputs("  by ", ctl->out);
	screen_put(ctl->out, transport);
	(void)putc('\n', ctl->out);
}

static void
print_status(struct ctl *ctl, const cJSON *status)
{
	const cJSON *devices = json_find(status, "devices"), *device;
	int64_t retry_unix_s = ctl_int(status, "retryAt", 0);
	char when[SCREEN_TIME_BYTES];

	screen_put_bold(ctl->out, ctl_text(status, "user"));
	(void)fputs(
	    ctl_bool(status, "enabled")
		? " is enrolled.\n"
		: " is not enrolled. Begin with: authboxctl 2fa enrol\n",
	    ctl->out);
	if (devices && devices->child)
		(void)fputs("\n  Device           Type  Hash    Digits Seconds"
			    "  State         Since\n",
		    ctl->out);
	cJSON_ArrayForEach (device, devices)
		print_device(ctl, device);
	if (ctl_bool(status, "enabled"))
		(void)fprintf(ctl->out, "\nRecovery codes left: %d%s\n",
		    (int)ctl_int(status, "recoveryCodesLeft", 0),
		    ctl_int(status, "recoveryCodesLeft", 0) > 2
			? ""
			: ". New ones: authboxctl 2fa recovery");
	if (retry_unix_s > 0) {
		screen_time(retry_unix_s, when);
		(void)fprintf(ctl->out,
		    "Too many codes were wrong: none is looked at before %s.\n",
		    when);
	}
}

static int
run_status(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "Status", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	print_status(ctl, reply);
	return CTL_DONE;
}

/* ---- the table ---- */

#define CODE OPTION_BIT(OPTION_CODE_STDIN)
#define KIND                                                                   \
	(OPTION_BIT(OPTION_TYPE) | OPTION_BIT(OPTION_ALGORITHM) |              \
	    OPTION_BIT(OPTION_DIGITS) | OPTION_BIT(OPTION_PERIOD) |            \
	    OPTION_BIT(OPTION_TRANSPORT) | OPTION_BIT(OPTION_CONFIG) |         \
	    OPTION_BIT(OPTION_DEVICE) | OPTION_BIT(OPTION_QR))

const struct command two_factor_commands[] = {
    {"enrol", "USER", false, KIND,
	"enrol an app: QR code, confirming code, recovery codes",
	"Enrols yourself; root can name anybody. Nothing is switched on "
	"before a code\n"
	"was right. Ctrl-C leaves a request that is void after 15 minutes.\n",
	run_enrol},
    {"request", "USER", false, KIND | CODE,
	"the first step of enrol alone: make a secret and show it", NULL,
	run_request},
    {"confirm", "USER", false, CODE | OPTION_BIT(OPTION_DEVICE),
	"the second step: prove by a code that the device works",
	"The code is asked for, or read from standard input.\n", run_confirm},
    {"disable", "USER", false, CODE | OPTION_BIT(OPTION_DEVICE),
	"remove a device, or all of them, by a code",
	"Without --device every device and recovery code is removed.\n",
	run_disable},
    {"replace", "USER", false, KIND | CODE | OPTION_BIT(OPTION_NEW_DEVICE),
	"put a new phone in the place of a device",
	"By a code of the old device or a recovery code. The old device stays "
	"good until\nthe new one is confirmed. With --json only the request "
	"is made.\n",
	run_replace},
    {"status", "USER", false, 0, "list devices and recovery codes left", NULL,
	run_status},
    {"recovery", "USER", false, CODE, "make new recovery codes by a code",
	"The old ones are void then. Root need not give a code.\n",
	run_recovery},
    {"reset", "USER", true, 0,
	"forget a user's devices, codes and failures (root)",
	"For somebody who lost both phone and recovery codes.\n", run_reset},
    {"resync", "USER", false, CODE | OPTION_BIT(OPTION_DEVICE),
	"find a device again that ran ahead, by two codes in a row",
	"For hotp. For totp, after the host's clock was once far ahead: root "
	"only,\none code, and none for a device whose codes are sent.\n",
	run_resync},
    {0},
};
