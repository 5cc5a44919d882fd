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
#include "options.h"
#include "wire/listener.h"
#include "wire/stream.h"

#define SOCKETS_MAX   2
#define ARGUMENTS_MAX 12
#define AGAIN_MS      500 /* at least, from one start of a program to the next */
#define PAUSE_MS      50  /* looking whether one is due */
#define END_S	      5	  /* for a program that was told to end */
#define FIRST_FD      3	  /* sd_listen_fds(3) */

struct program {
	const char *path;
	const char *account;
	const char *arguments[ARGUMENTS_MAX];
	int sockets[SOCKETS_MAX];
	size_t socket_count;
	const char *socket_names; /* LISTEN_FDNAMES */
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
programs_reap(struct program programs[], size_t count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < count; i++) {
			if (programs[i].pid != pid)
				continue;
			log_error("%s ended (%s %d); it is started again",
			    programs[i].path,
			    WIFSIGNALED(status) ? "signal" : "status",
			    WIFSIGNALED(status) ? WTERMSIG(status)
						: WEXITSTATUS(status));
			programs[i].pid = 0;
		}
}

static void
programs_signal(struct program programs[], size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (programs[i].pid > 0)
			(void)kill(programs[i].pid, number); /* may be gone */
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
			programs_signal(programs, 1, SIGHUP);
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

/* authbox-fetch lies beside authboxd, built or installed. */
static int
find_programs(char **ret_daemon, char **ret_fetch)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	*ret_daemon = strdup(self);
	slash = strrchr(self, '/');
	if (!*ret_daemon || !slash)
		return -ENOMEM;
	*slash = '\0';
	if (asprintf(ret_fetch, "%s/authbox-fetch", self) < 0) {
		*ret_fetch = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* authbox-fetch answers authboxd alone: its socket is authboxd's account's. */
static int
give_fetch_socket(const struct options *options)
{
	const struct passwd *owner =
	    geteuid() == 0 ? getpwnam("authbox") : NULL;
	AUTO_TEXT path = NULL;

	if (!owner)
		return 0;
	if (asprintf(&path, "%s/fetch.sock", options->runtime_dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return chown(path, owner->pw_uid, owner->pw_gid) < 0 ? -errno : 0;
}

int
standalone_run(const struct options *options)
{
	AUTO_TEXT daemon_path = NULL;
	AUTO_TEXT fetch_path = NULL;
	struct program programs[2] = {
	    {.account = "authbox", .socket_names = "pam:api"},
	    {.account = "authbox-fetch", .socket_names = "fetch"},
	};
	int r;

	(void)umask(0022); /* everybody must be able to reach the sockets */
	r = find_programs(&daemon_path, &fetch_path);
	if (r == 0)
		r = make_folder(options->runtime_dir, 0755, NULL);
	if (r == 0)
		r = make_folder(options->state_dir, 0700, "authbox");
	if (r == 0)
		r = make_folder(options->key_dir, 0700, "authbox");
	if (r == 0)
		r = bind_socket(options, "pam.sock", 0666, &programs[0]);
	if (r == 0)
		r = bind_socket(options, "api.sock", 0666, &programs[0]);
	if (r == 0)
		r = bind_socket(options, "fetch.sock", 0600, &programs[1]);
	if (r == 0)
		r = give_fetch_socket(options);
	if (r < 0)
		return r;

	programs[0].path = daemon_path;
	programs[1].path = fetch_path;
	memcpy(programs[0].arguments,
	    (const char *[]){daemon_path, "--config-dir", options->config_dir,
		"--state-dir", options->state_dir, "--key-dir",
		options->key_dir, "--runtime-dir", options->runtime_dir, NULL},
	    10 * sizeof(char *));
	programs[1].arguments[0] = fetch_path;
	programs_watch(programs, 2);
	return 0;
}
