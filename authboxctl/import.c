/*
 * authboxctl import: what other PAM modules left behind. Files are read here,
 * with the rights of whoever calls, and judged by authboxd; nothing of their
 * contents is printed.
 */
#include "authboxctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "base/secret.h"
#include "base/text.h"

#define INTERFACE      "io.authbox.Import."
#define FILE_BYTES_MAX (64 << 20)

/* ---- reading files ---- */

/* All of `fd`, at most `size_max` bytes (-EFBIG). */
static int
read_all(int fd, size_t size_max, struct secret **ret_text)
{
	AUTO(secret) text = secret_new(size_max);
	size_t size = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	do {
		n = read(fd, text->bytes + size, size_max - size);
		if (n < 0 && errno != EINTR)
			return -errno;
		size += n > 0 ? (size_t)n : 0;
	} while (n != 0 && size < size_max);
	if (n != 0)
		return -EFBIG;

	*ret_text = secret_copy(text->bytes, size);
	return *ret_text ? 0 : -ENOMEM;
}

/* Only regular files: a user's file that root reads may be anything. */
static int
open_file(const char *path, int *ret_fd, size_t *ret_size)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size >= FILE_BYTES_MAX)
		return -EFBIG;
	*ret_size = (size_t)st.st_size + 1; /* the end shows itself */
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* The operand's text; its refusal is printed. */
static int
read_operand(struct ctl *ctl, struct secret **ret_text)
{
	const char *path = ctl->arguments.operand;
	AUTO_FD fd = -1;
	size_t size = 0;
	int r;

	r = open_file(path, &fd, &size);
	if (r == 0)
		r = read_all(fd, size, ret_text);
	if (r < 0)
		return ctl_fail(ctl, CTL_REFUSED, "input",
		    "%s cannot be read: %s.", path, strerror(-r));
	if (!text_is_utf8((*ret_text)->bytes, (*ret_text)->size))
		return ctl_fail(ctl, CTL_REFUSED, "bad_text",
		    "%s is not a text file.", path);
	return CTL_DONE;
}

/* "FILE:LINE: what is wrong", as compilers say it. */
static void
print_place(struct ctl *ctl, unsigned line, const char *message)
{
	(void)fflush(ctl->out);
	screen_put(ctl->err, ctl->arguments.operand);
	(void)fprintf(ctl->err, ":%u: ", line);
	screen_put(ctl->err, message);
	(void)putc('\n', ctl->err);
}

/* ---- pam_google_authenticator ---- */

static int
print_refusal(struct ctl *ctl)
{
	unsigned line = (unsigned)ctl_int(ctl->refusal, "line", 0);
	char message[CTL_MESSAGE_BYTES];

	if (ctl->json || line == 0)
		return ctl_print_refusal(ctl);
	ctl_describe_refusal(ctl, message);
	print_place(ctl, line, message);
	return CTL_REFUSED;
}

static int
run_google_authenticator(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	AUTO(secret) text = NULL;
	int r;

	if (!ctl->arguments.values[OPTION_USER])
		return ctl_fail(ctl, CTL_USAGE, "usage",
		    "Say whose file it is: --user USER.");
	r = read_operand(ctl, &text);
	if (r != CTL_DONE)
		return r;
	if (!parameters ||
	    !cJSON_AddStringToObject(parameters, "text", text->bytes))
		return ctl_fail_memory(ctl);
	r = ctl_try(
	    ctl, INTERFACE "GoogleAuthenticator", parameters, 0, &reply);
	if (r == CTL_REFUSED && ctl->error)
		return print_refusal(ctl);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fprintf(ctl->out,
	    "%s: device %s and %d scratch codes are taken over.\n",
	    ctl->arguments.values[OPTION_USER], ctl_text(reply, "device"),
	    (int)ctl_int(reply, "scratchCodes", 0));
	return CTL_DONE;
}

/* ---- pam_oath ---- */

struct oath_import {
	struct ctl *ctl;
	unsigned line; /* from 1 */
	unsigned imported, failed;
	cJSON *done, *bad; /* arrays, for --json; lent */
};

