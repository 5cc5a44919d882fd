#include "authboxctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "authboxctl/help.h"
#include "authboxctl/screen.h"
#include "base/text.h"

#define PREFIX	  "authboxctl: "
#define NAMESPACE "io.authbox."
#define SERVICE	  "org.varlink.service."

/* ---- members ---- */

const char *
ctl_text(const cJSON *object, const char *name)
{
	const char *text = "";

	(void)json_find_text(object, name, &text); /* else "" */
	return text;
}

int64_t
ctl_int(const cJSON *object, const char *name, int64_t otherwise)
{
	(void)json_find_int(object, name, &otherwise); /* else as it was */
	return otherwise;
}

bool
ctl_bool(const cJSON *object, const char *name)
{
	bool value = false;

	(void)json_find_bool(object, name, &value); /* else false */
	return value;
}

/* ---- printing ---- */

int
ctl_print_json(struct ctl *ctl, const cJSON *tree)
{
	AUTO(secret) text = tree ? json_print(tree) : NULL;

	if (!text)
		return ctl_fail_memory(ctl);
	(void)fprintf(ctl->out, "%s\n", text->bytes);
	return CTL_DONE;
}

static void
print_sentence(struct ctl *ctl, const char *text)
{
	(void)fflush(ctl->out);
	screen_put_red(ctl->err, PREFIX);
	screen_put_wrapped(ctl->err, text, sizeof(PREFIX) - 1);
	(void)putc('\n', ctl->err);
}

int
ctl_fail(struct ctl *ctl, int status, const char *word, const char *format, ...)
{
	char message[CTL_MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);

	if (ctl->json) {
		AUTO_JSON tree = cJSON_CreateObject();

		if (cJSON_AddStringToObject(tree, "error", word) &&
		    cJSON_AddStringToObject(tree, "message", message) &&
		    ctl_print_json(ctl, tree) == CTL_DONE)
			return status;
	}
	print_sentence(ctl, message);
	return status;
}

int
ctl_fail_memory(struct ctl *ctl)
{
	print_sentence(ctl, "There is no memory left; try again.");
	return CTL_REFUSED;
}

/* ---- refusals ---- */

bool
ctl_was_refused(const struct ctl *ctl, const char *error)
{
	return ctl->error && streq(ctl->error + sizeof(NAMESPACE) - 1, error);
}

/* What Varlink itself refuses: the daemon is another version, or a value was
 * not good. */
