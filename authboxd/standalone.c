#include "standalone.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "options.h"
#include "wire/listener.h"
#include "wire/stream.h"

#define SOCKETS_MAX   2
#define ARGUMENTS_MAX 12
#define AGAIN_MS      500 /* at least, from one start of a program to the next */
#define PAUSE_MS      50  /* looking whether one is due */
#define END_S	      5	  /* for a program that was told to end */
#define FIRST_FD      3	  /* sd_listen_fds(3) */
#define PROGRAMS      3

#define USERDB_ACCOUNT "authbox-userdb"
#define LOGIN_LINK     "/run/systemd/userdb/io.authbox.FirstLogin"

struct program {
	const char *path;
	const char *account;
	const char *arguments[ARGUMENTS_MAX];
	int sockets[SOCKETS_MAX];
	size_t socket_count;
	const char *socket_names; /* LISTEN_FDNAMES */
	bool reloads;		  /* at SIGHUP */
	bool never_stops;	  /* others would wait for it: it is killed */
	pid_t pid;		  /* 0: not running */
	int64_t again_ms;	  /* monotonic: not to be started before */
};

/* ---- the child, between fork and exec ---- */

/* The sockets become FIRST_FD and following, as sd_listen_fds(3) expects. */
static int
child_pass_sockets(const struct program *program)
{
	char count[16], pid[16];
	int copies[SOCKETS_MAX];

	for (size_t i = 0; i < program->socket_count; i++) {
		/* Out of the way first: one may lie where another shall. */
		copies[i] = fcntl(program->sockets[i], F_DUPFD, 64);
		if (copies[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < program->socket_count; i++) {
		if (dup2(copies[i], FIRST_FD + (int)i) < 0)
			return -errno;
		(void)close(copies[i]); /* the duplicate serves */
	}
	(void)snprintf(count, sizeof(count), "%zu", program->socket_count);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (setenv("LISTEN_FDS", count, 1) < 0 ||
	    setenv("LISTEN_PID", pid, 1) < 0 ||
	    setenv("LISTEN_FDNAMES", program->socket_names, 1) < 0)
		return -errno;
	return 0;
}

static int
child_change_account(const struct program *program)
{
	const struct passwd *account;

	if (geteuid() != 0)
		return 0;
	account = getpwnam(program->account);
	if (!account)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(account->pw_gid) < 0 ||
	    setuid(account->pw_uid) < 0)
		return -errno;
	return 0;
}

__attribute__((noreturn)) static void
child_run(const struct program *program, pid_t parent)
{
	char *arguments[ARGUMENTS_MAX];
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	r = child_pass_sockets(program);
	/* As in authboxd.service. What is set already is the administrator's;
	 * without it malloc is slower. */
	(void)setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=64", 0);
	if (r == 0)
		r = child_change_account(program);
	/* Changing the account clears it. No orphan when the parent dies. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0); /* it died before that */
	if (r == 0) {
		memcpy(arguments, program->arguments, sizeof(arguments));
		(void)execv(program->path, arguments);
		r = -errno;
	}
	log_error("cannot start %s: %s", program->path, strerror(-r));
	_exit(127);
}

/* ---- the parent ---- */

static void
program_start(struct program *program)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		child_run(program, self);
	if (pid < 0)
		log_error(
		    "cannot start %s: %s", program->path, strerror(errno));
	program->pid = pid < 0 ? 0 : pid;
	program->again_ms = stream_now_ms() + AGAIN_MS;
}

