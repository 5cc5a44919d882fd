/*
 * A real authboxd in folders of its own, its API, and logins through the real
 * pam_authbox.so and libpam. For programs that run as root: they get a mount
 * namespace where /run is empty, so nothing of the machine is touched and
 * nothing stays. A failure ends the program and says where.
 */
#ifndef TESTS_HARNESS_REAL_DAEMON_H
#define TESTS_HARNESS_REAL_DAEMON_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "base/base32.h"
#include "base/json.h"
#include "factor/otp.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define REAL_FOLDER	 "/run/authbox"
#define REAL_PAM_SOCKET	 REAL_FOLDER "/run/pam.sock"
#define REAL_API_SOCKET	 REAL_FOLDER "/run/api.sock"
#define REAL_STATE	 REAL_FOLDER "/state"
#define REAL_KEY	 REAL_FOLDER "/state-key"
#define REAL_LOG	 REAL_FOLDER "/log"
#define REAL_CLOCK	 REAL_FOLDER "/clock"
#define REAL_CONFIG	 REAL_FOLDER "/etc/app.yaml"
#define REAL_PAM_SERVICE "authbox-test"
#define REAL_MS		 30000

#define real_check(condition)                                                  \
	((condition) ? (void)0 : real_fail(__FILE__, __LINE__, #condition))

__attribute__((noreturn)) static inline void
real_fail(const char *file, int line, const char *what)
{
	printf("# %s:%d: %s (%s)\n", file, line, what, strerror(errno));
	(void)fflush(stdout);
	(void)!system("tail -n 5 " REAL_LOG " | sed 's/^/# /'");
	_exit(1);
}

static inline int64_t
real_now_ms(void)
{
	return stream_now_ms();
}

static inline void
real_sleep_ms(int64_t ms)
{
	struct timespec pause = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		;
}

static inline void
real_write_file(const char *path, const char *text)
{
	char temporary[256];
	FILE *file;

	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	real_check((file = fopen(temporary, "we")) != NULL);
	real_check(fputs(text, file) >= 0 && fclose(file) == 0);
	real_check(rename(temporary, path) == 0);
}

/* The daemon's clock stands still at this second. */
static inline void
real_set_clock(int64_t unix_s)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "=%" PRId64 "\n", unix_s);
	real_write_file(REAL_CLOCK, text);
}

/* ---- the place ---- */

static inline void
real_make_pam_service(const char *options)
{
	char module[4096], relative[2048], text[9000];
	const char *build = getenv("BUILD");

	(void)snprintf(relative, sizeof(relative), "%s/pam_authbox.so",
	    build ? build : "build");
	real_check(realpath(relative, module) != NULL);
	(void)snprintf(text, sizeof(text),
	    "auth required %s totp socket=" REAL_PAM_SOCKET " %s\n"
	    "account required %s socket=" REAL_PAM_SOCKET "\n",
	    module, options, module);
	real_write_file(REAL_FOLDER "/pam.d/" REAL_PAM_SERVICE, text);
}

static inline void
real_make_place(const char *yaml)
{
	static const char *const folders[] = {
	    "", "/bin", "/etc", "/run", "/pam.d"};
	const char *build = getenv("BUILD");
	char text[4096];

	if (geteuid() != 0) {
		puts("Bail out! this needs root");
		exit(1);
	}
	real_check(unshare(CLONE_NEWNS) == 0);
	real_check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	real_check(mount("none", "/run", "tmpfs", 0, "mode=755") == 0);
	(void)umask(0022);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), REAL_FOLDER "%s", folders[i]);
		real_check(mkdir(text, 0755) == 0);
	}
	(void)snprintf(text, sizeof(text),
	    "cp %s/authboxd-settable-clock " REAL_FOLDER "/bin/authboxd && "
	    "cp %s/authbox-fetch %s/authbox-userdb " REAL_FOLDER "/bin/",
	    build ? build : "build", build ? build : "build",
	    build ? build : "build");
	real_check(system(text) == 0);
	real_write_file(REAL_CONFIG, yaml);
	real_check(setenv("AUTHBOX_CLOCK_FILE", REAL_CLOCK, 1) == 0);
	real_set_clock(1800000000);
	real_make_pam_service("tries=1");
}

/* ---- the daemon ---- */

