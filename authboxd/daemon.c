#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "factor/clock_mark.h"
#include "login/device_flows.h"
#include "login/fresh_login.h"
#include "login/keeper.h"
#include "login/login.h"
#include "login/pending.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "token/session.h"
#include "token/tokens.h"
#include "users/nss.h"
#include "wire/busy.h"
#include "wire/listener.h"
#include "wire/peers.h"
#include "wire/stream.h"

#define PAM_IDLE_THREADS 16
#define API_IDLE_THREADS 8
#define API_THREADS_MAX	 256

/* ---- configuration ---- */

int
daemon_ref_config(struct daemon *daemon, struct config **ret_config)
{
	int r = -EINVAL;

	(void)pthread_mutex_lock(&daemon->config_lock);
	if (daemon->config) {
		*ret_config = config_ref(daemon->config);
		r = 0;
	}
	(void)pthread_mutex_unlock(&daemon->config_lock);
	return r;
}

static void
apply_settings(struct daemon *daemon, const struct settings *settings)
{
	struct peers_limits limits = {
	    .total = settings->connections_max,
	    .per_uid = settings->connections_per_uid,
	    .all_non_root = settings->connections_max / 4,
	};

	log_set_debug(settings->log_debug);
	peers_set_limits(daemon->peers, &limits);
}

static void
log_report(const struct config_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		if (report->messages[i].is_error)
			log_error("%s", report->messages[i].text);
		else
			log_notice("%s", report->messages[i].text);
	}
}

/* The first error, for `status`. */
static char *
report_fault(const struct config_report *report, int error)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->messages[i].is_error)
			return strdup(report->messages[i].text);
	return strdup(strerror(-error));
}

static uint64_t
begin_reload(struct daemon *daemon)
{
	uint64_t number;

	(void)pthread_mutex_lock(&daemon->config_lock);
	number = ++daemon->reloads_begun;
	(void)pthread_mutex_unlock(&daemon->config_lock);
	return number;
}

/* With the lock held: what this reload found is in force; `config` becomes the
 * old snapshot, `fault` the old fault. */
static void
end_reload(struct daemon *daemon, uint64_t number, struct config **config,
    char **fault)
{
	struct config *old_config = daemon->config;
	char *old_fault = daemon->config_fault;

	/* Another one began later, and so has read what is newer. */
	if (number < daemon->reload_in_force)
		return;
	daemon->reload_in_force = number;
	daemon->config_fault = *fault;
	*fault = old_fault;
	if (!*config)
		return;
	apply_settings(daemon, &(*config)->settings);
	daemon->config = *config;
	*config = old_config;
	keeper_wake(daemon->keeper);
}

int
daemon_reload(struct daemon *daemon, struct config_report *ret_report)
{
	uint64_t number = begin_reload(daemon);
	AUTO(config) config = NULL;
	AUTO_TEXT fault = NULL;
	int r;

	r = config_load(daemon->config_dir, &config, ret_report);
	log_report(ret_report);
	if (r < 0)
		fault = report_fault(ret_report, r);

	(void)pthread_mutex_lock(&daemon->config_lock);
	end_reload(daemon, number, &config, &fault);
	(void)pthread_mutex_unlock(&daemon->config_lock);
	return r;
}

static void
load_first_config(struct daemon *daemon)
{
	struct config_report report = {0};
	int r;

	r = daemon_reload(daemon, &report);
	config_report_done(&report);
	if (r < 0)
		log_error("configuration in %s cannot be used: every login is "
			  "answered with a service error until it is mended "
			  "and `authboxctl reload` was run",
		    daemon->config_dir);
}

/* ---- beginning and end ---- */

