#include "authboxctl/token_input.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"

#define TOKEN_BYTES_MAX	   16384
#define TERMINAL_BYTES_MAX 4095 /* what a terminal takes as one line */

static void
interrupt(int number)
{
	(void)number; /* read(2) ends, and the terminal is set right */
}

/* One line, or all there is. 0; -EINTR: Ctrl-C; < 0. */
static int
read_line(int fd, struct secret *line)
{
	size_t size = 0, size_max = line->size;
	ssize_t n = 1;

	while (n > 0 && size < size_max && !memchr(line->bytes, '\n', size)) {
		n = read(fd, line->bytes + size, size_max - size);
		if (n < 0)
			return -errno;
		size += (size_t)n;
	}
	line->bytes[size] = '\0';
	return 0;
}

/* The same from a terminal: asked for, and not shown. */
static int
ask_line(int fd, FILE *file, struct secret *line)
{
	struct sigaction action = {.sa_handler = interrupt}, before;
	struct termios shown, hidden;
	int r;

	if (tcgetattr(fd, &shown) < 0)
		return read_line(fd, line);
	(void)fputs("Access token: ", file);
	(void)fflush(file);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)sigaction(SIGINT, &action, &before); /* cannot fail */
	(void)tcsetattr(fd, TCSAFLUSH, &hidden);   /* else it is shown */
	r = read_line(fd, line);
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	(void)sigaction(SIGINT, &before, NULL);
	(void)putc('\n', file);
	if (r == 0 && strlen(line->bytes) >= TERMINAL_BYTES_MAX)
		return -EFBIG;
	return r;
}

/* Where the token begins; its end is cut off. */
static char *
trim(struct secret *line)
{
	char *start = line->bytes + strspn(line->bytes, " \t\r\n");

	start[strcspn(start, " \t\r\n")] = '\0';
	return start;
}

int
token_input_read(struct ctl *ctl, cJSON **ret_parameters)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO(secret) line = secret_new(TOKEN_BYTES_MAX + 2);
	char *token;
	int r;

	if (!parameters || !line)
		return ctl_fail_memory(ctl);
	r = ask_line(ctl->in_fd, ctl->err, line);
	token = trim(line);
	if (r == -EFBIG || strlen(token) > TOKEN_BYTES_MAX)
		return ctl_fail(ctl, CTL_REFUSED, "too_long",
		    "That is too long for a token, or for this terminal: put "
		    "it into a file, and the file on standard input.");
	if (r < 0 && r != -EINTR)
		return ctl_fail(ctl, CTL_REFUSED, "input",
		    "The token cannot be read: %s.", strerror(-r));
	if (r < 0 || !*token)
		return ctl_fail(ctl, CTL_REFUSED, "no_token",
		    "There is no token. It is read from standard input: "
		    "authboxctl %s %s < FILE",
		    ctl->arguments.noun->name, ctl->arguments.command->verb);
	if (!cJSON_AddStringToObject(parameters, "token", token))
		return ctl_fail_memory(ctl);
	*ret_parameters = TAKE(parameters);
	return CTL_DONE;
}
