/* authboxctl policy: what the access policies would say. */
#include "authboxctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "base/secret.h"

#define FILE_BYTES_MAX 16386 /* of a token or its claims */

/* All of a small file. -EFBIG. */
static int
read_file(const char *path, struct secret **ret_text)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	AUTO(secret) text = secret_new(FILE_BYTES_MAX + 1);
	size_t size = 0;
	ssize_t n = 1;

	if (!text)
		return -ENOMEM;
	if (fd < 0)
		return -errno;
	while (n > 0 && size <= FILE_BYTES_MAX) {
		n = read(fd, text->bytes + size, FILE_BYTES_MAX + 1 - size);
		if (n < 0)
			return -errno;
		size += (size_t)n;
	}
	if (size > FILE_BYTES_MAX)
		return -EFBIG;
	text->bytes[size] = '\0';
	*ret_text = TAKE(text);
	return 0;
}

static int
fail_file(struct ctl *ctl, const char *path, int r)
{
	return r == -ENOMEM ? ctl_fail_memory(ctl)
			    : ctl_fail(ctl, CTL_REFUSED, "input",
				  "%s cannot be read: %s.", path, strerror(-r));
}

static int
add_token(struct ctl *ctl, const char *path, cJSON *parameters)
{
	AUTO(secret) text = NULL;
	int r;

	r = read_file(path, &text);
	if (r < 0)
		return fail_file(ctl, path, r);
	text->bytes[strcspn(text->bytes, " \t\r\n")] = '\0';
	return cJSON_AddStringToObject(parameters, "token", text->bytes)
		   ? CTL_DONE
		   : ctl_fail_memory(ctl);
}

static int
add_claims(struct ctl *ctl, const char *path, cJSON *parameters)
{
	AUTO(secret) text = NULL;
	AUTO_JSON claims = NULL;
	int r;

	r = read_file(path, &text);
	if (r < 0)
		return fail_file(ctl, path, r);
	if (json_parse(text->bytes, strlen(text->bytes), &claims, NULL) < 0 ||
	    !cJSON_IsObject(claims))
		return ctl_fail(ctl, CTL_REFUSED, "bad_text",
		    "%s is not one JSON object: {\"iss\": ..., \"sub\": ...}.",
		    path);
	if (!cJSON_AddItemToObject(parameters, "claims", claims))
		return ctl_fail_memory(ctl);
	claims = NULL; /* the parameters have it */
	return CTL_DONE;
}

static void
print_result(FILE *out, const cJSON *result)
{
	(void)fprintf(out, "%-12s ", ctl_text(result, "answer"));
	screen_put(out, ctl_text(result, "id"));
	if (*ctl_text(result, "path")) {
		(void)fputs(": ", out);
		screen_put(out, ctl_text(result, "path"));
	}
	(void)putc('\n', out);
}

static void
print_verdict(FILE *out, const cJSON *reply)
{
	const cJSON *result;

	cJSON_ArrayForEach (result, json_find(reply, "results"))
		print_result(out, result);
	(void)fputs(ctl_bool(reply, "allowed") ? "Allowed: " : "Denied: ", out);
	screen_put(out, ctl_text(reply, "reason"));
	if (*ctl_text(reply, "policy")) {
		(void)fputs(", ", out);
		screen_put(out, ctl_text(reply, "policy"));
	}
	(void)putc('\n', out);
}

static int
run_test(struct ctl *ctl)
{
	const char *const *values = ctl->arguments.values;
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	int r = CTL_DONE;

	if (!values[OPTION_USER] || !values[OPTION_SERVICE])
		return ctl_fail(ctl, CTL_USAGE, "usage",
		    "Say who and what: --user USER --service SERVICE.");
	if (!parameters)
		return ctl_fail_memory(ctl);
	if (values[OPTION_TOKEN_FILE])
		r = add_token(ctl, values[OPTION_TOKEN_FILE], parameters);
	if (r == CTL_DONE && values[OPTION_CLAIMS])
		r = add_claims(ctl, values[OPTION_CLAIMS], parameters);
	if (r == CTL_DONE)
		r = ctl_ask(
		    ctl, "io.authbox.Policy.Test", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		r = ctl_print_json(ctl, reply);
	else
		print_verdict(ctl->out, reply);
	return r == CTL_DONE && !ctl_bool(reply, "allowed") ? CTL_REFUSED : r;
}

const struct command policy_commands[] = {
    {"test", NULL, false,
	OPTION_BIT(OPTION_USER) | OPTION_BIT(OPTION_SERVICE) |
	    OPTION_BIT(OPTION_STAGE) | OPTION_BIT(OPTION_TOKEN_FILE) |
	    OPTION_BIT(OPTION_CLAIMS),
	"say what each policy says about a login, without one (root)",
	"One line for each policy: what it says, and where in the request it "
	"said no.\n",
	run_test},
    {0},
};