static int
note_done(struct oath_import *import, cJSON *take_reply)
{
	AUTO_JSON reply = take_reply;
	FILE *out = import->ctl->out;

	if (!*ctl_text(reply, "user"))
		return CTL_DONE; /* a comment */
	import->imported++;
	if (import->ctl->json) {
		if (!cJSON_AddItemToArray(import->done, reply))
			return ctl_fail_memory(import->ctl);
		reply = NULL; /* the array has it */
		return CTL_DONE;
	}
	screen_put(out, ctl_text(reply, "user"));
	(void)fputs(": device ", out);
	screen_put(out, ctl_text(reply, "device"));
	(void)fputs(ctl_bool(reply, "hadPin")
			? " is taken over, without its PIN.\n"
			: " is taken over.\n",
	    out);
	return CTL_DONE;
}

/* CTL_REFUSED: no line can succeed. */
static int
note_refusal(struct oath_import *import)
{
	const char *word = ctl_refusal_word(import->ctl);
	char message[CTL_MESSAGE_BYTES];
	cJSON *entry;

	if (streq(word, "not_allowed") ||
	    ctl_was_refused(import->ctl, "Unavailable"))
		return ctl_print_refusal(import->ctl);

	import->failed++;
	ctl_describe_refusal(import->ctl, message);
	if (!import->ctl->json) {
		(void)fflush(import->ctl->out);
		(void)fprintf(import->ctl->err,
		    "%s:%u: ", import->ctl->arguments.operand, import->line);
		screen_put(import->ctl->err, message);
		(void)putc('\n', import->ctl->err);
		return CTL_DONE;
	}
	entry = cJSON_CreateObject();
	if (!cJSON_AddNumberToObject(entry, "line", import->line) ||
	    !cJSON_AddStringToObject(entry, "error", word) ||
	    !cJSON_AddStringToObject(entry, "message", message) ||
	    !cJSON_AddItemToArray(import->bad, entry)) {
		cJSON_Delete(entry);
		return ctl_fail_memory(import->ctl);
	}
	return CTL_DONE;
}

static int
import_line(struct oath_import *import, const char *line)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	cJSON *reply = NULL;
	int r;

	import->line++;
	if (!cJSON_AddStringToObject(parameters, "line", line))
		return ctl_fail_memory(import->ctl);
	r = ctl_try(import->ctl, INTERFACE "Oath", parameters, 0, &reply);
	if (r == CTL_REFUSED && import->ctl->error)
		return note_refusal(import);
	return r == CTL_DONE ? note_done(import, reply) : r;
}

/* Each line of the text, whose line ends become NUL. */
static int
import_lines(struct oath_import *import, struct secret *text)
{
	char *at = text->bytes, *end;
	int r;

	while (at < text->bytes + text->size) {
		end = strchrnul(at, '\n');
		*end = '\0';
		r = import_line(import, at);
		if (r != CTL_DONE)
			return r;
		at = end + 1;
	}
	return CTL_DONE;
}

static int
run_oath(struct ctl *ctl)
{
	AUTO_JSON result = cJSON_CreateObject();
	struct oath_import import = {.ctl = ctl};
	AUTO(secret) text = NULL;
	int r;

	import.done = cJSON_AddArrayToObject(result, "imported");
	import.bad = cJSON_AddArrayToObject(result, "failed");
	if (!import.done || !import.bad)
		return ctl_fail_memory(ctl);
	r = read_operand(ctl, &text);
	if (r == CTL_DONE)
		r = import_lines(&import, text);
	if (r != CTL_DONE)
		return r;

	if (ctl->json)
		r = ctl_print_json(ctl, result);
	else
		(void)fprintf(ctl->out, "%u taken over, %u not.\n",
		    import.imported, import.failed);
	return import.failed > 0 ? CTL_REFUSED : r;
}

const struct command import_commands[] = {
    {"google-authenticator", "FILE", true, OPTION_BIT(OPTION_USER),
	"a user's ~/.google_authenticator",
	"Secret, used codes and scratch codes come along, and the device is "
	"enabled at\nonce. The file stays; remove it when logins work.\n",
	run_google_authenticator},
    {"oath", "FILE", true, 0, "the usersfile of pam_oath",
	"One line of result for each user. PINs cannot be taken over.\n",
	run_oath},
    {0},
};