static void
program_changed(struct program *program, int status)
{
	if (WIFSTOPPED(status)) {
		if (program->never_stops)
			(void)kill(program->pid, SIGKILL); /* may be gone */
		return;
	}
	log_error("%s ended (%s %d); it is started again", program->path,
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	program->pid = 0;
}

static void
programs_reap(struct program programs[], size_t count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
		for (size_t i = 0; i < count; i++)
			if (programs[i].pid == pid)
				program_changed(&programs[i], status);
}

static void
programs_signal(struct program programs[], size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (programs[i].pid > 0)
			(void)kill(programs[i].pid, number); /* may be gone */
}

static void
programs_reload(struct program programs[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (programs[i].reloads)
			programs_signal(&programs[i], 1, SIGHUP);
}

static void
programs_end(struct program programs[], size_t count, const sigset_t *signals)
{
	struct timespec second = {.tv_sec = 1};
	int status;

	programs_signal(programs, count, SIGTERM);
	for (int i = 0; i < END_S; i++) {
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
		if (waitpid(-1, &status, WNOHANG) < 0)
			return; /* ECHILD: all have ended */
		(void)sigtimedwait(signals, NULL, &second);
	}
	programs_signal(programs, count, SIGKILL);
}

/* Start those that are due. Returns whether all are running. */
static bool
programs_start(struct program programs[], size_t count)
{
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		if (!programs[i].pid && stream_now_ms() >= programs[i].again_ms)
			program_start(&programs[i]);
		all &= programs[i].pid > 0;
	}
	return all;
}

static void
programs_watch(struct program programs[], size_t count)
{
	const struct timespec second = {.tv_sec = 1};
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};
	sigset_t signals;
	bool all;
	int number;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);

	for (;;) {
		all = programs_start(programs, count);
		number = sigtimedwait(&signals, NULL, all ? &second : &pause);
		if (number == SIGTERM || number == SIGINT)
			break;
		if (number == SIGHUP)
			programs_reload(programs, count);
		programs_reap(programs, count);
	}
	programs_end(programs, count, &signals);
}

/* ---- setting out ---- */

static int
bind_socket(const struct options *options, const char *name, mode_t mode,
    struct program *program)
{
	AUTO_TEXT path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", options->runtime_dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = listener_bind(path, mode, &program->sockets[program->socket_count]);
	if (r < 0)
		log_error("cannot make %s: %s", path, strerror(-r));
	else
		program->socket_count++;
	return r;
}

/* A folder that `account` owns, where there is such an account. */
static int
make_folder(const char *path, mode_t mode, const char *account)
{
	const struct passwd *owner =
	    account && geteuid() == 0 ? getpwnam(account) : NULL;

	if (mkdir(path, mode) < 0 && errno != EEXIST) {
		log_error("cannot make %s: %s", path, strerror(errno));
		return -errno;
	}
	if (owner && chown(path, owner->pw_uid, owner->pw_gid) < 0)
		return -errno;
	return 0;
}

static int
find_self(char **ret_path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	*ret_path = strdup(self);
	return *ret_path ? 0 : -ENOMEM;
}

