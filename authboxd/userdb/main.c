/*
 * authbox-userdb: makes Unix users appear for authboxd, as far as root's
 * userdb.yaml allows. The main thread answers sshd; what authboxd asks runs on
 * threads of its own.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "userdb/first_login.h"
#include "userdb/others.h"
#include "userdb/userdb_service.h"
#include "wire/listener.h"
#include "wire/peers.h"
#include "wire/private_socket.h"

#define CONNECTIONS_MAX 64
#define THREADS_MAX	32
#define THREADS_IDLE	2
#define DRAIN_MS	3000
#define TICK_MS		400 /* the unit's watchdog waits 2 s */

#define EXIT_USAGE 2

#define CONFIG "userdb.yaml"

static const char usage[] =
    "usage: authbox-userdb [--config FILE] [--state-dir DIR]\n"
    "                      [--dropin-dir DIR] [--login-socket PATH]\n"
    "                      [--socket PATH]\n"
    "       authbox-userdb --help | --version\n"
    "\n"
    "Makes Unix users appear for authboxd, as far as FILE\n"
    "(/etc/authbox/userdb.yaml) allows. Started by its unit.\n"
    "See authbox-userdb(8).\n";

struct options {
	struct userdb_paths paths;
	const char *login_socket;
	const char *socket; /* NULL: systemd's */
	char *credential;   /* what paths.config is by default */
};

/* Answer sshd until SIGTERM or SIGINT. */
static int
loop(struct userdb *userdb, struct first_login *first_login, int signal_fd)
{
	struct signalfd_siginfo info;
	int r;

	for (;;) {
		(void)sd_notify(0, "WATCHDOG=1"); /* nobody may listen */
		r = first_login_run(first_login, signal_fd, TICK_MS);
		if (r < 0)
			return r;
		if (r == 0 ||
		    read(signal_fd, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGHUP)
			return 0;
		userdb_reload(userdb);
		(void)first_login_adjust(first_login); /* the log tells */
	}
}

static int
serve(struct userdb *userdb, struct first_login *first_login, int take_fd,
    int signal_fd)
{
	const struct peers_limits limits = {
	    CONNECTIONS_MAX, CONNECTIONS_MAX, CONNECTIONS_MAX};
	AUTO(peers) peers = peers_new(&limits);
	struct userdb_service service = {userdb, private_socket_owner(take_fd)};
	const struct listener_options options = {
	    .name = "userdb",
	    .threads_max = THREADS_MAX,
	    .idle_max = THREADS_IDLE,
	    .serve = userdb_service_serve,
	    .context = &service,
	    .has_one_client = true,
	};
	AUTO(listener) listener = NULL;
	int r;

	if (!peers)
		return -ENOMEM;
	r = listener_new(take_fd, peers, &options, &listener);
	if (r == 0)
		r = listener_start(listener);
	if (r < 0)
		return r;
	(void)sd_notify(0, "READY=1"); /* without systemd there is no need */
	r = loop(userdb, first_login, signal_fd);
	(void)sd_notify(0, "STOPPING=1");
	listener_drain(listener, clock_monotonic_ms() + DRAIN_MS);
	return r;
}

static int
run_userdb(
    struct userdb *userdb, const struct options *options, int fd, int signal_fd)
{
	AUTO(first_login) first_login = NULL;
	int r;

	r = userdb_init(userdb, &options->paths);
	if (r == 0)
		r = first_login_new(
		    userdb, options->login_socket, &first_login);
	if (r == 0)
		(void)first_login_adjust(first_login); /* the log tells */
	if (r == 0)
		r = serve(userdb, first_login, fd, signal_fd);
	if (r < 0)
		log_error("cannot run: %s", strerror(-r));
	return r;
}

static int
run(const struct options *options)
{
	struct userdb userdb;
	sigset_t signals;
	AUTO_FD signal_fd = -1;
	int fd, r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return -errno;
	(void)umask(0077);
	r = private_socket_open(options->socket, "userdb", &fd);
	if (r == 0)
		r = others_init();
	if (r == 0)
		r = secret_init();
	if (r < 0)
		return r;
	json_init();
	r = run_userdb(&userdb, options, fd, signal_fd);
	userdb_done(&userdb);
	if (options->socket)
		(void)unlink(options->socket); /* or it is gone already */
	return r;
}

/* With systemd the file comes as a credential, since the folder that it lies in
 * holds secrets, and is not for us. */
static int
find_config(struct options *options)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (options->paths.config)
		return 0;
	options->paths.config = "/etc/authbox/" CONFIG;
	if (!folder)
		return 0;
	if (asprintf(&options->credential, "%s/" CONFIG, folder) < 0) {
		options->credential = NULL;
		return -ENOMEM;
	}
	options->paths.config = options->credential;
	return 0;
}

/* 1: go on; 0: all is done; < 0: wrong usage. */
static int
take_option(int option, struct options *options)
{
	switch (option) {
	case 'c':
		options->paths.config = optarg;
		return 1;
	case 't':
		options->paths.state = optarg;
		return 1;
	case 'd':
		options->paths.dropins = optarg;
		return 1;
	case 'l':
		options->login_socket = optarg;
		return 1;
	case 's':
		options->socket = optarg;
		return 1;
	case 'h':
		(void)fputs(usage, stdout);
		return 0;
	case 'v':
		(void)puts("authbox-userdb " AUTHBOX_VERSION);
		return 0;
	default:
		(void)fputs(usage, stderr);
		return -EINVAL;
	}
}

int
main(int argc, char *argv[])
{
	static const struct option table[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"state-dir", required_argument, NULL, 't'},
	    {"dropin-dir", required_argument, NULL, 'd'},
	    {"login-socket", required_argument, NULL, 'l'},
	    {"socket", required_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	struct options options = {
	    .paths = {.state = "/var/lib/authbox-userdb",
		.dropins = "/run/userdb"},
	    .login_socket = "/run/authbox-userdb/first-login.sock",
	};
	int option, r = 1;

	log_init("authbox-userdb");
	while (
	    r > 0 && (option = getopt_long(argc, argv, "", table, NULL)) != -1)
		r = take_option(option, &options);
	if (r > 0 && optind < argc) {
		(void)fputs(usage, stderr);
		r = -EINVAL;
	}
	if (r <= 0)
		return r < 0 ? EXIT_USAGE : EXIT_SUCCESS;
	r = find_config(&options);
	if (r == 0)
		r = run(&options);
	free(options.credential);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
