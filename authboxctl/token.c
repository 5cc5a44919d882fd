/* authboxctl token: what authboxd makes of an access token. */
#include "authboxctl/command.h"

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "authboxctl/token_input.h"

static void
put_line(FILE *out, const char *name, const char *text)
{
	if (!*text)
		return;
	(void)fprintf(out, "%-13s", name);
	screen_put(out, text);
	(void)putc('\n', out);
}

static void
put_roles(FILE *out, const cJSON *reply)
{
	const cJSON *role;

	cJSON_ArrayForEach (role, json_find(reply, "role"))
		put_line(
		    out, "role", cJSON_IsString(role) ? role->valuestring : "");
}

static void
put_claims(FILE *out, const cJSON *claims)
{
	AUTO(secret) text = claims ? json_print(claims) : NULL;

	put_line(out, "claims", text ? text->bytes : "");
}

static void
print_token(FILE *out, const cJSON *reply)
{
	int64_t expires_unix_s = ctl_int(reply, "expires", 0);
	const cJSON *jwt = json_find(reply, "jwt");
	char when[SCREEN_TIME_BYTES];

	put_line(out, "active", ctl_bool(reply, "active") ? "yes" : "no");
	put_line(out, "reason", ctl_text(reply, "reason"));
	put_line(out, "user", ctl_text(reply, "user"));
	put_roles(out, reply);
	put_line(out, "introspector", ctl_text(reply, "introspector"));
	put_line(out, "client", ctl_text(reply, "client"));
	if (expires_unix_s > 0) {
		screen_time(expires_unix_s, when);
		put_line(out, "expires", when);
	}
	put_claims(out, jwt ? jwt : json_find(reply, "token"));
}

static int
run_introspect(struct ctl *ctl)
{
	AUTO_JSON parameters = NULL;
	AUTO_JSON reply = NULL;
	int r;

	r = token_input_read(ctl, &parameters);
	if (r == CTL_DONE)
		r = ctl_ask(
		    ctl, "io.authbox.Token.Introspect", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		r = ctl_print_json(ctl, reply);
	else
		print_token(ctl->out, reply);
	return r == CTL_DONE && !ctl_bool(reply, "active") ? CTL_REFUSED : r;
}

static void
print_authorization(FILE *out, const cJSON *reply)
{
	int64_t expires_unix_s = ctl_int(reply, "expires", 0);
	char when[SCREEN_TIME_BYTES];

	put_line(out, "allowed", "yes");
	put_line(out, "user", ctl_text(reply, "user"));
	put_line(out, "policy", ctl_text(reply, "policy"));
	put_line(out, "client", ctl_text(reply, "client"));
	if (expires_unix_s > 0) {
		screen_time(expires_unix_s, when);
		put_line(out, "expires", when);
	}
	put_line(out, "reference", ctl_text(reply, "reference"));
}

static int
run_authorize(struct ctl *ctl)
{
	AUTO_JSON parameters = NULL;
	AUTO_JSON reply = NULL;
	int r;

	if (!ctl->arguments.values[OPTION_SERVICE])
		return ctl_fail(ctl, CTL_USAGE, "usage",
		    "Say for what: --service SERVICE.");
	r = token_input_read(ctl, &parameters);
	if (r == CTL_DONE)
		r = ctl_ask(
		    ctl, "io.authbox.Token.Authorize", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	print_authorization(ctl->out, reply);
	return CTL_DONE;
}

const struct command token_commands[] = {
    {"introspect", NULL, false, OPTION_BIT(OPTION_INTROSPECTOR),
	"say whether a token is good, and whose it is",
	"The token is read from standard input. Policies are not asked.\n",
	run_introspect},
    {"authorize", NULL, false,
	OPTION_BIT(OPTION_SERVICE) | OPTION_BIT(OPTION_USER) |
	    OPTION_BIT(OPTION_RHOST) | OPTION_BIT(OPTION_INTROSPECTOR),
	"say whether a token opens a service",
	"The token is read from standard input. The policies are asked as at a "
	"login; for\none's own token, or by a Client's program, or as root.\n",
	run_authorize},
    {0},
};
