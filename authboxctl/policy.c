/* authboxctl policy: what the access policies would say. */
#include "authboxctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "base/secret.h"
#include "base/text.h"

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

/* Members of `object` by the words of a path, as far as they are names or
 * numbers and lead somewhere. */
static const cJSON *
find_place(const cJSON *object, const char *path)
{
	char copy[512], *rest = copy, *word;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	while (object && (word = strsep(&rest, ".")) && word[0] != '$') {
		char *end;
		long index = strtol(word, &end, 10);

		if (cJSON_IsArray(object) && *word && !*end && index >= 0)
			object = cJSON_GetArrayItem(object, (int)index);
		else
			object = json_find(object, word);
	}
	return object;
}

/* What stands in the request where a policy said no. The parts of a complex
 * policy ("and.1.") are no part of it. */
static void
print_place(FILE *out, const cJSON *request, const char *path)
{
	AUTO(secret) text = NULL;
	const char *inner;
	const cJSON *place;

	while ((inner = text_after(path, "and."))) {
		path = inner + strspn(inner, "0123456789");
		path += *path == '.';
	}
	/* The networks are a long list, and were not told. */
	if (!*path || streq(path, "or") || streq(path, "engine") ||
	    text_after(path, "network"))
		return;
	place = find_place(request, path);
	text = place ? json_print(place) : NULL;
	(void)fputs(" (there is ", out);
	screen_put(out, text ? text->bytes : "none");
	(void)putc(')', out);
}

static void
print_result(FILE *out, const cJSON *result, const cJSON *request)
{
	const char *path = ctl_text(result, "path");

	(void)fprintf(out, "%-12s ", ctl_text(result, "answer"));
	screen_put(out, ctl_text(result, "id"));
	if (*path) {
		(void)fputs(": ", out);
		screen_put(out, path);
		print_place(out, request, path);
	}
	(void)putc('\n', out);
}

static void
print_sample(FILE *out, const char *sample)
{
	(void)fputs("\nThe least that would allow it, in a file of its own in "
		    "/etc/authbox, say policies.yaml:\n\n",
	    out);
	for (; *sample;
	     sample += strcspn(sample, "\n"), sample += *sample != 0) {
		char line[512];

		(void)snprintf(line, sizeof(line), "%.*s",
		    (int)strcspn(sample, "\n"), sample);
		screen_put(out, line);
		(void)putc('\n', out);
	}
	(void)fputs(
	    "\nThen: authboxctl config check && authboxctl reload\n", out);
}

static void
print_verdict(FILE *out, const cJSON *reply)
{
	bool allowed = ctl_bool(reply, "allowed");
	const cJSON *result;

	cJSON_ArrayForEach (result, json_find(reply, "results"))
		print_result(out, result, json_find(reply, "request"));
	(void)fputs(allowed ? "Allowed: " : "Denied: ", out);
	screen_put(out, ctl_text(reply, "reason"));
	if (*ctl_text(reply, "policy")) {
		(void)fputs(", ", out);
		screen_put(out, ctl_text(reply, "policy"));
	}
	if (!allowed && *ctl_text(reply, "stage")) {
		(void)fputs(", in the stage ", out);
		screen_put(out, ctl_text(reply, "stage"));
	}
	(void)putc('\n', out);
	if (*ctl_text(reply, "sample"))
		print_sample(out, ctl_text(reply, "sample"));
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
	    OPTION_BIT(OPTION_CLAIMS) | OPTION_BIT(OPTION_RHOST) |
	    OPTION_BIT(OPTION_CLIENT),
	"say what each policy says about a login, without one (root)",
	"One line for each policy: what it says, where in the request it said "
	"no, and\nwhat is there. A login by token must be allowed in both of "
	"its "
	"stages.\n",
	run_test},
    {0},
};