struct real_daemon {
	pid_t pid; /* of --standalone, or of authboxd itself */
};

static inline void
real_run(bool standalone)
{
	int log = open(REAL_LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(log, STDOUT_FILENO);
	(void)dup2(log, STDERR_FILENO);
	(void)execl(REAL_FOLDER "/bin/authboxd", "authboxd", "--config-dir",
	    REAL_FOLDER "/etc", "--state-dir", REAL_STATE, "--runtime-dir",
	    REAL_FOLDER "/run", standalone ? "--standalone" : NULL, NULL);
	_exit(127);
}

static inline int
real_dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Call a method on an open connection; `parameters` is JSON with ' for ".
 * *ret_reply is to be done. 0, or < 0: nobody answers. */
static inline int
real_call_on(struct varlink_client *client, const char *method,
    const char *parameters, struct varlink_reply *ret_reply)
{
	char name[96], text[1024];
	AUTO_JSON object = NULL;

	(void)snprintf(name, sizeof(name), "io.authbox.%s", method);
	(void)snprintf(text, sizeof(text), "%s", parameters);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	object = cJSON_Parse(text);
	return varlink_client_call(
	    client, name, object, false, real_now_ms() + REAL_MS, ret_reply);
}

/* The same on a connection of its own. */
static inline int
real_call(
    const char *method, const char *parameters, struct varlink_reply *ret_reply)
{
	struct varlink_client client = {.fd = real_dial(REAL_API_SOCKET)};
	int r;

	*ret_reply = (struct varlink_reply){0};
	r = client.fd < 0
		? -errno
		: real_call_on(&client, method, parameters, ret_reply);
	varlink_client_done(&client);
	return r;
}

static inline bool
real_is_up(void)
{
	struct varlink_reply reply;
	bool up = real_call("Daemon.Status", "{}", &reply) == 0 && !reply.error;

	varlink_reply_done(&reply);
	return up;
}

static inline struct real_daemon
real_start(bool standalone)
{
	struct real_daemon daemon = {.pid = fork()};
	int64_t deadline_ms = real_now_ms() + REAL_MS;

	if (daemon.pid == 0)
		real_run(standalone);
	real_check(daemon.pid > 0);
	while (!real_is_up()) {
		real_check(real_now_ms() < deadline_ms);
		real_sleep_ms(10);
	}
	return daemon;
}

static inline void
real_stop(struct real_daemon *daemon)
{
	int status;

	real_check(kill(daemon->pid, SIGTERM) == 0);
	real_check(waitpid(daemon->pid, &status, 0) == daemon->pid);
	real_check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The authboxd that --standalone runs; 0: none right now. */
static inline pid_t
real_find_child(const struct real_daemon *daemon)
{
	char path[64], name[32];
	FILE *children, *comm;
	int pid, found = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)daemon->pid, (int)daemon->pid);
	children = fopen(path, "re");
	while (children && !found && fscanf(children, "%d", &pid) == 1) {
		(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		comm = fopen(path, "re");
		if (comm && fscanf(comm, "%31s", name) == 1 &&
		    strcmp(name, "authboxd") == 0)
			found = pid;
		if (comm)
			(void)fclose(comm);
	}
	if (children)
		(void)fclose(children);
	return found;
}

/* ---- people ---- */

struct real_device {
	const char *user;
	struct secret *key;
	bool is_hotp;
};

/* The code of a counter (HOTP) or of the step of a second. */
static inline void
real_code(const struct real_device *device, int64_t at,
    char ret_code[OTP_DIGITS_MAX + 1])
{
	uint64_t counter = device->is_hotp ? (uint64_t)at : otp_step(at, 30);

	real_check(otp_code(device->key, OTP_SHA1, 6, counter, ret_code) == 0);
}

/* Uses up counter 0, or the step of `now`. */
static inline struct real_device
real_enrol(const char *user, bool is_hotp, int64_t now_unix_s)
{
	struct real_device device = {.user = user, .is_hotp = is_hotp};
	char text[256], code[OTP_DIGITS_MAX + 1];
	struct varlink_reply reply;
	const char *secret;

	(void)snprintf(text, sizeof(text), "{'user': '%s', 'type': '%s'}", user,
	    is_hotp ? "hotp" : "totp");
	real_check(real_call("TwoFactor.Request", text, &reply) == 0);
	real_check(json_find_text(reply.parameters, "secret", &secret) == 1);
	real_check(base32_decode(secret, &device.key) == 0);
	varlink_reply_done(&reply);

	real_code(&device, is_hotp ? 0 : now_unix_s, code);
	(void)snprintf(
	    text, sizeof(text), "{'user': '%s', 'code': '%s'}", user, code);
	real_check(real_call("TwoFactor.Confirm", text, &reply) == 0);
	real_check(!reply.error);
	varlink_reply_done(&reply);
	return device;
}

static inline int
real_converse(int count, const struct pam_message **messages,
    struct pam_response **ret_response, void *context)
{
	struct pam_response *response;

	(void)count;
	if (messages[0]->msg_style != PAM_PROMPT_ECHO_OFF)
		return PAM_SUCCESS;
	response = calloc(1, sizeof(*response));
	real_check(response && (response->resp = strdup(context)));
	*ret_response = response;
	return PAM_SUCCESS;
}

/* Authentication and account, each code as libpam gives it. */
struct real_login {
	int auth, account; /* account: PAM_SUCCESS only when auth is */
};

static inline struct real_login
real_log_in(const char *user, char *code)
{
	const struct pam_conv conversation = {real_converse, code};
	struct real_login login = {PAM_SYSTEM_ERR, PAM_SYSTEM_ERR};
	pam_handle_t *pamh = NULL;

	if (pam_start_confdir(REAL_PAM_SERVICE, user, &conversation,
		REAL_FOLDER "/pam.d", &pamh) != PAM_SUCCESS)
		return login;
	login.auth = pam_authenticate(pamh, 0);
	if (login.auth == PAM_SUCCESS)
		login.account = pam_acct_mgmt(pamh, 0);
	real_check(pam_end(pamh, login.auth) == PAM_SUCCESS);
	return login;
}

/* pam_syslog() of modules in this program goes nowhere. */
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority;
	(void)flag;
	(void)format;
}