/* One program beside this one, built or installed. */
static int
find_program(const char *self, const char *name, char **ret_path)
{
	const char *slash = strrchr(self, '/');

	if (!slash)
		return -ENOENT;
	if (asprintf(ret_path, "%.*s/%s", (int)(slash - self), self, name) <
	    0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* A socket that authboxd alone may speak to is its account's. */
static int
give_socket(const struct options *options, const char *name)
{
	const struct passwd *owner =
	    geteuid() == 0 ? getpwnam("authbox") : NULL;
	AUTO_TEXT path = NULL;

	if (!owner)
		return 0;
	if (asprintf(&path, "%s/%s", options->runtime_dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return chown(path, owner->pw_uid, owner->pw_gid) < 0 ? -errno : 0;
}

/* ---- where users appear ---- */

/* What authbox-userdb is started with. */
struct places {
	char *config, *state, *folder, *dropins, *login_socket;
};

static void
places_free(struct places *places)
{
	free(places->config);
	free(places->state);
	free(places->folder);
	free(places->dropins);
	free(places->login_socket);
	free(places);
}
CLEANUP_DEFINE(places)

static int
print_path(char **ret_path, const char *folder, const char *rest)
{
	if (asprintf(ret_path, "%s%s", folder, rest) >= 0)
		return 0;
	*ret_path = NULL;
	return -ENOMEM;
}

/* Only root's daemon in its usual place makes users for the whole host. */
static bool
is_for_the_host(const struct options *options)
{
	return geteuid() == 0 && streq(options->runtime_dir, "/run/authbox");
}

static int
find_places(const struct options *options, struct places *places)
{
	bool host = is_for_the_host(options);
	int r;

	r = print_path(&places->config, options->config_dir, "/userdb.yaml");
	if (r == 0)
		r = print_path(&places->state, options->state_dir, "-userdb");
	if (r == 0)
		r = print_path(
		    &places->folder, options->runtime_dir, "-userdb");
	if (r == 0)
		r = print_path(&places->dropins,
		    host ? "/run/userdb" : places->folder,
		    host ? "" : "/records");
	if (r == 0)
		r = print_path(
		    &places->login_socket, places->folder, "/first-login.sock");
	return r;
}

/* nss-systemd reads the folder for every user on the host. Its files are their
 * owners' alone to change. */
static int
share_folder(const char *path)
{
	const struct passwd *owner = getpwnam(USERDB_ACCOUNT);

	if (chown(path, 0, owner ? owner->pw_gid : 0) < 0 ||
	    chmod(path, owner ? 01775 : 0755) < 0)
		return -errno;
	return 0;
}

/* nss-systemd asks whoever is linked from its folder. */
static int
link_login_socket(const struct places *places)
{
	int r;

	r = make_folder("/run/systemd", 0755, NULL);
	if (r == 0)
		r = make_folder("/run/systemd/userdb", 0755, NULL);
	if (r == 0 && symlink(places->login_socket, LOGIN_LINK) < 0 &&
	    errno != EEXIST)
		r = -errno;
	return r;
}

static int
make_places(const struct options *options, const struct places *places)
{
	bool host = is_for_the_host(options);
	int r;

	r = make_folder(places->state, 0700, USERDB_ACCOUNT);
	if (r == 0)
		r = make_folder(places->folder, 0755, USERDB_ACCOUNT);
	if (r == 0)
		r = make_folder(
		    places->dropins, 0755, host ? NULL : USERDB_ACCOUNT);
	if (r == 0 && host)
		r = share_folder(places->dropins);
	if (r == 0 && host)
		r = link_login_socket(places);
	return r;
}

/* ---- all of it ---- */

static int
set_out(const struct options *options, const struct places *places,
    struct program programs[PROGRAMS])
{
	int r;

	(void)umask(0022); /* everybody must be able to reach the sockets */
	r = make_folder(options->runtime_dir, 0755, NULL);
	if (r == 0)
		r = make_folder(options->state_dir, 0700, "authbox");
	if (r == 0)
		r = make_folder(options->key_dir, 0700, "authbox");
	if (r == 0)
		r = make_places(options, places);
	if (r == 0)
		r = bind_socket(options, "pam.sock", 0666, &programs[0]);
	if (r == 0)
		r = bind_socket(options, "api.sock", 0666, &programs[0]);
	if (r == 0)
		r = bind_socket(options, "fetch.sock", 0600, &programs[1]);
	if (r == 0)
		r = bind_socket(options, "userdb.sock", 0600, &programs[2]);
	if (r == 0)
		r = give_socket(options, "fetch.sock");
	if (r == 0)
		r = give_socket(options, "userdb.sock");
	return r;
}

int
standalone_run(const struct options *options)
{
	AUTO(places) places = calloc(1, sizeof(*places));
	AUTO_TEXT self = NULL;
	AUTO_TEXT fetch = NULL;
	AUTO_TEXT userdb = NULL;
	struct program programs[PROGRAMS] = {
	    {.account = "authbox", .socket_names = "pam:api", .reloads = true},
	    {.account = "authbox-fetch", .socket_names = "fetch"},
	    {.account = USERDB_ACCOUNT,
		.socket_names = "userdb",
		.reloads = true,
		.never_stops = true},
	};
	int r = places ? find_self(&self) : -ENOMEM;

	if (r == 0)
		r = find_program(self, "authbox-fetch", &fetch);
	if (r == 0)
		r = find_program(self, "authbox-userdb", &userdb);
	if (r == 0)
		r = find_places(options, places);
	if (r == 0)
		r = set_out(options, places, programs);
	if (r < 0)
		return r;

	programs[0].path = self;
	programs[1].path = fetch;
	programs[2].path = userdb;
	memcpy(programs[0].arguments,
	    (const char *[]){self, "--config-dir", options->config_dir,
		"--state-dir", options->state_dir, "--key-dir",
		options->key_dir, "--runtime-dir", options->runtime_dir, NULL},
	    10 * sizeof(char *));
	programs[1].arguments[0] = fetch;
	memcpy(programs[2].arguments,
	    (const char *[]){userdb, "--config", places->config, "--state-dir",
		places->state, "--dropin-dir", places->dropins,
		"--login-socket", places->login_socket, NULL},
	    10 * sizeof(char *));
	programs_watch(programs, PROGRAMS);
	return 0;
}
