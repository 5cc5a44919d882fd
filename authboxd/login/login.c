#include "login/login.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/random.h"
#include "factor/attempt.h"
#include "login/account_login.h"
#include "login/asker.h"
#include "login/channel.h"
#include "login/device_login.h"
#include "login/pending.h"
#include "login/token_login.h"
#include "login/totp_login.h"
#include "login/trace.h"
#include "notify/audit.h"
#include "notify/webhooks.h"
#include "store/store.h"
#include "users/person.h"
#include "users/user_record.h"
#include "wire/listener.h"
#include "wire/stream.h"

#define HEADER_DUE_MS 1000
#define FRAME_DUE_MS  2000

/* Names share buckets, people do not share records: where so many names were
 * guessed at that a bucket waits, a name nobody guessed at waits as well, and
 * so has no record. Six guesses fill a bucket, so that it takes some 400,000
 * within the wait to find out so about every second name, and 100,000 for every
 * hundredth. As many buckets are as many rows of some hundred bytes, at most.
 */
#define UNKNOWN_BUCKETS 65536

void
login_decide(struct login *login, enum verdict verdict, const char *reason)
{
	login->result.verdict = verdict;
	login->result.reason = reason;
	trace_step(login, "decided: %s", reason);
}

int
login_fail_look_up(struct login *login, int error)
{
	if (error == -ENOMEM)
		return error;
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "NSS: %s", strerror(-error));
	login_decide(login, VERDICT_UNAVAILABLE, "nss-unavailable");
	return 0;
}

/* ---- the record ---- */

/* Which bucket a name falls into is nobody's to choose: keyed hash. */
static int
bucket_key(struct store *store, const char *name, char *ret_key)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	AUTO(secret) key = NULL;
	unsigned size;
	int r;

	r = store_derive_key(store, "unknown-names", &key);
	if (r < 0)
		return r;
	if (!HMAC(EVP_sha256(), key->bytes, (int)key->size,
		(const unsigned char *)name, strlen(name), hash, &size))
		return -ENOMEM;
	(void)snprintf(ret_key, LOGIN_KEY_BYTES, "unknown/%u",
	    (hash[0] << 8 | hash[1]) % UNKNOWN_BUCKETS);
	return 0;
}

const char *
login_record_name(const struct login *login, bool is_enrolled)
{
	return is_enrolled ? login->user.name : "";
}

uid_t
login_record_uid(const struct login *login, bool is_enrolled)
{
	return is_enrolled ? login->user.uid : (uid_t)-1;
}

static int
load_record(struct login *login, const char *key, bool is_own,
    struct user_record **ret_record)
{
	AUTO(secret) value = NULL;
	const char *name = login_record_name(login, is_own);
	uid_t uid = login_record_uid(login, is_own);
	int r;

	r = store_get(login->daemon->store, key, &value);
	if (r > 0)
		r = user_record_parse(value, name, uid, ret_record);
	if (r != 0)
		return r < 0 ? r : 0;
	*ret_record = user_record_new(name, uid);
	return *ret_record ? 0 : -ENOMEM;
}

int
login_load_record(
    struct login *login, char *ret_key, struct user_record **ret_record)
{
	AUTO(user_record) record = NULL;
	int r;

	if (login->user_is_known) {
		user_record_key(login->user.name, ret_key);
		r = load_record(login, ret_key, true, &record);
		if (r < 0)
			return r;
		if (user_record_is_enrolled(record)) {
			*ret_record = TAKE(record);
			return 1;
		}
	}
	r = bucket_key(login->daemon->store, login->request->user, ret_key);
	return r < 0 ? r : load_record(login, ret_key, false, ret_record);
}

void
login_send_notice(const struct login *login, const char *event)
{
	struct webhook_person person = webhook_person_get(login->config,
	    login->user_is_known ? login->user.name : login->request->user,
	    NULL);

	webhooks_send_notice(login->daemon->webhooks, login->config,
	    login->auth_config, &person, event);
}

bool
login_is_about_peer(const struct login *login)
{
	return login->user_is_known && login->user.uid == login->peer_uid;
}

void
login_describe_attempt(const struct login *login, struct attempt *ret_attempt)
{
	const struct two_factor *rules = &login->auth_config->two_factor;
	const struct origin *origin = &login->origin;

	*ret_attempt = (struct attempt){
	    .now_unix_s = clock_unix_s(),
	    .past_codes = rules->past_codes,
	    .future_codes = rules->future_codes,
	    .digits = rules->digits,
	    .address = origin->is_local ? NULL : origin->address,
	    .address_is_trusted =
		origin->is_local ? login->peer_uid == 0 : origin->is_trusted,
	};
}

/* ---- about whom, by which rules ---- */

