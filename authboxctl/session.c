/* authboxctl session: short tokens of authboxd's own, made from good ones. */
#include "authboxctl/command.h"

#include <sys/stat.h>
#include <unistd.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "authboxctl/token_input.h"
#include "base/text.h"

#define INTERFACE "io.authbox.Session."

/* Standard input is a terminal or /dev/null: no program gives a token there. An
 * empty pipe or file is a token that somebody failed to get. */
static bool
may_be_without_token(const struct ctl *ctl)
{
	struct stat st;

	return !ctl->arguments.values[OPTION_INTROSPECTOR] &&
	       fstat(ctl->in_fd, &st) == 0 && S_ISCHR(st.st_mode);
}

/* By the login that this runs in, if it is fresh; else by a token. */
static int
create(struct ctl *ctl, cJSON **ret_reply)
{
	AUTO_JSON parameters = NULL;
	int r;

	if (may_be_without_token(ctl)) {
		parameters = ctl_parameters(ctl);
		if (!parameters)
			return ctl_fail_memory(ctl);
		r = ctl_try(ctl, INTERFACE "Create", parameters, 0, ret_reply);
		if (r != CTL_REFUSED || !ctl->error)
			return r;
		if (!streq(ctl_refusal_word(ctl), "not_fresh") ||
		    !isatty(ctl->in_fd))
			return ctl_print_refusal(ctl);
		ctl_hang_up(ctl);
		cJSON_Delete(TAKE(parameters));
	}
	r = token_input_read(ctl, &parameters);
	return r == CTL_DONE
		   ? ctl_ask(ctl, INTERFACE "Create", parameters, 0, ret_reply)
		   : r;
}

static int
run_create(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	char when[SCREEN_TIME_BYTES];
	int r;

	r = create(ctl, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	/* Beside the token, so that only that goes into a file or pipe. */
	screen_time(ctl_int(reply, "expires", 0), when);
	(void)fprintf(ctl->err,
	    "Good until %s at every prompt for a token; to end it:\n"
	    "authboxctl session revoke ",
	    when);
	screen_put(ctl->err, ctl_text(reply, "id"));
	(void)putc('\n', ctl->err);
	screen_put(ctl->out, ctl_text(reply, "token"));
	(void)putc('\n', ctl->out);
	return CTL_DONE;
}

/* NULL: no memory. */
static cJSON *
whose_parameters(const struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);

	if (parameters && ctl->arguments.values[OPTION_EVERYBODY] &&
	    !cJSON_AddTrueToObject(parameters, "everybody"))
		return NULL;
	return TAKE(parameters);
}

static void
print_session(FILE *out, const cJSON *session)
{
	char when[SCREEN_TIME_BYTES];

	screen_time(ctl_int(session, "expires", 0), when);
	screen_put(out, ctl_text(session, "id"));
	(void)fprintf(out, "  until %s  ", when);
	screen_put(out, ctl_text(session, "user"));
	(void)fputs("  by ", out);
	screen_put(out, *ctl_text(session, "introspector")
			    ? ctl_text(session, "introspector")
			    : "a code");
	(void)putc('\n', out);
}

static int
run_list(struct ctl *ctl)
{
	AUTO_JSON parameters = whose_parameters(ctl);
	AUTO_JSON reply = NULL;
	const cJSON *sessions, *session;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "List", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	sessions = json_find(reply, "sessions");
	cJSON_ArrayForEach (session, sessions)
		print_session(ctl->out, session);
	if (!sessions || !sessions->child)
		(void)fputs("There are no sessions.\n", ctl->out);
	return CTL_DONE;
}

static int
revoke_one(struct ctl *ctl)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	AUTO_JSON reply = NULL;
	int r;

	if (!cJSON_AddStringToObject(parameters, "id", ctl->arguments.operand))
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "Revoke", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fputs("The session has ended.\n", ctl->out);
	return CTL_DONE;
}

static int
revoke_all(struct ctl *ctl)
{
	AUTO_JSON parameters = whose_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ctl_ask(
	    ctl, INTERFACE "RevokeAll", parameters, CTL_LONG_MS, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fprintf(ctl->out, "%lld sessions have ended.\n",
	    (long long)ctl_int(reply, "count", 0));
	return CTL_DONE;
}

static int
run_revoke(struct ctl *ctl)
{
	const char *const *values = ctl->arguments.values;
	bool one = ctl->arguments.operand, all = values[OPTION_ALL];

	if (one == all ||
	    (one && (values[OPTION_USER] || values[OPTION_EVERYBODY])))
		return ctl_fail(ctl, CTL_USAGE, "usage",
		    "Say which: the ID that session list shows, or --all, "
		    "with --user or --everybody for those of others.");
	return one ? revoke_one(ctl) : revoke_all(ctl);
}

const struct command session_commands[] = {
    {"create", NULL, false,
	OPTION_BIT(OPTION_INTROSPECTOR) | OPTION_BIT(OPTION_TTL),
	"exchange a token or a fresh login for a short token",
	"The token is read from standard input; the short one is printed. It "
	"ends with\nthe token at the latest, and after a day.\n\n"
	"Where standard input is a terminal or /dev/null, the login that this "
	"runs in is\nexchanged, if it was by token or by code just now; else a "
	"terminal is asked for\na token.\n",
	run_create},
    {"list", "USER", false, OPTION_BIT(OPTION_EVERYBODY),
	"list sessions that are still good", NULL, run_list},
    {"revoke", "ID", false,
	OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_USER) |
	    OPTION_BIT(OPTION_EVERYBODY),
	"end one session, or all of a user's",
	"Say which: the ID that session list shows, or --all for one's own, "
	"with --user\nor --everybody, as root, for those of others. With "
	"--all, "
	"a login of just now\nmakes none any more.\n",
	run_revoke},
    {0},
};
