#include "config/pam_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

#define LINES_MAX 512
#define BLANKS	  " \t\n"

enum factor_asked { ASKS_NOTHING, ASKS_CODES, ASKS_DEVICE };

/* Programs that have one field for a password, and keep what was typed there.
 */
static const struct server {
	const char *services[8];
	const char *users[8];
	const char *about_codes; /* NULL: they work */
	const char *about_device;
} servers[] = {
    {{"nginx", "apache2", "apache", "httpd", "lighttpd"},
	{"www-data", "nginx", "apache", "http", "httpd", "wwwrun"},
	"a web server asks PAM again at every request, and a one-time code "
	"is good once, so this cannot work; say \"token\" behind "
	"pam_authbox.so",
	"a web server cannot show where to go with the browser, so this "
	"cannot work; say \"token\" behind pam_authbox.so"},
    {{"dovecot", "imap", "pop3", "smtp", "exim", "exim4"},
	{"dovecot", "Debian-exim", "exim", "postfix"},
	"a mail program logs in again with the same password for each "
	"connection, and a one-time code is good once, so this works for one "
	"of them; say \"token\" behind pam_authbox.so",
	"a mail server cannot show where to go with the browser, so this "
	"cannot work; say \"token\" behind pam_authbox.so"},
    {{"postgresql", "mysql", "mariadb"}, {"postgres", "mysql"}, NULL,
	"a database server cannot show where to go with the browser, so this "
	"cannot work; say \"token\" behind pam_authbox.so"},
};
#define SERVERS (sizeof(servers) / sizeof(servers[0]))

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

/* What "auth CONTROL …/pam_authbox.so ARGUMENTS" asks a person. */
static enum factor_asked
read_line(char *line)
{
	const char *type, *control, *module, *word;
	enum factor_asked asked = ASKS_CODES;

	line[strcspn(line, "#\n")] = '\0';
	type = next_word(&line);
	control = type ? next_word(&line) : NULL;
	module = control ? next_word(&line) : NULL;
	if (!module || !streq(type[0] == '-' ? type + 1 : type, "auth"))
		return ASKS_NOTHING;
	word = strrchr(module, '/');
	if (!streq(word ? word + 1 : module, "pam_authbox.so"))
		return ASKS_NOTHING;
	while ((word = next_word(&line)))
		if (streq(word, "token"))
			asked = ASKS_NOTHING; /* there is nothing to note */
		else if (streq(word, "device"))
			asked = ASKS_DEVICE;
	return asked;
}

static const char *
note_of(const struct server *server, enum factor_asked asked)
{
	if (asked == ASKS_CODES)
		return server->about_codes;
	return asked == ASKS_DEVICE ? server->about_device : NULL;
}

/* The number of the first line in the service's file that deserves a note, and
 * the note; 0: none. */
static unsigned
find_note(const char *path, const struct server *server, const char **ret_note)
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
		*ret_note = note_of(server, read_line(line));
		if (*ret_note)
			found = i;
	}
	(void)fclose(file); /* it was only read */
	return found;
}

static void
note_service(struct report *report, const char *folder, const char *service,
    const struct server *server)
{
	AUTO_TEXT path = NULL;
	const char *note;
	unsigned line;

	if (asprintf(&path, "%s/%s", folder, service) < 0) {
		path = NULL;
		report->failure = -ENOMEM;
		return;
	}
	line = find_note(path, server, &note);
	if (line == 0)
		return;
	report->file = path;
	report_note(report, line, NULL, "%s", note);
	report->file = folder;
}

static bool
is_of(const struct client *client, const struct server *server)
{
	for (char *const *peer = client->peers; peer && *peer; peer++)
		if (is_among(server->users, *peer))
			return true;
	return false;
}

static bool
is_known(const char *service)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (is_among(servers[i].services, service))
			return true;
	return false;
}

/* What a Client of such a server asks for under names of its own. */
static void
note_client(struct report *report, const struct client *client,
    const char *folder, const struct server *server)
{
	char *const *name = client->services;

	if (!is_of(client, server))
		return;
	for (; name && *name; name++)
		if (!is_known(*name))
			note_service(report, folder, *name, server);
}

void
pam_stack_note_factors(
    struct report *report, const struct config *config, const char *folder)
{
	for (size_t i = 0; i < SERVERS; i++) {
		const char *const *name = servers[i].services;

		for (; *name; name++)
			note_service(report, folder, *name, &servers[i]);
		for (size_t j = 0; j < config->client_count; j++)
			note_client(
			    report, &config->clients[j], folder, &servers[i]);
	}
}