/* By what a person proves who he is. */
static const struct factor {
	const char *name;
	int (*run)(struct login *login);
	int64_t cap_ms; /* of the module's waiting */
	bool needs_auth_config;
} factors[] = {
    {"totp", totp_login, PAM_TOTP_CAP_MS, true},
    {"token", token_login, PAM_TOKEN_CAP_MS, false},
    {"device", device_login, PAM_DEVICE_CAP_MS, true},
};

/* NULL: there is no such factor. */
static const struct factor *
factor_find(const char *name)
{
	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
		if (streq(factors[i].name, name))
			return &factors[i];
	return NULL;
}

static int
find_auth_config(struct login *login)
{
	const struct factor *factor = factor_find(login->request->factor);
	AUTO_TEXT why = NULL;
	int r;

	if (!factor) {
		login_decide(login, VERDICT_CONFIG, "factor-unsupported");
		return 0;
	}
	/* A token has all its rules in its introspector. */
	if (!factor->needs_auth_config && !login->request->config[0]) {
		login->auth_config = &login->config->built_in;
		return 1;
	}
	r = config_get_auth_config(
	    login->config, login->request->config, &login->auth_config, &why);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	(void)snprintf(login->result.detail, sizeof(login->result.detail), "%s",
	    why ? why : "no such AuthConfig");
	login_decide(login, VERDICT_CONFIG, "config-unknown");
	return 0;
}

/* 1; 0: a verdict is reached; < 0. */
static int
look_up_user(struct login *login)
{
	const struct login_request *request = login->request;
	const struct declared_user *declared;
	int r;

	r = nss_find_user(login->daemon->nss, request->user, &login->user);
	if (r < 0)
		return login_fail_look_up(login, r);
	login->user_is_known = r > 0;
	/* As NSS spells him: "Alice" must not be let in where alice is not. */
	declared = config_find_user(login->config,
	    login->user_is_known ? login->user.name : request->user);
	r = arrival_find_person(login);
	if (r < 0)
		return r;
	login->user_is_inactive = (declared && declared->inactive) ||
				  (login->person && login->person->inactive);
	return 1;
}

int
login_find_user(struct login *login)
{
	origin_read(
	    login->request->rhost, login->peer_uid == 0, &login->origin);
	return look_up_user(login);
}

int
login_find_user_again(struct login *login, uid_t uid)
{
	nss_forget(login->daemon->nss, login->request->user, uid);
	return look_up_user(login);
}

int
login_prepare(struct login *login)
{
	int r;

	r = daemon_ref_config(login->daemon, &login->config);
	if (r < 0)
		return r;
	r = login_find_user(login);
	if (r > 0)
		r = asker_check(login);
	if (r <= 0)
		return r;
	return find_auth_config(login);
}

/* ---- failures: one table ---- */

static const struct {
	int error;
	enum verdict verdict;
	const char *reason;
} failures[] = {
    {-ENOMEM, VERDICT_NO_MEMORY, "no-memory"},
    {-ENOBUFS, VERDICT_NO_MEMORY, "no-memory"},
    {-EINVAL, VERDICT_CONFIG, "config-invalid"},
    {-ECANCELED, VERDICT_CANCELLED, "cancelled"},
    {-ETIMEDOUT, VERDICT_CANCELLED, "prompt-timeout"},
    {-ECONNRESET, VERDICT_CANCELLED, "peer-gone"},
    {-EPIPE, VERDICT_CANCELLED, "peer-gone"},
    {-EPROTO, VERDICT_CONFIG, "protocol"},
    {-EMSGSIZE, VERDICT_CONFIG, "protocol"},
    {-ETIME, VERDICT_UNAVAILABLE, "deadline"},
    {-EHOSTUNREACH, VERDICT_UNAVAILABLE, "issuer-unavailable"},
    {-EBADMSG, VERDICT_UNAVAILABLE, "store-damaged"},
    {-ENOKEY, VERDICT_UNAVAILABLE, "store-key"},
};

static void
decide_failure(struct login *login, int error)
{
	size_t count = sizeof(failures) / sizeof(failures[0]), i = 0;
	const char *fault;

	while (i < count && failures[i].error != error)
		i++;
	if (i < count)
		login_decide(login, failures[i].verdict, failures[i].reason);
	else
		login_decide(login, VERDICT_UNAVAILABLE, "store-unavailable");

	fault = login->result.verdict == VERDICT_UNAVAILABLE
		    ? store_fault(login->daemon->store)
		    : NULL;
	(void)snprintf(login->result.detail, sizeof(login->result.detail), "%s",
	    fault ? fault : strerror(-error));
}

/* ---- what the person reads ---- */

static const char *const words[VERDICT_COUNT] = {
    [VERDICT_DENY] = "Access refused.",
    [VERDICT_FORBIDDEN] = "Access refused.",
    [VERDICT_TRIES_USED] = "Access refused.",
    [VERDICT_UNAVAILABLE] =
	"Logins cannot be checked right now. Tell the administrator.",
    [VERDICT_CONFIG] =
	"Logins are not set up correctly here. Tell the administrator.",
    [VERDICT_NO_MEMORY] =
	"Logins cannot be checked right now. Tell the administrator.",
};