static int
open_store(struct daemon *daemon, const char *key_dir)
{
	struct store_paths paths = {
	    .state_dir = daemon->state_dir,
	    .key_dir = key_dir,
	    .credentials = getenv("CREDENTIALS_DIRECTORY"),
	};
	const char *fault;
	int r;

	r = store_open(&paths, &daemon->store);
	if (r < 0) {
		log_error("store in %s: %s", daemon->state_dir,
		    r == -EBUSY ? "another authboxd has it" : strerror(-r));
		return r;
	}
	fault = store_fault(daemon->store);
	if (fault)
		log_error("store in %s: %s", daemon->state_dir, fault);
	return 0;
}

/* As many codes ahead of the clock as any AuthConfig lets pass. */
static unsigned
most_future_codes(const struct config *config)
{
	unsigned most = config->built_in.two_factor.future_codes;

	for (size_t i = 0; i < config->auth_config_count; i++) {
		const struct two_factor *rules =
		    &config->auth_configs[i].two_factor;

		if (rules->future_codes > most)
			most = rules->future_codes;
	}
	return most;
}

/* In a store that was put back from an older copy everything may be unused that
 * was used since. Nobody is let in before this is on disk. < 0: logged. */
static int
settle_copy(struct daemon *daemon)
{
	unsigned future_codes = OTP_WINDOW_MAX;
	AUTO(config) config = NULL;
	size_t sessions = 0;
	int r;

	if (!store_is_copy(daemon->store))
		return 0;
	if (daemon_ref_config(daemon, &config) == 0)
		future_codes = most_future_codes(config);
	r = clock_mark_burn(daemon->store, clock_unix_s(), future_codes);
	if (r == 0)
		r = session_revoke_all(
		    daemon->store, SESSION_ANY_UID, NULL, &sessions);
	if (r == 0)
		r = store_accept_copy(daemon->store);
	if (r < 0)
		log_error("the store in %s is an older copy that was put back, "
			  "but the codes used since cannot be burnt: %s",
		    daemon->state_dir, strerror(-r));
	else
		log_warning("the store in %s is an older copy that was put "
			    "back: codes that may have been used since are "
			    "refused, and %zu local sessions were ended; "
			    "recovery codes used since are good again, see "
			    "authboxd(8)",
		    daemon->state_dir, sessions);
	return r;
}

/* NULL: no memory, or no random bytes. */
static struct device_flows *
new_device_flows(void)
{
	unsigned char key[DEVICE_FLOWS_KEY_BYTES];

	return random_fill(key, sizeof(key)) < 0 ? NULL : device_flows_new(key);
}

int
daemon_init(struct daemon *daemon, const char *key_dir)
{
	/* Until Settings are read. */
	static const struct peers_limits limits = {
	    SETTINGS_CONNECTIONS_MAX, 16, SETTINGS_CONNECTIONS_MAX / 4};
	int r;

	(void)pthread_mutex_init(&daemon->config_lock, NULL);
	daemon->started_unix_s = clock_unix_s();
	daemon->nss = nss_new();
	daemon->pending = pending_new();
	daemon->fresh = fresh_new();
	daemon->busy = busy_new();
	daemon->device_flows = new_device_flows();
	daemon->peers = peers_new(&limits);
	if (asprintf(&daemon->fetch_socket, "%s/fetch.sock",
		daemon->runtime_dir) < 0)
		daemon->fetch_socket = NULL;
	if (asprintf(&daemon->userdb_socket, "%s/userdb.sock",
		daemon->runtime_dir) < 0)
		daemon->userdb_socket = NULL;
	if (!daemon->nss || !daemon->pending || !daemon->fresh ||
	    !daemon->busy || !daemon->device_flows || !daemon->peers ||
	    !daemon->fetch_socket || !daemon->userdb_socket) {
		log_error("no memory to start");
		return -ENOMEM;
	}

	load_first_config(daemon);
	r = open_store(daemon, key_dir);
	if (r == 0)
		r = settle_copy(daemon);
	if (r < 0)
		return r;
	r = webhooks_new(daemon->fetch_socket, &daemon->webhooks);
	if (r < 0) {
		log_error("cannot start the webhook threads: %s", strerror(-r));
		return r;
	}
	daemon->tokens = tokens_new(daemon->store, daemon->fetch_socket);
	if (!daemon->tokens) {
		log_error("cannot start what checks tokens: no memory");
		return -ENOMEM;
	}
	return 0;
}

