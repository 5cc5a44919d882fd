/*
 * A delivery is printed when it is queued, so that nothing of the caller's is
 * needed later but the configuration snapshot, which holds address and headers.
 * Its log lines name the AuthConfig, not the address: addresses hold secrets.
 */
#include "notify/webhooks.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "net/breaker.h"
#include "net/http.h"
#include "net/troubles.h"
#include "notify/webhook_message.h"

#define TRIES	       2
#define RETRY_MS       1000
#define NOTICE_LIFE_MS 300000
#define CODE_LIFE_S    120 /* nobody waits longer, however large the window */
#define WHAT_BYTES     160
#define WHY_BYTES      256

/* What waits in the queue: a message, or work. */
struct delivery {
	struct delivery *next;
	void (*work)(void *context), (*drop)(void *context);
	void *context; /* taken; NULL: it is a message */

	struct config *config;		       /* a reference */
	const struct auth_config *auth_config; /* lent from it */
	struct secret *body;
	int64_t expires_ms;
	char what[WHAT_BYTES]; /* for the log: "code for alice" */
};

struct webhooks {
	const char *fetch_socket;
	pthread_t threads[WEBHOOK_THREADS];
	unsigned thread_count;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool stopping;
	struct delivery *first, *last;
	struct webhook_stats stats;
	struct breaker breaker;

	struct troubles *troubles;
};

static void
delivery_free(struct delivery *delivery)
{
	if (!delivery)
		return;
	if (delivery->context)
		delivery->drop(delivery->context);
	secret_free(delivery->body);
	config_unref(delivery->config);
	free(delivery);
}
CLEANUP_DEFINE(delivery)

/* ---- what is sent ---- */

static int
post(const struct webhooks *webhooks, const struct delivery *delivery,
    unsigned timeout_ms, unsigned *ret_status, char ret_why[WHY_BYTES])
{
	const struct webhook *webhook =
	    &delivery->auth_config->two_factor.webhook;
	const struct settings *settings = &delivery->config->settings;
	struct http_request request = {
	    .method = "POST",
	    .url = webhook->endpoint,
	    .insecure = delivery->auth_config->insecure,
	    .content_type = "application/json",
	    .body = delivery->body->bytes,
	    .headers = webhook->headers,
	    .header_count = webhook->header_count,
	    .timeout_ms = timeout_ms,
	    .ignore_body = true,
	    .proxy = settings->http_proxy,
	    .ca = settings->http_ca,
	};
	struct http_answer answer = {0};
	int r;

	for (size_t i = 0; i < webhook->header_count; i++)
		if (strcasecmp(webhook->headers[i].name, "Content-Type") == 0)
			request.content_type = NULL;

	r = http_ask(
	    webhooks->fetch_socket, &request, &answer, ret_why, WHY_BYTES);
	if (r < 0)
		return r;
	*ret_status = answer.status;
	http_answer_done(&answer);
	(void)snprintf(ret_why, WHY_BYTES,
	    "the receiver answered with status %u", *ret_status); /* fits */
	return 0;
}

/* ---- delivering ---- */

enum outcome {
	OUTCOME_SENT,
	OUTCOME_REFUSED, /* another try would end the same way */
	OUTCOME_FAILED,
};

static enum outcome
try_once(const struct webhooks *webhooks, const struct delivery *delivery,
    char ret_why[WHY_BYTES])
{
	int64_t left_ms = delivery->expires_ms - clock_monotonic_ms();
	unsigned timeout_ms =
	    delivery->auth_config->two_factor.webhook.timeout_ms;
	unsigned status = 0;
	int r;

	if (left_ms <= 0) {
		(void)snprintf(ret_why, WHY_BYTES, "it came too late");
		return OUTCOME_REFUSED;
	}
	if (timeout_ms > HTTP_TIMEOUT_MS_MAX)
		timeout_ms = HTTP_TIMEOUT_MS_MAX;
	if (timeout_ms > left_ms)
		timeout_ms = (unsigned)left_ms;

	r = post(webhooks, delivery, timeout_ms, &status, ret_why);
	if (r == -EINVAL)
		return OUTCOME_REFUSED;
	if (r < 0 || status >= 500)
		return OUTCOME_FAILED;
	return status >= 200 && status < 300 ? OUTCOME_SENT : OUTCOME_REFUSED;
}

