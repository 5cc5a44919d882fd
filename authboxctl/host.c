#include "authboxctl/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "authboxctl/ctl.h"
#include "authboxctl/host_check.h"
#include "authboxctl/screen.h"
#include "base/cleanup.h"
#include "base/text.h"

#define PAM_FOLDER    "/etc/pam.d"
#define PROVISIONING  "/etc/authbox/userdb.yaml"
#define NSSWITCH      "/etc/nsswitch.conf"
#define SSHD	      "/usr/sbin/sshd"
#define TEXT_BYTES    65536
#define SERVICES_MAX  32
#define SERVICE_BYTES 64

/* All that is found out; large. */
struct host {
	char services[SERVICES_MAX][SERVICE_BYTES]; /* that ask us */
	size_t service_count;
	struct pam_lines lines; /* of the service that is looked at */
	struct host_findings findings;
	char text[TEXT_BYTES];
};

static void
add(struct host *host, bool is_error, const char *text)
{
	struct host_findings *findings = &host->findings;
	struct host_finding *finding = &findings->all[findings->count];

	if (findings->count == HOST_FINDINGS_MAX)
		return;
	(void)snprintf(
	    finding->text, sizeof(finding->text), "%s", text); /* may cut */
	finding->is_error = is_error;
	findings->count++;
}

/* ---- PAM ---- */

static bool
asks_us(const struct pam_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		if (pam_line_is_ours(&lines->lines[i]))
			return true;
	return false;
}

static void
check_service(struct host *host, const char *service)
{
	if (pam_lines_read(PAM_FOLDER, service, &host->lines) == 0 ||
	    !asks_us(&host->lines))
		return;
	host_check_stack(service, &host->lines, &host->findings);
	if (host->service_count < SERVICES_MAX &&
	    strlen(service) < SERVICE_BYTES)
		(void)stpcpy(host->services[host->service_count++], service);
}

static int
is_service(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
check_services(struct host *host)
{
	struct dirent **entries = NULL;
	int count = scandir(PAM_FOLDER, &entries, is_service, alphasort);

	for (int i = 0; i < count; i++) {
		check_service(host, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (host->service_count == 0)
		add(host, false,
		    "no stack in " PAM_FOLDER
		    " asks authboxd yet; dist/pam has ready lines");
}

/* ---- sshd ---- */

/* What comes out of a pipe, to its end; what has no room is lost. */
static void
drain(int fd, char ret_text[TEXT_BYTES])
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, ret_text + used, TEXT_BYTES - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while ((n > 0 && used < TEXT_BYTES - 1) || (n < 0 && errno == EINTR));
	ret_text[used] = '\0';
}

/* "sshd -T" prints its settings in force, all files read. */
static bool
ask_sshd(char ret_text[TEXT_BYTES])
{
	/* It wants its whole path there. */
	char name[] = SSHD, option[] = "-T";
	char *argv[] = {name, option, NULL}, *none[] = {NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = 1;
	pid_t pid;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	r = posix_spawn(&pid, SSHD, &actions, NULL, argv, none);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (r == 0) {
		drain(ends[0], ret_text);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(ends[0]);
	return r == 0 && status == 0;
}

/* What it ended with; the text is cut. */
static const char *
last_line(char *text)
{
	size_t size = strlen(text);
	char *line;

	while (size > 0 && strchr("\r\n", text[size - 1]))
		text[--size] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void
check_sshd(struct host *host)
{
	char why[HOST_FINDING_BYTES_MAX];

	if (pam_lines_read(PAM_FOLDER, "sshd", &host->lines) == 0 ||
	    !asks_us(&host->lines) || access(SSHD, X_OK) < 0)
		return;
	if (ask_sshd(host->text)) {
		host_check_sshd(host->text, &host->lines, &host->findings);
		return;
	}
	if (geteuid() != 0) {
		add(host, false, "sshd: root alone can read its settings");
		return;
	}
	(void)snprintf(why, sizeof(why), "sshd does not take its settings: %s",
	    last_line(host->text)); /* may cut */
	add(host, true, why);
}

/* ---- NSS ---- */

static bool
has_library(void)
{
	glob_t found;
	bool has = glob("/usr/lib/*/libnss_systemd.so.2", 0, NULL, &found) == 0;

	globfree(&found);
	return has || access("/usr/lib/libnss_systemd.so.2", F_OK) == 0 ||
	       access("/usr/lib64/libnss_systemd.so.2", F_OK) == 0;
}

/* Only where users are created. */
static void
check_nss(struct host *host)
{
	AUTO_FD fd = -1;

	if (access(PROVISIONING, F_OK) < 0 && errno == ENOENT)
		return;
	fd = open(NSSWITCH, O_RDONLY | O_CLOEXEC);
	host->text[0] = '\0';
	if (fd >= 0)
		drain(fd, host->text);
	host_check_nss(host->text, has_library(), &host->findings);
}

/* ---- printing ---- */

static int
print_json(struct ctl *ctl, const struct host *host)
{
	AUTO_JSON tree = cJSON_CreateObject();
	cJSON *services = cJSON_AddArrayToObject(tree, "services");
	cJSON *errors = cJSON_AddArrayToObject(tree, "errors");
	cJSON *notes = cJSON_AddArrayToObject(tree, "notes");

	for (size_t i = 0; i < host->service_count; i++)
		if (!cJSON_AddItemToArray(
			services, cJSON_CreateString(host->services[i])))
			return ctl_fail_memory(ctl);
	for (size_t i = 0; i < host->findings.count; i++) {
		const struct host_finding *finding = &host->findings.all[i];

		if (!cJSON_AddItemToArray(finding->is_error ? errors : notes,
			cJSON_CreateString(finding->text)))
			return ctl_fail_memory(ctl);
	}
	return ctl_print_json(ctl, tree);
}

static void
print(struct ctl *ctl, const struct host *host)
{
	if (host->service_count > 0) {
		(void)fputs("These ask authboxd:", ctl->out);
		for (size_t i = 0; i < host->service_count; i++) {
			(void)putc(' ', ctl->out);
			screen_put(ctl->out, host->services[i]);
		}
		(void)putc('\n', ctl->out);
	}
	for (size_t i = 0; i < host->findings.count; i++) {
		const struct host_finding *finding = &host->findings.all[i];

		(void)fputs(finding->is_error ? "error: " : "note: ", ctl->out);
		screen_put(ctl->out, finding->text);
		(void)putc('\n', ctl->out);
	}
	if (host->findings.count == 0)
		(void)fputs("Nothing stands in the way.\n", ctl->out);
}

int
host_run(struct ctl *ctl)
{
	struct host *host = calloc(1, sizeof(*host));
	bool is_bad = false;
	int r = CTL_DONE;

	if (!host)
		return ctl_fail_memory(ctl);
	check_services(host);
	check_sshd(host);
	check_nss(host);
	for (size_t i = 0; i < host->findings.count; i++)
		is_bad = is_bad || host->findings.all[i].is_error;
	if (ctl->json)
		r = print_json(ctl, host);
	else
		print(ctl, host);
	free(host);
	return r == CTL_DONE && is_bad ? CTL_REFUSED : r;
}