/* A Client's peers share one account. */
static struct peers_account
find_account(void *context, uid_t uid)
{
	struct daemon *daemon = context;
	struct peers_account account = {.id = uid};
	AUTO(config) config = NULL;
	const struct client *client = NULL;
	struct nss_user peer;

	if (uid != 0 && daemon_ref_config(daemon, &config) == 0 &&
	    config->client_count > 0 &&
	    nss_find_uid(daemon->nss, uid, &peer) > 0)
		client = config_find_client_by_peer(config, peer.name);
	if (client) {
		account.id = PEERS_SHARED | text_hash(client->id);
		account.max = client->connections;
	}
	return account;
}

int
daemon_serve(struct daemon *daemon, int pam_fd, int api_fd)
{
	struct listener_options pam = {
	    .name = "pam.sock",
	    .threads_max = SETTINGS_CONNECTIONS_MAX,
	    .idle_max = PAM_IDLE_THREADS,
	    .serve = login_serve,
	    .account = find_account,
	    .context = daemon,
	};
	struct listener_options api = pam;
	int r;

	api.name = "api.sock";
	api.threads_max = API_THREADS_MAX;
	api.idle_max = API_IDLE_THREADS;
	api.serve = api_serve;
	r = listener_new(pam_fd, daemon->peers, &pam, &daemon->pam_listener);
	if (r < 0) {
		(void)close(api_fd); /* it was handed over */
	} else {
		r = listener_new(
		    api_fd, daemon->peers, &api, &daemon->api_listener);
	}
	/* Before any reload that would wake it. */
	if (r == 0)
		r = keeper_new(daemon, &daemon->keeper);
	/* Calls look at both, so threads start when both are there. */
	if (r == 0)
		r = listener_start(daemon->pam_listener);
	if (r == 0)
		r = listener_start(daemon->api_listener);
	if (r < 0)
		log_error("cannot listen: %s", strerror(-r));
	return r;
}

bool
daemon_tick(struct daemon *daemon)
{
	bool answers = busy_tick(daemon->busy);
	bool commits = !store_is_stuck(daemon->store);
	bool was_stuck = daemon->is_stuck;

	daemon->is_stuck = !answers || !commits;
	if (daemon->is_stuck && !was_stuck)
		log_error("%s hangs: the watchdog is not fed until it goes on",
		    commits ? "a login or a call" : "a commit of the store");
	else if (!daemon->is_stuck && was_stuck)
		log_notice("what hung goes on");
	return !daemon->is_stuck;
}

void
daemon_done(struct daemon *daemon, int64_t drain_ms)
{
	int64_t deadline_ms = stream_now_ms() + drain_ms;

	if (daemon->pam_listener)
		listener_stop(daemon->pam_listener);
	if (daemon->api_listener)
		listener_stop(daemon->api_listener);
	listener_drain(daemon->pam_listener, deadline_ms);
	listener_drain(daemon->api_listener, deadline_ms);
	listener_free(daemon->pam_listener);
	listener_free(daemon->api_listener);
	keeper_free(daemon->keeper);
	tokens_free(daemon->tokens);
	webhooks_free(daemon->webhooks);
	store_free(daemon->store);
	config_unref(daemon->config);
	peers_free(daemon->peers);
	busy_free(daemon->busy);
	device_flows_free(daemon->device_flows);
	pending_free(daemon->pending);
	fresh_free(daemon->fresh);
	nss_free(daemon->nss);
	free(daemon->fetch_socket);
	free(daemon->userdb_socket);
	free(daemon->config_fault);
	(void)pthread_mutex_destroy(&daemon->config_lock);
}