static const char *
service_word(const struct ctl *ctl)
{
	static const struct {
		const char *error, *word;
	} words[] = {
	    {SERVICE "InvalidParameter", "invalid_parameter"},
	    {SERVICE "MethodNotFound", "not_supported"},
	    {SERVICE "InterfaceNotFound", "not_supported"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (streq(ctl->error, words[i].error))
			return words[i].word;
	return ctl->error;
}

const char *
ctl_refusal_word(const struct ctl *ctl)
{
	const char *reason = ctl_text(ctl->refusal, "reason");

	return *reason ? reason : service_word(ctl);
}

/* The option that carries a parameter, or the parameter. */
static void
name_parameter(const char *parameter, char *ret_name, size_t ret_size)
{
	for (enum option o = 0; o < OPTION_COUNT; o++) {
		const struct option_info *info = option_get_info(o);

		if (streq_null(info->parameter, parameter)) {
			(void)snprintf(ret_name, ret_size, "--%s", info->name);
			return;
		}
	}
	(void)snprintf(ret_name, ret_size, "\"%s\"", parameter);
}

void
ctl_describe_refusal(const struct ctl *ctl, char ret_text[CTL_MESSAGE_BYTES])
{
	const char *message = ctl_text(ctl->refusal, "message");
	int64_t retry_unix_s = ctl_int(ctl->refusal, "retryAt", 0);
	char name[64], when[SCREEN_TIME_BYTES];
	int used;

	name_parameter(ctl_text(ctl->refusal, "parameter"), name, sizeof(name));
	if (streq(ctl->error, SERVICE "InvalidParameter"))
		used = snprintf(ret_text, CTL_MESSAGE_BYTES,
		    "authboxd does not accept this value of %s.%s%s", name,
		    *message ? " " : "", message);
	else if (*message)
		used = snprintf(ret_text, CTL_MESSAGE_BYTES, "%s", message);
	else if (streq(service_word(ctl), "not_supported"))
		used = snprintf(ret_text, CTL_MESSAGE_BYTES,
		    "The authboxd that runs does not know this command; "
		    "restart it, so that both have the same version.");
	else
		used = snprintf(ret_text, CTL_MESSAGE_BYTES,
		    "authboxd refused: %s %s; see its log.", ctl->error,
		    ctl_text(ctl->refusal, "reason"));

	if (retry_unix_s > 0 && used < CTL_MESSAGE_BYTES) {
		screen_time(retry_unix_s, when);
		(void)snprintf(ret_text + used,
		    CTL_MESSAGE_BYTES - (size_t)used, " Next try: %s.", when);
	}
}

/* {"error": reason, …}: the parameters, under the name that callers know. */
static int
print_refusal_json(struct ctl *ctl)
{
	AUTO_JSON tree = cJSON_CreateObject();
	cJSON *item = ctl->refusal->child;

	if (!cJSON_AddStringToObject(tree, "error", ctl_refusal_word(ctl)))
		return ctl_fail_memory(ctl);
	for (; item; item = item->next) {
		cJSON *copy =
		    streq(item->string, "reason") ? NULL : json_tree_copy(item);

		if (copy && !cJSON_AddItemToObject(tree, item->string, copy)) {
			cJSON_Delete(copy);
			return ctl_fail_memory(ctl);
		}
	}
	(void)ctl_print_json(ctl, tree);
	return CTL_REFUSED;
}

int
ctl_print_refusal(struct ctl *ctl)
{
	char text[CTL_MESSAGE_BYTES];
	const cJSON *line;

	if (ctl->json)
		return print_refusal_json(ctl);
	if (ctl_was_refused(ctl, "InvalidConfig")) {
		cJSON_ArrayForEach (line, json_find(ctl->refusal, "messages"))
			if (cJSON_IsString(line))
				print_sentence(ctl, line->valuestring);
		return CTL_REFUSED;
	}
	ctl_describe_refusal(ctl, text);
	print_sentence(ctl, text);
	return CTL_REFUSED;
}

/* ---- asking ---- */

static void
forget_refusal(struct ctl *ctl)
{
	free(TAKE(ctl->error));
	cJSON_Delete(TAKE(ctl->refusal));
}

void
ctl_hang_up(struct ctl *ctl)
{
	authbox_close(TAKE(ctl->authbox));
}

static int
fail_unreachable(struct ctl *ctl, int r)
{
	const char *socket = ctl->arguments.values[OPTION_SOCKET];

	ctl_hang_up(ctl);
	if (!socket)
		socket = getenv("AUTHBOX_SOCKET");
	if (!socket)
		socket = AUTHBOX_SOCKET;
	switch (r) {
	case -ENOENT:
	case -ECONNREFUSED:
		return ctl_fail(ctl, CTL_UNREACHABLE, "unreachable",
		    "authboxd does not run: nobody listens on %s. Root can "
		    "start it: systemctl start authboxd-api.socket; or say "
		    "where "
		    "it listens: --socket.",
		    socket);
	case -ENOMEM:
		return ctl_fail_memory(ctl);
	case -EMSGSIZE:
		return ctl_fail(ctl, CTL_REFUSED, "too_long",
		    "This is too long for one call to authboxd.");
	case -ETIMEDOUT:
		return ctl_fail(ctl, CTL_UNREACHABLE, "timeout",
		    "authboxd did not answer in time. Whether it did what it "
		    "was told is unknown; see its log.");
	case -ECONNRESET:
	case -EPIPE:
		return ctl_fail(ctl, CTL_UNREACHABLE, "unreachable",
		    "authboxd hung up without an answer. It may be stopping, "
		    "or you have too many connections open; try again.");
	default:
		return ctl_fail(ctl, CTL_UNREACHABLE, "unreachable",
		    "authboxd cannot be asked on %s: %s.", socket,
		    strerror(-r));
	}
}

/* Take what libauthbox returned apart; as ctl_try(), and AUTHBOX_CONTINUES. */
static int
read_reply(struct ctl *ctl, int result, const char *text, cJSON **ret_reply)
{
	AUTO_JSON reply = NULL;
	int r;

	if (result < 0)
		return fail_unreachable(ctl, result);
	r = json_parse(text, strlen(text), &reply, NULL);
	if (r == 0 && result == AUTHBOX_REFUSED) {
		ctl->error = strdup(authbox_error(ctl->authbox));
		ctl->refusal = TAKE(reply);
		return ctl->error ? CTL_REFUSED
				  : fail_unreachable(ctl, -ENOMEM);
	}
	if (r < 0)
		return fail_unreachable(ctl, r);
	*ret_reply = TAKE(reply);
	return result;
}

static int
connect_to_daemon(struct ctl *ctl)
{
	int r = ctl->authbox
		    ? 0
		    : authbox_connect(
			  ctl->arguments.values[OPTION_SOCKET], &ctl->authbox);

	forget_refusal(ctl);
	return r < 0 ? fail_unreachable(ctl, r) : CTL_DONE;
}

int
ctl_try(struct ctl *ctl, const char *method, const cJSON *parameters,
    int timeout_ms, cJSON **ret_reply)
{
	AUTO(secret) text = parameters ? json_print(parameters) : NULL;
	const char *reply = NULL;
	int r;

	if (parameters && !text)
		return ctl_fail_memory(ctl);
	r = connect_to_daemon(ctl);
	if (r != CTL_DONE)
		return r;
	r = authbox_call(ctl->authbox, method, text ? text->bytes : NULL,
	    timeout_ms, &reply);
	return read_reply(ctl, r, reply, ret_reply);
}

int
ctl_ask(struct ctl *ctl, const char *method, const cJSON *parameters,
    int timeout_ms, cJSON **ret_reply)
{
	int r = ctl_try(ctl, method, parameters, timeout_ms, ret_reply);

	/* CTL_REFUSED without an error was printed already. */
	return r == CTL_REFUSED && ctl->error ? ctl_print_refusal(ctl) : r;
}

int
ctl_ask_more(struct ctl *ctl, const char *method, int timeout_ms,
    int (*each)(void *context, const cJSON *reply), void *context)
{
	const char *text = NULL;
	int r, result;

	r = connect_to_daemon(ctl);
	if (r != CTL_DONE)
		return r;
	r = authbox_call_more(ctl->authbox, method, NULL, timeout_ms, &text);
	for (;;) {
		AUTO_JSON reply = NULL;

		result = read_reply(ctl, r, text, &reply);
		if (result == CTL_REFUSED && ctl->error)
			return ctl_print_refusal(ctl);
		if (!reply)
			return result;
		r = each(context, reply);
		if (r != CTL_DONE || result != AUTHBOX_CONTINUES)
			return r;
		r = authbox_next(ctl->authbox, timeout_ms, &text);
	}
}

cJSON *
ctl_parameters(const struct ctl *ctl)
{
	const struct arguments *a = &ctl->arguments;
	AUTO_JSON tree = cJSON_CreateObject();
	bool good = tree;

	for (enum option o = 0; good && o < OPTION_COUNT; o++) {
		const struct option_info *info = option_get_info(o);

		if (!a->values[o] || !info->parameter)
			continue;
		good = info->is_number
			   ? !!cJSON_AddNumberToObject(tree, info->parameter,
				 (double)strtol(a->values[o], NULL, 10))
			   : !!cJSON_AddStringToObject(
				 tree, info->parameter, a->values[o]);
	}
	if (good && a->operand && streq_null(a->command->operand, "USER"))
		good = cJSON_AddStringToObject(tree, "user", a->operand);
	return good ? TAKE(tree) : NULL;
}

/* ---- running ---- */

int
ctl_run(int argc, char *const argv[], int in_fd, FILE *out, FILE *err)
{
	struct ctl ctl = {.in_fd = in_fd, .out = out, .err = err};
	char why[ARGUMENTS_WHY_BYTES];
	int r;

	r = arguments_parse(argc, argv, &ctl.arguments, why);
	ctl.json = ctl.arguments.values[OPTION_JSON];
	if (r < 0)
		r = ctl_fail(&ctl, CTL_USAGE, "usage", "%s", why);
	else if (ctl.arguments.values[OPTION_VERSION])
		r = help_print_version(out);
	else if (ctl.arguments.values[OPTION_HELP])
		r = help_print(out, &ctl.arguments);
	else
		r = ctl.arguments.command->run(&ctl);

	ctl_hang_up(&ctl);
	forget_refusal(&ctl);
	/* What was not written was not done: a full disk, a closed pipe. */
	if (fflush(out) != 0 && r == CTL_DONE)
		r = ctl_fail(&ctl, CTL_REFUSED, "output",
		    "The output cannot be written: %s.", strerror(errno));
	return r;
}
