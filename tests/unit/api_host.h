/*
 * A host with the API on it: a real store and configuration in a folder of its
 * own, users, a clock that a test sets, and a record of what was audited and
 * sent. Calls go through varlink_serve() over a socket pair, as any uid.
 *
 * It brings its own clock, NSS, audit and webhooks, so a program includes it
 * once.
 */
#ifndef TESTS_UNIT_API_HOST_H
#define TESTS_UNIT_API_HOST_H

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "api/api.h"
#include "base/base32.h"
#include "base/clock.h"
#include "daemon.h"
#include "factor/enrolment.h"
#include "factor/otp.h"
#include "login/fresh_login.h"
#include "notify/audit.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "token/tokens.h"
#include "users/nss.h"
#include "users/user_record.h"
#include "wire/peers.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define HOST_NOW     INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define HOST_ROOT    0
#define HOST_ALICE   1000
#define HOST_BOB     1001
#define HOST_DORA    1002
#define HOST_NOBODY  65534
#define HOST_UNKNOWN 4242 /* a uid that NSS does not know */
#define HOST_CALL_MS 20000
#define HOST_TEXTS   64

struct host {
	char dir[64];
	struct daemon daemon;
	int64_t now_unix_s;
	int nss_error;		 /* of every look-up, 0: none */
	uid_t alice_uid;	 /* for NSS */
	uid_t alice_uid_by_name; /* 0: the same */
	pthread_mutex_t lock;	 /* of what the doubles below record */
	/* "event verdict reason user" of each audit record, in order. */
	char audits[HOST_TEXTS][160];
	size_t audit_count;
	char notices[HOST_TEXTS][64]; /* "event user" */
	size_t notice_count;
	char sent[HOST_TEXTS][32]; /* codes by webhook */
	size_t sent_count;
	int send_error;
	/* Of the last call: */
	struct varlink_reply reply;
};

static struct host *host;

/* ---- what the daemon would find outside ---- */

int64_t
clock_unix_s(void)
{
	return host->now_unix_s;
}

int64_t
clock_monotonic_ms(void)
{
	return stream_now_ms() + (host->now_unix_s - HOST_NOW) * 1000;
}

static int
host_passwd(const char *name, uid_t uid, struct passwd *entry, char *buffer,
    size_t size, struct passwd **ret)
{
	struct {
		const char *name;
		uid_t uid;
	} users[] = {{"root", HOST_ROOT}, {"alice", host->alice_uid},
	    {"bob", HOST_BOB}, {"dora", HOST_DORA}, {"nobody", HOST_NOBODY}};

	*ret = NULL;
	if (host->nss_error)
		return host->nss_error;
	if (name && host->alice_uid_by_name)
		users[1].uid = host->alice_uid_by_name;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		/* A directory may not care about case. */
		if (name ? strcasecmp(users[i].name, name) != 0
			 : users[i].uid != uid)
			continue;
		(void)snprintf(buffer, size, "%s", users[i].name);
		*entry =
		    (struct passwd){.pw_name = buffer, .pw_uid = users[i].uid};
		*ret = entry;
	}
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return host_passwd(name, 0, entry, buffer, size, ret);
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return host_passwd(NULL, uid, entry, buffer, size, ret);
}

const struct audit_reason *
audit_find_reason(const char *code)
{
	const struct audit_reason *reason = audit_reasons;

	while (reason->code && !streq(reason->code, code))
		reason++;
	return reason->code ? reason : NULL;
}

/* A line more in a list that the threads of all calls write. */
__attribute__((format(printf, 4, 5))) static void
host_note(char *texts, size_t text_size, size_t *count, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)pthread_mutex_lock(&host->lock);
	assert(*count < HOST_TEXTS);
	(void)vsnprintf(
	    texts + text_size * (*count)++, text_size, format, arguments);
	(void)pthread_mutex_unlock(&host->lock);
	va_end(arguments);
}

/* Not on the test's own thread, where cmocka's assertions could not end it. */
void
audit_write(const struct audit_record *record)
{
	assert(audit_find_reason(record->reason));
	assert(strlen(record->reference) == AUDIT_REFERENCE_DIGITS);
	host_note(host->audits[0], sizeof(host->audits[0]), &host->audit_count,
	    "%s %d %s %s", record->event, record->verdict, record->reason,
	    record->user && !record->user_is_unknown ? record->user : "-");
}

int
webhooks_new(const char *fetch_socket, struct webhooks **ret_webhooks)
{
	(void)fetch_socket;
	*ret_webhooks = NULL;
	return 0;
}

void
webhooks_free(struct webhooks *webhooks)
{
	(void)webhooks;
}

struct troubles *
webhooks_get_troubles(struct webhooks *webhooks)
{
	(void)webhooks;
	return NULL;
}

