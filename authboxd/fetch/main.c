/*
 * authbox-fetch: the only program of authbox with a network. It sends what
 * authboxd asks it to send, keeps nothing, and knows no key.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "fetch/memory.h"
#include "fetch/service.h"
#include "fetch/transfer.h"
#include "wire/listener.h"
#include "wire/peers.h"
#include "wire/private_socket.h"

#define CONNECTIONS_MAX 64
#define THREADS_MAX	32
#define THREADS_IDLE	4
#define DRAIN_MS	5000 /* for requests under way at the end */
#define DRAIN_CUT_MS	2000 /* for them to notice that it is over */

#define EXIT_USAGE 2

static const char usage[] =
    "usage: authbox-fetch [--socket PATH]\n"
    "       authbox-fetch --help | --version\n"
    "\n"
    "Sends HTTP requests for authboxd, which has no network. Started by\n"
    "authbox-fetch.socket, or with a socket of its own: --socket.\n"
    "See authbox-fetch(8).\n";

/* The environment (proxies, key logs, resolver options) decides nothing here;
 * only where to report readiness is kept. */
static int
forget_environment(void)
{
	const char *value = getenv("NOTIFY_SOCKET");
	AUTO_TEXT notify = value ? strdup(value) : NULL;

	if ((value && !notify) || clearenv() != 0)
		return -ENOMEM;
	return notify && setenv("NOTIFY_SOCKET", notify, 1) < 0 ? -errno : 0;
}

/* Serve until SIGTERM or SIGINT, which the caller has blocked. */
static int
serve(int take_fd, const sigset_t *signals)
{
	const struct peers_limits limits = {
	    CONNECTIONS_MAX, CONNECTIONS_MAX, CONNECTIONS_MAX};
	AUTO(peers) peers = peers_new(&limits);
	struct service service = {.owner = private_socket_owner(take_fd)};
	const struct listener_options options = {
	    .name = "fetch",
	    .threads_max = THREADS_MAX,
	    .idle_max = THREADS_IDLE,
	    .has_one_client = true,
	    .serve = service_serve,
	    .context = &service,
	};
	AUTO(listener) listener = NULL;
	int64_t stop_at_ms;
	int number, r;

	if (!peers)
		return -ENOMEM;
	r = listener_new(take_fd, peers, &options, &listener);
	if (r == 0)
		r = listener_start(listener);
	if (r < 0)
		return r;
	(void)sd_notify(0, "READY=1");	 /* without systemd there is no need */
	(void)sigwait(signals, &number); /* fails only for a bad set */
	(void)sd_notify(0, "STOPPING=1");

	stop_at_ms = clock_monotonic_ms() + DRAIN_MS;
	__atomic_store_n(&service.stop_at_ms, stop_at_ms, __ATOMIC_RELAXED);
	listener_drain(listener, stop_at_ms + DRAIN_CUT_MS);
	return 0;
}

static int
run(const char *path)
{
	sigset_t signals;
	int fd, r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	r = private_socket_open(path, "fetch", &fd);
	if (r < 0)
		return r;
	r = forget_environment();
	if (r == 0)
		r = memory_init();
	if (r == 0)
		r = secret_init();
	if (r == 0) {
		json_init();
		r = serve(fd, &signals);
	}
	if (r < 0)
		log_error("cannot start: %s", strerror(-r));
	if (path)
		(void)unlink(path); /* it may have been replaced or removed */
	return r;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	const char *path = NULL;
	int option;

	log_init("authbox-fetch");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's':
			path = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'v':
			(void)printf("authbox-fetch %s (%s)\n", AUTHBOX_VERSION,
			    curl_version());
			return EXIT_SUCCESS;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run(path) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