/* ---- what a process holds ---- */

static inline size_t
real_count_descriptors(pid_t pid)
{
	char command[64];
	FILE *output;
	unsigned count = 0;

	(void)snprintf(
	    command, sizeof(command), "ls /proc/%d/fd | wc -l", (int)pid);
	real_check((output = popen(command, "r")) != NULL);
	real_check(fscanf(output, "%u", &count) == 1);
	(void)pclose(output);
	return count;
}

/* How many it has at rest: no connection is just being closed, no file is
 * being read. */
static inline size_t
real_count_descriptors_at_rest(pid_t pid)
{
	size_t least = real_count_descriptors(pid), now;

	for (int same = 0; same < 20; same++) {
		real_sleep_ms(10);
		now = real_count_descriptors(pid);
		if (now < least)
			same = 0;
		least = now < least ? now : least;
	}
	return least;
}

/* Soon: the last connection may just be being closed. */
static inline bool
real_has_descriptors(pid_t pid, size_t expected)
{
	int64_t deadline_ms = real_now_ms() + REAL_MS;
	size_t now;

	while ((now = real_count_descriptors(pid)) != expected)
		if (real_now_ms() > deadline_ms) {
			printf("# it has %zu descriptors, and had %zu\n", now,
			    expected);
			return false;
		}
	return true;
}

static inline long
real_resident_kib(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	real_check((file = fopen(path, "re")) != NULL);
	while (kib < 0 && fgets(line, sizeof(line), file))
		(void)sscanf(line, "VmRSS: %ld", &kib);
	(void)fclose(file);
	return kib;
}

/* ---- TAP ---- */

/* The first to be written. Line by line: a child that ends would write again
 * what is still waiting. */
static inline void
real_plan(size_t count)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* or as it is */
	printf("1..%zu\n", count);
}

/* A daemon that is started again would hide it. */
static inline bool
real_log_is_clean(void)
{
	return system("! grep -A 20 -E 'Sanitizer|runtime error' " REAL_LOG
		      " | sed 's/^/# /' | grep .") == 0;
}

static inline int
real_report(unsigned *number, bool is_well, const char *name)
{
	printf("%sok %u - %s\n", is_well ? "" : "not ", ++*number, name);
	(void)fflush(stdout);
	return is_well;
}

#endif