static void
login_finish(struct login *login, struct channel *channel)
{
	struct login_result *result = &login->result;
	const char *text =
	    result->text[0] ? result->text : words[result->verdict];
	bool is_error = result->verdict != VERDICT_ALLOW;
	char line[256];
	struct channel_verdict verdict = {
	    .verdict = result->verdict,
	    .user = login->request->user,
	    .reference = login->pending ? login->reference : NULL,
	    .text = text,
	    .is_error = is_error,
	};

	if (text && is_error) {
		(void)snprintf(line, sizeof(line), "%s (reference %.*s)", text,
		    AUDIT_REFERENCE_DIGITS, login->reference);
		verdict.text = line;
	}
	if (login->request->flags & PAM_BEGIN_SILENT)
		verdict.text = NULL;
	/* Before the answer leaves: account may come at once. */
	if (login->pending)
		pending_put(login->daemon->pending, TAKE(login->pending));
	(void)channel_finish(channel, &verdict); /* he may have gone */
}

static void
login_audit(const struct login *login)
{
	const struct login_request *request = login->request;
	char reference[AUDIT_REFERENCE_DIGITS + 1];
	struct audit_record record = {
	    .event = request->stage == PAM_STAGE_AUTH ? "login" : "account",
	    .verdict = login->result.verdict,
	    .reason = login->result.reason,
	    .user = request->user,
	    .user_is_unknown = !login->user_is_known && !login->user_is_proven,
	    .service = request->service,
	    .rhost = request->rhost,
	    .tty = request->tty,
	    .ruser = request->ruser,
	    .config = login->auth_config ? login->auth_config->id : NULL,
	    .factor = request->factor,
	    .device = login->result.device,
	    .detail = login->result.detail[0] ? login->result.detail : NULL,
	    .reference = reference,
	    .peer_uid = login->peer_uid,
	};

	(void)snprintf(reference, sizeof(reference), "%.*s",
	    AUDIT_REFERENCE_DIGITS, login->reference);
	audit_write(&record);
}

/* ---- one stage ---- */

static int
login_bind_pending(struct login *login)
{
	struct pending_login *pending = login->pending;

	if (!pending)
		return 0;
	(void)stpcpy(pending->reference, login->reference);
	pending->user = strdup(login->request->user);
	pending->service = strdup(login->request->service);
	pending->peer_uid = login->peer_uid;
	if (login->client)
		(void)stpcpy(pending->client, login->client->id); /* valid */
	return pending->user && pending->service ? 0 : -ENOMEM;
}

void
login_run(struct login *login)
{
	int r;

	r = random_hex(login->reference, PAM_REFERENCE_BYTES);
	if (r == 0)
		r = login_prepare(login);
	trace_prepared(login);
	if (r > 0)
		r = login->request->stage == PAM_STAGE_AUTH
			? factor_find(login->request->factor)->run(login)
			: account_login(login);
	if (r == 0)
		r = login_bind_pending(login);
	if (r < 0) {
		pending_login_free(TAKE(login->pending));
		decide_failure(login, r);
	}
	login_audit(login);
}

void
login_done(struct login *login)
{
	pending_login_free(TAKE(login->pending));
	person_free(TAKE(login->person));
	config_unref(TAKE(login->config));
}

static void
serve_request(const struct connection *connection, struct channel *channel,
    const struct login_request *request)
{
	const struct factor *factor = factor_find(request->factor);
	struct daemon *daemon = connection->context;
	struct login login = {
	    .daemon = daemon,
	    .request = request,
	    .peer_uid = connection->uid,
	    .work = channel->work,
	    .dialogue = {channel_ask, channel},
	};

	/* A second less than the module waits. */
	busy_work_init(channel->work, connection->fd,
	    (factor ? factor->cap_ms : PAM_TOTP_CAP_MS) - 1000);
	busy_enter(daemon->busy, channel->work);
	login_run(&login);
	busy_leave(daemon->busy, channel->work);
	login_finish(&login, channel);
	login_done(&login);
}

void
login_serve(const struct connection *connection)
{
	struct daemon *daemon = connection->context;
	struct login_request *request = calloc(1, sizeof(*request));
	struct channel *channel = calloc(1, sizeof(*channel));
	struct busy_work work;
	int r = request && channel ? 0 : -ENOMEM;

	if (r == 0) {
		channel->fd = connection->fd;
		channel->busy = daemon->busy;
		channel->work = &work;
		r = pam_frame_receive(connection->fd, &channel->frame,
		    stream_now_ms() + HEADER_DUE_MS, FRAME_DUE_MS);
	}
	if (r == 0)
		r = login_request_parse(&channel->frame, request);
	if (r == 0)
		serve_request(connection, channel, request);
	if (channel)
		channel_done(channel);
	free(channel);
	free(request);
}
