#include "config/pam_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

#define LINES_MAX 512
#define BLANKS	  " \t\n"

static const char *const web_services[] = {
    "nginx", "apache2", "apache", "httpd", "lighttpd", NULL};
static const char *const web_users[] = {
    "www-data", "nginx", "apache", "http", "httpd", "wwwrun", NULL};

static bool
is_among(const char *const names[], const char *name)
{
	for (; *names; names++)
		if (streq(*names, name))
			return true;
	return false;
}

/* The next word of a line, which is cut there; NULL: none. A control in
 * brackets is one word. */
static char *
next_word(char **at)
{
	char *word = *at + strspn(*at, BLANKS);
	size_t size = word[0] == '[' ? strcspn(word, "]") : 0;

	size += strcspn(word + size, BLANKS);
	if (size == 0)
		return NULL;
	*at = word + size;
	if (**at != '\0')
		*(*at)++ = '\0';
	return word;
}

/* "auth CONTROL …/pam_authbox.so ARGUMENTS" without another factor. */
static bool
line_asks_for_codes(char *line)
{
	const char *type, *control, *module, *word;
	bool codes = true;

	line[strcspn(line, "#\n")] = '\0';
	type = next_word(&line);
	control = type ? next_word(&line) : NULL;
	module = control ? next_word(&line) : NULL;
	if (!module || !streq(type[0] == '-' ? type + 1 : type, "auth"))
		return false;
	word = strrchr(module, '/');
	if (!streq(word ? word + 1 : module, "pam_authbox.so"))
		return false;
	while ((word = next_word(&line)))
		if (streq(word, "token") || streq(word, "device"))
			codes = false;
	return codes;
}

/* The number of the line in the service's file that does; 0: none. */
static unsigned
find_codes(const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *file = NULL;
	char line[1024];
	struct stat st;
	unsigned found = 0;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		file = fdopen(fd, "r");
	if (!file)
		return 0;
	(void)TAKE_FD(fd);
	for (unsigned i = 1; i <= LINES_MAX && found == 0; i++) {
		if (!fgets(line, sizeof(line), file))
			break;
		if (line_asks_for_codes(line))
			found = i;
	}
	(void)fclose(file); /* it was only read */
	return found;
}

static void
note_service(struct report *report, const char *folder, const char *service)
{
	AUTO_TEXT path = NULL;
	unsigned line;

	if (asprintf(&path, "%s/%s", folder, service) < 0) {
		path = NULL;
		report->failure = -ENOMEM;
		return;
	}
	line = find_codes(path);
	if (line == 0)
		return;
	report->file = path;
	report_note(report, line, NULL,
	    "a web server asks PAM again at every request, and a one-time code "
	    "is good once, so this cannot work; say \"token\" behind "
	    "pam_authbox.so");
	report->file = folder;
}

static bool
is_web_server(const struct client *client)
{
	for (char *const *peer = client->peers; peer && *peer; peer++)
		if (is_among(web_users, *peer))
			return true;
	return false;
}

void
pam_stack_note_codes(
    struct report *report, const struct config *config, const char *folder)
{
	for (const char *const *name = web_services; *name; name++)
		note_service(report, folder, *name);
	for (size_t i = 0; i < config->client_count; i++) {
		char *const *name = config->clients[i].services;

		if (!is_web_server(&config->clients[i]))
			continue;
		for (; name && *name; name++)
			if (!is_among(web_services, *name))
				note_service(report, folder, *name);
	}
}