/* True: go on; false: this daemon stops. */
static bool
pause_before_retry(struct webhooks *webhooks)
{
	int64_t end_ms = clock_monotonic_ms() + RETRY_MS;
	struct timespec end = {
	    .tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};
	bool stopping;
	int r = 0;

	(void)pthread_mutex_lock(&webhooks->lock);
	while (!webhooks->stopping && r == 0)
		r = pthread_cond_clockwait(
		    &webhooks->changed, &webhooks->lock, CLOCK_MONOTONIC, &end);
	stopping = webhooks->stopping;
	(void)pthread_mutex_unlock(&webhooks->lock);
	return !stopping;
}

static bool
admit(struct webhooks *webhooks, uint64_t key)
{
	bool admitted;

	(void)pthread_mutex_lock(&webhooks->lock);
	admitted = breaker_admit(&webhooks->breaker, key, clock_monotonic_ms());
	(void)pthread_mutex_unlock(&webhooks->lock);
	return admitted;
}

/* A receiver that refuses is there, which is all that the breaker asks. */
static void
count_try(struct webhooks *webhooks, const struct delivery *delivery,
    uint64_t key, enum outcome outcome)
{
	bool opened;

	(void)pthread_mutex_lock(&webhooks->lock);
	opened = breaker_count(&webhooks->breaker, key,
	    outcome != OUTCOME_FAILED, clock_monotonic_ms());
	(void)pthread_mutex_unlock(&webhooks->lock);
	if (opened)
		log_error("webhook of AuthConfig/%s: %d failures in a row; "
			  "deliveries are dropped until it answers again",
		    delivery->auth_config->id, BREAKER_FAILURES);
}

/* Who gets what is in the log; the status says that a receiver fails. */
static void
tell_end(struct webhooks *webhooks, const struct delivery *delivery,
    uint64_t key, enum outcome outcome, const char *why)
{
	const char *id = delivery->auth_config->id;
	char text[TROUBLE_TEXT_BYTES];

	if (outcome == OUTCOME_SENT) {
		troubles_forget(webhooks->troubles, key);
		return;
	}
	log_warning("webhook of AuthConfig/%s: %s was not delivered: %s", id,
	    delivery->what, why);
	(void)snprintf(text, sizeof(text),
	    "webhook of AuthConfig/%s: nothing is delivered: %s", id,
	    why); /* fits */
	troubles_note(webhooks->troubles, key, clock_unix_s(), text);
}

static enum outcome
deliver(struct webhooks *webhooks, const struct delivery *delivery)
{
	const struct auth_config *auth_config = delivery->auth_config;
	uint64_t key = text_hash(auth_config->two_factor.webhook.endpoint);
	enum outcome outcome = OUTCOME_FAILED;
	char why[WHY_BYTES] = "its receiver does not answer";

	for (int i = 0; i < TRIES && outcome == OUTCOME_FAILED; i++) {
		if (i > 0 && !pause_before_retry(webhooks))
			break;
		if (!admit(webhooks, key)) {
			log_debug("webhook of AuthConfig/%s: %s was dropped",
			    auth_config->id, delivery->what);
			return OUTCOME_FAILED;
		}
		outcome = try_once(webhooks, delivery, why);
		count_try(webhooks, delivery, key, outcome);
	}
	tell_end(webhooks, delivery, key, outcome, why);
	return outcome;
}

