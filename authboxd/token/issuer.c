#include "token/issuer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/breaker.h"
#include "net/troubles.h"

#define WHY_BYTES 200

struct issuer_client {
	const char *fetch_socket;
	pthread_mutex_t lock;	/* of the breaker */
	struct breaker breaker; /* by key_of() */
	struct troubles *troubles;
};

void
issuer_client_free(struct issuer_client *client)
{
	if (!client)
		return;
	troubles_free(client->troubles);
	(void)pthread_mutex_destroy(&client->lock);
	free(client);
}

struct issuer_client *
issuer_client_new(const char *fetch_socket)
{
	struct issuer_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	(void)pthread_mutex_init(&client->lock, NULL); /* cannot fail */
	client->fetch_socket = fetch_socket;
	client->troubles = troubles_new();
	if (client->troubles)
		return client;
	issuer_client_free(client);
	return NULL;
}

struct troubles *
issuer_client_get_troubles(struct issuer_client *client)
{
	return client->troubles;
}

const char *
issuer_get_kind(const struct issuer *issuer)
{
	return issuer->introspector ? "TokenIntrospector" : "IdentityProvider";
}

const char *
issuer_get_id(const struct issuer *issuer)
{
	return issuer->introspector ? issuer->introspector->id
				    : issuer->provider->id;
}

const char *
issuer_get_name(const struct issuer *issuer)
{
	if (issuer->provider && issuer->provider->issuer)
		return issuer->provider->issuer;
	return issuer->introspector ? issuer->introspector->jwt_iss : NULL;
}

/* Whether http:// may be spoken with other hosts. */
static bool
is_insecure(const struct issuer *issuer)
{
	return (issuer->introspector && issuer->introspector->insecure) ||
	       (issuer->provider && issuer->provider->insecure);
}

/* ---- one question ---- */

static void
set_transport(struct http_request *request, const struct config *config,
    const struct issuer *issuer)
{
	static const char *const json[] = {"application/json", NULL};

	request->proxy = config->settings.http_proxy;
	request->ca =
	    issuer->introspector ? issuer->introspector->tls_ca : NULL;
	if (!request->ca && issuer->provider)
		request->ca = issuer->provider->tls_ca;
	if (!request->ca)
		request->ca = config->settings.http_ca;
	request->insecure = is_insecure(issuer);
	if (!request->answer_types)
		request->answer_types = json;
}

static bool
admit(struct issuer_client *client, uint64_t key)
{
	bool admitted;

	(void)pthread_mutex_lock(&client->lock);
	admitted = breaker_admit(&client->breaker, key, clock_monotonic_ms());
	(void)pthread_mutex_unlock(&client->lock);
	return admitted;
}

static bool
count_try(struct issuer_client *client, uint64_t key, bool good)
{
	bool opened;

	(void)pthread_mutex_lock(&client->lock);
	opened =
	    breaker_count(&client->breaker, key, good, clock_monotonic_ms());
	(void)pthread_mutex_unlock(&client->lock);
	return opened;
}

static uint64_t
key_of(const struct issuer *issuer, const char *address)
{
	return text_hash(issuer_get_id(issuer)) ^ text_hash(address);
}

/* In the log, and for whoever asks for the status. */
static void
tell_failure(struct issuer_client *client, const struct issuer *issuer,
    const char *address, const char *why, bool opened)
{
	char text[TROUBLE_TEXT_BYTES];

	(void)snprintf(text, sizeof(text), "%s/%s: %s gave no answer: %s",
	    issuer_get_kind(issuer), issuer_get_id(issuer), address,
	    why); /* cut where it does not fit */
	log_warning(
	    "%s%s", text, opened ? "; it is left alone for a while" : "");
	troubles_note(
	    client->troubles, key_of(issuer, address), clock_unix_s(), text);
}

static void
tell_status(struct issuer_client *client, const struct issuer *issuer,
    const char *address, unsigned status, bool opened)
{
	char why[WHY_BYTES];

	(void)snprintf(why, sizeof(why),
	    status == 401 || status == 403
		? "it does not know us (status %u): check authorization, "
		  "client_auth or client"
		: "it answered with status %u",
	    status); /* fits */
	tell_failure(client, issuer, address, why, opened);
}

int
issuer_exchange(struct issuer_client *client, const struct config *config,
    const struct issuer *issuer, struct http_request *request,
    int64_t deadline_ms, struct http_answer *ret_answer)
{
	uint64_t key = key_of(issuer, request->url);
	int64_t left_ms = deadline_ms - clock_monotonic_ms();
	struct http_answer answer = {0};
	char why[WHY_BYTES] = "";
	bool opened;
	int r;

	if (left_ms <= 0)
		return -ETIMEDOUT;
	if (!admit(client, key))
		return -EHOSTUNREACH;
	set_transport(request, config, issuer);
	request->timeout_ms =
	    left_ms < ISSUER_TIMEOUT_MS ? (unsigned)left_ms : ISSUER_TIMEOUT_MS;
	r = http_ask(client->fetch_socket, request, &answer, why, sizeof(why));
	/* One that refuses is there, which is all that the breaker asks. */
	opened = count_try(client, key, r == 0 && answer.status < 500);
	if (r < 0) {
		tell_failure(client, issuer, request->url, why, opened);
		if (r == -EPROTO && !request->ca)
			log_warning("%s/%s: if that certificate is of an "
				    "authority of your own, name its file in "
				    "tls.ca or in Settings.http.ca",
			    issuer_get_kind(issuer), issuer_get_id(issuer));
		return r == -EIO ? -EREMOTEIO : r;
	}
	if (answer.status >= 500) {
		tell_status(
		    client, issuer, request->url, answer.status, opened);
		http_answer_done(&answer);
		return -EREMOTEIO;
	}
	troubles_forget(client->troubles, key);
	*ret_answer = answer;
	return 0;
}

int
issuer_judge(struct issuer_client *client, const struct issuer *issuer,
    const char *address, struct http_answer *answer, struct secret **ret_text)
{
	unsigned status = answer->status;

	if (status >= 200 && status < 300)
		*ret_text = TAKE(answer->body);
	else
		tell_status(client, issuer, address, status, false);
	http_answer_done(answer);
	if (status >= 200 && status < 300)
		return 0;
	return status == 401 || status == 403 ? -EACCES : -EREMOTEIO;
}

int
issuer_ask(struct issuer_client *client, const struct config *config,
    const struct issuer *issuer, struct http_request *request,
    int64_t deadline_ms, struct secret **ret_text)
{
	struct http_answer answer = {0};
	int r;

	r = issuer_exchange(
	    client, config, issuer, request, deadline_ms, &answer);
	if (r < 0)
		return r;
	return issuer_judge(client, issuer, request->url, &answer, ret_text);
}