int
webhooks_send_code(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *code)
{
	(void)webhooks;
	(void)config;
	assert(auth_config->two_factor.webhook.endpoint);
	assert(person->transport);
	if (host->send_error == 0)
		host_note(host->sent[0], sizeof(host->sent[0]),
		    &host->sent_count, "%s", code);
	return host->send_error;
}

void
webhooks_send_notice(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *event)
{
	(void)webhooks, (void)auth_config;
	assert(config);
	host_note(host->notices[0], sizeof(host->notices[0]),
	    &host->notice_count, "%s %s", event, person->id);
}

int
webhooks_run(struct webhooks *webhooks, void (*work)(void *context),
    void (*drop)(void *context), void *context)
{
	(void)webhooks, (void)work, (void)drop, (void)context;
	return -EBUSY;
}

void
webhooks_stats(struct webhooks *webhooks, struct webhook_stats *ret_stats)
{
	(void)webhooks;
	*ret_stats = (struct webhook_stats){.sent = 7};
}

/* ---- beginning and end ---- */

static inline void
host_configure(const char *yaml)
{
	struct config_report report = {0};
	char path[96];
	FILE *file;
	int r;

	(void)snprintf(path, sizeof(path), "%s/etc/a.yaml", host->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0); /* for secrets */
	assert_true(fprintf(file, "%s\n", yaml) > 0);
	assert_int_equal(fclose(file), 0);
	r = daemon_reload(&host->daemon, &report);
	config_report_done(&report);
	assert_int_equal(r, 0);
}

/* The folder's parts: static, so that struct daemon can keep them. */
static inline const char *
host_path(char *ret_path, size_t size, const char *name)
{
	(void)snprintf(ret_path, size, "%s/%s", host->dir, name);
	(void)mkdir(ret_path, 0700);
	return ret_path;
}

static inline int
host_open_store(void)
{
	static char state[96], key[96];
	const struct store_paths paths = {
	    .state_dir = host_path(state, sizeof(state), "state"),
	    .key_dir = host_path(key, sizeof(key), "key"),
	};

	host->daemon.state_dir = state;
	return store_open(&paths, &host->daemon.store);
}

static inline int
host_setup(void **state)
{
	static struct host one;
	static char config[96];
	static char no_fetch[] = "/nonexistent/fetch.sock";
	static char no_userdb[] = "/nonexistent/userdb.sock";
	struct config_report report = {0};

	(void)state;
	one = (struct host){.dir = "/tmp/authbox-api-XXXXXX",
	    .now_unix_s = HOST_NOW,
	    .alice_uid = HOST_ALICE,
	    .daemon = {.fetch_socket = no_fetch,
		.userdb_socket = no_userdb,
		.started_unix_s = HOST_NOW - 60}};
	host = &one;
	if (!mkdtemp(host->dir))
		return -1;
	(void)pthread_mutex_init(&host->daemon.config_lock, NULL);
	(void)pthread_mutex_init(&host->lock, NULL);
	host->daemon.config_dir = host_path(config, sizeof(config), "etc");
	host->daemon.nss = nss_new();
	host->daemon.fresh = fresh_new();
	host->daemon.peers = peers_new(&(struct peers_limits){0});
	(void)daemon_reload(&host->daemon, &report);
	config_report_done(&report);
	if (host_open_store() < 0)
		return -1;
	/* Nobody answers there: issuers cannot be asked. */
	host->daemon.tokens = tokens_new(host->daemon.store, no_fetch);
	return host->daemon.tokens ? 0 : -1;
}

static inline int
host_teardown(void **state)
{
	char command[96];

	(void)state;
	varlink_reply_done(&host->reply);
	tokens_free(host->daemon.tokens);
	store_free(host->daemon.store);
	fresh_free(host->daemon.fresh);
	nss_free(host->daemon.nss);
	peers_free(host->daemon.peers);
	config_unref(host->daemon.config);
	free(host->daemon.config_fault);
	(void)snprintf(command, sizeof(command), "rm -rf %s", host->dir);
	return system(command);
}

/* ---- calling ---- */

struct host_server {
	int fd;
	uid_t uid;
};

static inline void *
host_serve(void *context)
{
	const struct host_server *server = context;

	varlink_serve(server->fd, server->uid, api_interfaces, api_is_self,
	    host->daemon.busy, &host->daemon);
	(void)close(server->fd);
	return NULL;
}

/* A connection to call more than once on; end it with host_leave(). */
struct host_caller {
	struct varlink_client client;
	struct host_server server;
	pthread_t thread;
};

static inline void
host_enter(struct host_caller *ret_caller, uid_t uid)
{
	int pair[2], r;

	r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	assert_int_equal(r, 0);
	*ret_caller = (struct host_caller){
	    .client = {.fd = pair[0]}, .server = {pair[1], uid}};
	r = pthread_create(
	    &ret_caller->thread, NULL, host_serve, &ret_caller->server);
	assert_int_equal(r, 0);
}

