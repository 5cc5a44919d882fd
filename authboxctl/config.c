/* authboxctl config: what authboxd makes of the files in its folder. */
#include "authboxctl/command.h"

#include <string.h>

#include "authboxctl/ctl.h"
#include "authboxctl/host.h"
#include "authboxctl/screen.h"

#define INTERFACE "io.authbox.Daemon."

static unsigned
print_messages(FILE *file, const char *prefix, const cJSON *messages)
{
	const cJSON *message;
	unsigned count = 0;

	cJSON_ArrayForEach (message, messages) {
		(void)fputs(prefix, file);
		screen_put(
		    file, cJSON_IsString(message) ? message->valuestring : "");
		(void)putc('\n', file);
		count++;
	}
	return count;
}

static int
run_check(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	const cJSON *errors;
	int r;

	r = ctl_ask(ctl, INTERFACE "ConfigCheck", NULL, 0, &reply);
	if (r == CTL_UNREACHABLE && !ctl->json)
		(void)fputs("Without it: authboxd --check-config\n", ctl->err);
	if (r != CTL_DONE)
		return r;
	errors = json_find(reply, "errors");
	if (ctl->json) {
		r = ctl_print_json(ctl, reply);
		return r == CTL_DONE && errors && errors->child ? CTL_REFUSED
								: r;
	}
	(void)print_messages(ctl->out, "note: ", json_find(reply, "notes"));
	if (print_messages(ctl->out, "error: ", errors) > 0)
		return CTL_REFUSED;
	(void)fputs("The configuration is good. In force it comes by: "
		    "authboxctl reload\n",
	    ctl->out);
	return CTL_DONE;
}

/* The daemon's text is JSON itself, with --json. */
static int
print_explanation_json(struct ctl *ctl, const char *text)
{
	const char *kind = ctl->arguments.operand;
	AUTO_JSON tree = cJSON_CreateObject();
	AUTO_JSON fields = NULL;
	bool good;

	if (json_parse(text, strlen(text), &fields, NULL) < 0)
		return ctl_fail(ctl, CTL_REFUSED, "not_supported",
		    "authboxd explains this in words only; leave out --json.");
	good = !kind || cJSON_AddStringToObject(tree, "kind", kind);
	if (!good ||
	    !cJSON_AddItemToObject(tree, kind ? "fields" : "kinds", fields))
		return ctl_fail_memory(ctl);
	fields = NULL; /* the tree has it */
	return ctl_print_json(ctl, tree);
}

static int
run_explain(struct ctl *ctl)
{
	const char *kind = ctl->arguments.operand;
	AUTO_JSON parameters = cJSON_CreateObject();
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters ||
	    (kind && !cJSON_AddStringToObject(parameters, "kind", kind)) ||
	    (ctl->json && !cJSON_AddTrueToObject(parameters, "json")))
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "ConfigExplain", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return print_explanation_json(ctl, ctl_text(reply, "text"));
	screen_put(ctl->out, ctl_text(reply, "text"));
	return CTL_DONE;
}

const struct command config_commands[] = {
    {"check", NULL, false, 0,
	"say what is wrong in the files, without using them (root)",
	"Every error comes with its file and line. Without a running "
	"authboxd:\nauthboxd --check-config\n",
	run_check},
    {"explain", "KIND", false, 0,
	"list the fields of a kind of resource, or the kinds", NULL,
	run_explain},
    {"host", NULL, false, 0,
	"say what in sshd, PAM and NSS is in the way of logins (root)",
	"Reads /etc/pam.d, /etc/nsswitch.conf and what \"sshd -T\" prints, "
	"and\n"
	"changes nothing. Settings in Match blocks of sshd are not seen.\n",
	host_run},
    {0},
};