/* The next delivery, the caller's. NULL: this daemon stops. */
static struct delivery *
take_next(struct webhooks *webhooks)
{
	struct delivery *delivery = NULL;

	(void)pthread_mutex_lock(&webhooks->lock);
	while (!webhooks->stopping && !webhooks->first)
		(void)pthread_cond_wait(&webhooks->changed, &webhooks->lock);
	if (!webhooks->stopping) {
		delivery = webhooks->first;
		webhooks->first = delivery->next;
		webhooks->stats.waiting--;
		webhooks->stats.under_way++;
	}
	(void)pthread_mutex_unlock(&webhooks->lock);
	return delivery;
}

static void *
webhooks_thread(void *argument)
{
	struct webhooks *webhooks = argument;
	struct delivery *delivery;

	while ((delivery = take_next(webhooks))) {
		bool is_message = !delivery->context, sent = false;

		if (is_message)
			sent = deliver(webhooks, delivery) == OUTCOME_SENT;
		else
			delivery->work(TAKE(delivery->context));
		delivery_free(delivery);
		(void)pthread_mutex_lock(&webhooks->lock);
		webhooks->stats.under_way--;
		webhooks->stats.sent += sent;
		webhooks->stats.failed += is_message && !sent;
		(void)pthread_mutex_unlock(&webhooks->lock);
	}
	return NULL;
}

/* ---- queueing ---- */

/* True: it was taken; false: the queue is full. */
static bool
put_last(struct webhooks *webhooks, struct delivery *delivery)
{
	bool full;

	(void)pthread_mutex_lock(&webhooks->lock);
	full = webhooks->stats.waiting >= WEBHOOK_QUEUE_MAX;
	if (full) {
		webhooks->stats.refused++;
	} else {
		if (webhooks->first)
			webhooks->last->next = delivery;
		else
			webhooks->first = delivery;
		webhooks->last = delivery;
		webhooks->stats.waiting++;
		(void)pthread_cond_broadcast(&webhooks->changed);
	}
	(void)pthread_mutex_unlock(&webhooks->lock);
	return !full;
}

int
webhooks_run(struct webhooks *webhooks, void (*work)(void *context),
    void (*drop)(void *context), void *context)
{
	AUTO(delivery) delivery = calloc(1, sizeof(*delivery));

	if (!delivery)
		return -ENOMEM;
	delivery->work = work;
	delivery->drop = drop;
	delivery->context = context;
	if (put_last(webhooks, delivery)) {
		(void)TAKE(delivery);
		return 0;
	}
	delivery->context = NULL; /* stays the caller's */
	return -EBUSY;
}

/* Queue a message, which becomes the delivery's body; `life_ms` from now. */
static int
enqueue(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const cJSON *message,
    const char *what, const char *user, int64_t life_ms)
{
	AUTO(delivery) delivery = calloc(1, sizeof(*delivery));
	char name[WHAT_BYTES / 2];

	if (!delivery)
		return -ENOMEM;
	delivery->body = json_print(message);
	if (!delivery->body)
		return -ENOMEM;
	delivery->config = config_ref(config);
	delivery->auth_config = auth_config;
	delivery->expires_ms = clock_monotonic_ms() + life_ms;
	text_copy_for_log(user, name, sizeof(name));
	(void)snprintf(delivery->what, sizeof(delivery->what), "%s for %s",
	    what, name); /* may cut */

	if (put_last(webhooks, delivery)) {
		(void)TAKE(delivery);
		return 0;
	}
	log_warning("webhook of AuthConfig/%s: %s was refused: %d deliveries "
		    "wait already",
	    auth_config->id, delivery->what, WEBHOOK_QUEUE_MAX);
	return -EBUSY;
}

/* How long a code that was made just now is good for certain: its step may be
 * at its end already, and the past codes follow. */
static int64_t
code_life_ms(const struct two_factor *two_factor)
{
	unsigned steps = two_factor->past_codes ? two_factor->past_codes : 1;
	unsigned life_s = steps * two_factor->period_s;

	return (life_s < CODE_LIFE_S ? life_s : CODE_LIFE_S) * INT64_C(1000);
}

