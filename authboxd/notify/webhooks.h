/*
 * Delivery of codes and notices by webhook, in the background: a bounded queue
 * and a few threads. The login never waits for it.
 */
#ifndef NOTIFY_WEBHOOKS_H
#define NOTIFY_WEBHOOKS_H

#include "config/config.h"
#include "notify/webhook_person.h"

#define WEBHOOK_QUEUE_MAX 256 /* waiting; more are refused, and logged */
#define WEBHOOK_THREADS	  4

struct troubles;
struct webhooks;

/* `fetch_socket` is kept by reference. Starts its threads. */
int webhooks_new(const char *fetch_socket, struct webhooks **ret_webhooks);

/* Drops what still waits, waits for what is under way (bounded by its timeout).
 */
void webhooks_free(struct webhooks *webhooks);
CLEANUP_DEFINE(webhooks)

/* Queue the delivery of a code, {"user": {…}, "token": "123456"}; copies
 * everything, holds `config`. 0, -EBUSY: the queue is full; -ENOENT: no webhook
 * configured; -ENOMEM. A delivery that failed on its way or by a 5xx answer is
 * tried once more after 1 s, then logged (without the token); a code is not
 * sent when it may have ceased to be good. While a receiver does not answer at
 * all, deliveries to it are dropped at once (net/breaker.h). */
int webhooks_send_code(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *code);

/* Queue a notice {"event", "user": {…}, "time"} where AidboxConfig says
 * webhook: that of `auth_config` (may be NULL), or the first one there is; else
 * it goes to the log. `event`: "enrolled", "disabled", "recovery-code-used",
 * "recovery-codes-replaced", "user-created". */
void webhooks_send_notice(struct webhooks *webhooks, struct config *config,
    const struct auth_config *auth_config, const struct webhook_person *person,
    const char *event);

/* Have one of the threads do work that may end in webhooks_send_code(), in its
 * turn. 0: `context` is given to `work` once, or to `drop` where this daemon
 * stops before. -EBUSY, -ENOMEM: it stays the caller's. */
int webhooks_run(struct webhooks *webhooks, void (*work)(void *context),
    void (*drop)(void *context), void *context);

/* Which receivers failed lately (net/troubles.h); lent. */
struct troubles *webhooks_get_troubles(struct webhooks *webhooks);

struct webhook_stats {
	uint64_t sent, failed, refused;
	unsigned waiting, under_way;
};
void webhooks_stats(struct webhooks *webhooks, struct webhook_stats *ret_stats);

#endif
