/*
 * authboxd: the main thread runs an event loop for signals, the watchdog and
 * the second hand; logins and calls run on threads of their own.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "daemon.h"
#include "options.h"
#include "standalone.h"
#include "wire/listener.h"

#define TICK_US	    500000
#define DRAIN_MS    2000
#define ARENAS_MAX  4 /* else malloc keeps one for every few threads */
#define DESCRIPTORS 8192

/* ---- sockets ---- */

struct sockets {
	int pam_fd, api_fd;
};

/* Those that systemd (or --standalone) passed, known by their names. */
static int
take_passed_sockets(struct sockets *sockets)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < count; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (streq(names[i], "pam"))
			sockets->pam_fd = fd;
		else if (streq(names[i], "api"))
			sockets->api_fd = fd;
		else
			(void)close(fd); /* not ours */
		free(names[i]);
	}
	free(names);
	return count < 0 ? count : 0;
}

static int
make_socket(const struct options *options, const char *name, int *ret_fd)
{
	AUTO_TEXT path = NULL;
	int r;

	if (*ret_fd >= 0)
		return 0;
	if (asprintf(&path, "%s/%s", options->runtime_dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	/* Everybody may connect: what he may do, his uid says. */
	r = listener_bind(path, 0666, ret_fd);
	if (r < 0)
		log_error("cannot make %s: %s", path, strerror(-r));
	return r;
}

static int
open_sockets(const struct options *options, struct sockets *ret_sockets)
{
	int r;

	/* Everybody must be able to reach the sockets. */
	(void)umask(0022);

	*ret_sockets = (struct sockets){-1, -1};
	r = take_passed_sockets(ret_sockets);
	if (r < 0)
		return r;
	if (ret_sockets->pam_fd < 0 || ret_sockets->api_fd < 0)
		(void)mkdir(options->runtime_dir, 0755); /* or it is there */
	r = make_socket(options, "pam.sock", &ret_sockets->pam_fd);
	if (r == 0)
		r = make_socket(options, "api.sock", &ret_sockets->api_fd);
	return r;
}

/* ---- the event loop ---- */

static int
on_reload(
    sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct config_report report = {0};
	struct daemon *daemon = userdata;

	(void)source;
	(void)si;
	if (daemon_reload(daemon, &report) < 0)
		log_error("reload: the configuration is wrong; the old one "
			  "stays in force");
	else
		log_info("reload: the new configuration is in force");
	config_report_done(&report);
	return 0;
}

/* Tell waiting modules that we are at work. The watchdog is fed only while
 * nobody is stuck. Ticks that were missed while the process was stopped are
 * not made up for. */
static int
on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *daemon = userdata;
	int r;

	(void)usec;
	if (daemon_tick(daemon))
		(void)sd_notify(0, "WATCHDOG=1");
	r = sd_event_source_set_time_relative(source, TICK_US);
	return r < 0 ? r
		     : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int
run_loop(struct daemon *daemon)
{
	sd_event *event = NULL;
	int r;

	r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGHUP, on_reload, daemon);
	if (r >= 0)
		r = sd_event_add_time_relative(
		    event, NULL, CLOCK_MONOTONIC, TICK_US, 0, on_tick, daemon);
	if (r >= 0) {
		(void)sd_notify(0, "READY=1");
		r = sd_event_loop(event);
	}
	(void)sd_notify(0, "STOPPING=1");
	(void)sd_event_unref(event);
	if (r < 0)
		log_error("event loop: %s", strerror(-r));
	return r;
}

/* Signals are for the event loop alone: before any thread. */
static void
block_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* Each connection is a descriptor. Our units say how many there may be; shells
 * and containers start programs with 1,024. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur =
	    limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* or it stays as it is */
}

static int
run_daemon(const struct options *options)
{
	struct daemon daemon = {
	    .config_dir = options->config_dir,
	    .state_dir = options->state_dir,
	    .runtime_dir = options->runtime_dir,
	};
	struct sockets sockets;
	int r;

	(void)mallopt(M_ARENA_MAX, ARENAS_MAX);
	raise_descriptor_limit();
	block_signals();
	json_init();
	r = secret_init();
	if (r < 0) {
		log_error("no memory for secrets");
		return r;
	}
	r = open_sockets(options, &sockets);
	if (r < 0)
		return r;
	(void)umask(0077);
	r = daemon_init(&daemon, options->key_dir);
	if (r == 0)
		r = daemon_serve(&daemon, sockets.pam_fd, sockets.api_fd);
	if (r == 0)
		r = run_loop(&daemon);
	daemon_done(&daemon, DRAIN_MS);
	return r;
}

/* ---- --check-config ---- */

static int
check_config(const struct options *options)
{
	struct config_report report = {0};
	AUTO(config) config = NULL;
	int r;

	/* The daemon does without; who asks about it has mistyped it. */
	if (access(options->config_dir, F_OK) < 0) {
		(void)printf("%s: %s\n", options->config_dir, strerror(errno));
		return -errno;
	}
	r = config_load(options->config_dir, &config, &report);
	for (size_t i = 0; i < report.count; i++)
		(void)printf("%s%s\n",
		    report.messages[i].is_error ? "" : "note: ",
		    report.messages[i].text);
	if (r < 0 && report.error_count == 0)
		(void)printf("%s: %s\n", options->config_dir, strerror(-r));
	if (r == 0)
		(void)printf("%s: good\n", options->config_dir);
	config_report_done(&report);
	return r;
}

int
main(int argc, char **argv)
{
	struct options options;
	int r;

	log_init("authboxd");
	r = options_parse(argc, argv, &options);
	if (r <= 0)
		return r < 0 ? 2 : 0;
	if (options.check_config)
		r = check_config(&options);
	else if (options.standalone)
		r = standalone_run(&options);
	else
		r = run_daemon(&options);
	options_done(&options);
	return r < 0 ? 1 : 0;
}