int
webhooks_send_code(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *code)
{
	AUTO_JSON message = NULL;

	if (!auth_config || !auth_config->two_factor.webhook.endpoint)
		return -ENOENT;
	message = webhook_message_new(person);
	if (!message || !cJSON_AddStringToObject(message, "token", code))
		return -ENOMEM;
	return enqueue(webhooks, config, auth_config, message, "code",
	    person->id, code_life_ms(&auth_config->two_factor));
}

static int
send_notice(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *event)
{
	AUTO_JSON message = webhook_message_new(person);
	time_t now = (time_t)clock_unix_s();
	struct tm utc;
	char text[32], what[64];

	if (!gmtime_r(&now, &utc) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return -ERANGE;
	if (!message || !cJSON_AddStringToObject(message, "event", event) ||
	    !cJSON_AddStringToObject(message, "time", text))
		return -ENOMEM;
	(void)snprintf(
	    what, sizeof(what), "notice \"%s\"", event); /* may cut */
	return enqueue(webhooks, config, auth_config, message, what, person->id,
	    NOTICE_LIFE_MS);
}

/* `auth_config` when it has a webhook, else any that has; NULL: none has. */
static const struct auth_config *
find_webhook(const struct config *config, const struct auth_config *auth_config)
{
	if (auth_config && auth_config->two_factor.webhook.endpoint)
		return auth_config;
	for (size_t i = 0; i < config->auth_config_count; i++)
		if (config->auth_configs[i].two_factor.webhook.endpoint)
			return &config->auth_configs[i];
	return NULL;
}

void
webhooks_send_notice(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *event)
{
	char name[USER_NAME_BYTES_MAX + 1];

	auth_config = config->notices == NOTICE_WEBHOOK
			  ? find_webhook(config, auth_config)
			  : NULL;
	if (auth_config &&
	    send_notice(webhooks, config, auth_config, person, event) == 0)
		return;
	text_copy_for_log(person->id, name, sizeof(name));
	log_notice("notice: %s: %s", name, event);
}

/* ---- the whole ---- */

int
webhooks_new(const char *fetch_socket, struct webhooks **ret_webhooks)
{
	AUTO(webhooks) webhooks = calloc(1, sizeof(*webhooks));
	int r;

	if (!webhooks)
		return -ENOMEM;
	webhooks->fetch_socket = fetch_socket;
	(void)pthread_mutex_init(&webhooks->lock, NULL); /* cannot fail */
	(void)pthread_cond_init(&webhooks->changed, NULL);
	webhooks->troubles = troubles_new();
	if (!webhooks->troubles)
		return -ENOMEM;
	for (; webhooks->thread_count < WEBHOOK_THREADS;
	     webhooks->thread_count++) {
		r = pthread_create(&webhooks->threads[webhooks->thread_count],
		    NULL, webhooks_thread, webhooks);
		if (r != 0)
			return -r;
	}
	*ret_webhooks = TAKE(webhooks);
	return 0;
}

void
webhooks_free(struct webhooks *webhooks)
{
	struct delivery *next;

	if (!webhooks)
		return;
	(void)pthread_mutex_lock(&webhooks->lock);
	webhooks->stopping = true;
	(void)pthread_cond_broadcast(&webhooks->changed);
	(void)pthread_mutex_unlock(&webhooks->lock);
	for (unsigned i = 0; i < webhooks->thread_count; i++)
		(void)pthread_join(webhooks->threads[i], NULL);

	for (struct delivery *d = webhooks->first; d; d = next) {
		next = d->next;
		delivery_free(d);
	}
	troubles_free(webhooks->troubles);
	(void)pthread_cond_destroy(&webhooks->changed);
	(void)pthread_mutex_destroy(&webhooks->lock);
	free(webhooks);
}

struct troubles *
webhooks_get_troubles(struct webhooks *webhooks)
{
	return webhooks->troubles;
}

void
webhooks_stats(struct webhooks *webhooks, struct webhook_stats *ret_stats)
{
	(void)pthread_mutex_lock(&webhooks->lock);
	*ret_stats = webhooks->stats;
	(void)pthread_mutex_unlock(&webhooks->lock);
}