static inline void
host_leave(struct host_caller *caller)
{
	varlink_client_done(&caller->client);
	(void)pthread_join(caller->thread, NULL);
}

/* Call as `uid`; `parameters` is JSON with ' for ", formatted. The error's
 * name without "io.authbox." and "TwoFactor.", or "" when there was none;
 * host->reply holds the rest. */
__attribute__((format(printf, 3, 4))) static inline const char *
host_call(uid_t uid, const char *method, const char *parameters, ...)
{
	struct host_caller caller;
	char name[96], text[60000];
	AUTO_JSON tree = NULL;
	va_list arguments;
	const char *error;
	int r;

	va_start(arguments, parameters);
	(void)vsnprintf(text, sizeof(text), parameters, arguments);
	va_end(arguments);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	tree = cJSON_Parse(text);
	assert_non_null(tree);

	varlink_reply_done(&host->reply);
	host->reply = (struct varlink_reply){0};
	(void)snprintf(name, sizeof(name), "io.authbox.%s", method);
	host_enter(&caller, uid);
	r = varlink_client_call(&caller.client, name, tree, false,
	    stream_now_ms() + HOST_CALL_MS, &host->reply);
	host_leave(&caller);
	assert_int_equal(r, 0);

	error = host->reply.error ? host->reply.error : "";
	if (strncmp(error, "io.authbox.", 11) == 0)
		error += 11;
	if (strncmp(error, "TwoFactor.", 10) == 0)
		error += 10;
	return error;
}

/* A text member of the last reply; NULL: none. */
static inline const char *
host_text(const char *name)
{
	const char *text = NULL;

	(void)json_find_text(host->reply.parameters, name, &text);
	return text;
}

static inline int64_t
host_number(const char *name)
{
	int64_t number = -1;

	(void)json_find_int(host->reply.parameters, name, &number);
	return number;
}

/* The n-th recovery code of the last reply. */
static inline const char *
host_recovery_code(int n)
{
	const cJSON *codes = json_find(host->reply.parameters, "recoveryCodes");
	const cJSON *code = cJSON_GetArrayItem(codes, n);

	assert_non_null(code);
	return code->valuestring;
}

#define assert_call(expected, ...)                                             \
	assert_string_equal(host_call(__VA_ARGS__), expected)

/* Exactly one more audit record than before, and that one. */
#define assert_audit(count, expected)                                          \
	do {                                                                   \
		assert_int_equal(host->audit_count, count);                    \
		assert_string_equal(host->audits[(count)-1], (expected));      \
	} while (0)

/* ---- people ---- */

/* An authenticator app. */
struct app {
	struct secret *key;
	char code[OTP_DIGITS_MAX + 1];
};

static inline void
app_free(struct app *app)
{
	if (app)
		secret_free(app->key);
	free(app);
}
CLEANUP_DEFINE(app)

/* Scans what the last reply shows. */
static inline struct app *
app_scan(void)
{
	struct app *app = calloc(1, sizeof(*app));

	assert_non_null(app);
	assert_non_null(host_text("secret"));
	assert_int_equal(base32_decode(host_text("secret"), &app->key), 0);
	return app;
}

/* The code that it shows now, or `steps` from now. */
static inline const char *
app_code(struct app *app, int steps)
{
	uint64_t step = otp_step(host->now_unix_s, 30) + (uint64_t)steps;

	assert_int_equal(otp_code(app->key, OTP_SHA1, 6, step, app->code), 0);
	return app->code;
}

/* A code that is good at no step near now. */
static inline const char *
app_wrong_code(struct app *app)
{
	static const char *const guesses[] = {"000000", "111111", "222222",
	    "333333", "444444", "555555", "666666", "777777"};
	size_t i = 0;

	for (int steps = -12; steps <= 12; steps++)
		if (streq(app_code(app, steps), guesses[i])) {
			i++;
			steps = -13;
		}
	return guesses[i];
}

/* Enrol the first device of somebody; a minute passes. */
static inline struct app *
host_enrol(uid_t uid)
{
	struct app *app;

	assert_call("", uid, "TwoFactor.Request", "{}");
	app = app_scan();
	assert_call(
	    "", uid, "TwoFactor.Confirm", "{'code': '%s'}", app_code(app, 0));
	host->now_unix_s += 60;
	return app;
}

/* What the store holds of a user; NULL: nothing. */
static inline struct user_record *
host_record(const char *name, uid_t uid)
{
	char key[STORE_KEY_BYTES_MAX + 1];
	struct user_record *record = NULL;
	AUTO(secret) value = NULL;

	user_record_key(name, key);
	if (store_get(host->daemon.store, key, &value) == 1)
		assert_int_equal(
		    user_record_parse(value, name, uid, &record), 1);
	return record;
}

#define HOST_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

#endif
