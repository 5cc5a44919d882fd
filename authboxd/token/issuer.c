#include "token/issuer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/breaker.h"

#define WHY_BYTES 200

struct issuer_client {
	const char *fetch_socket;
	pthread_mutex_t lock;	/* of the breaker */
	struct breaker breaker; /* by introspector and address */
};

struct issuer_client *
issuer_client_new(const char *fetch_socket)
{
	struct issuer_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	(void)pthread_mutex_init(&client->lock, NULL); /* cannot fail */
	client->fetch_socket = fetch_socket;
	return client;
}

void
issuer_client_free(struct issuer_client *client)
{
	if (!client)
		return;
	(void)pthread_mutex_destroy(&client->lock);
	free(client);
}

const char *
issuer_get_jwks_address(const struct token_introspector *introspector)
{
	if (introspector->jwks_uri)
		return introspector->jwks_uri;
	return introspector->identity_provider
		   ? introspector->identity_provider->jwks_uri
		   : NULL;
}

const char *
issuer_get_introspection_address(const struct token_introspector *introspector)
{
	if (introspector->introspection_url)
		return introspector->introspection_url;
	return introspector->identity_provider
		   ? introspector->identity_provider->introspection_endpoint
		   : NULL;
}

/* ---- one question ---- */

static void
set_transport(struct http_request *request, const struct config *config,
    const struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;

	request->proxy = config->settings.http_proxy;
	request->ca = introspector->tls_ca;
	if (!request->ca && provider)
		request->ca = provider->tls_ca;
	if (!request->ca)
		request->ca = config->settings.http_ca;
	request->insecure =
	    introspector->insecure || (provider && provider->insecure);
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

/* The answer's status as a result, and why it is none to use. */
static int
judge_status(unsigned status, char ret_why[WHY_BYTES])
{
	if (status >= 200 && status < 300)
		return 0;
	if (status == 401 || status == 403) {
		(void)snprintf(ret_why, WHY_BYTES,
		    "it does not know us (status %u): check authorization or "
		    "client_auth",
		    status); /* fits */
		return -EACCES;
	}
	(void)snprintf(ret_why, WHY_BYTES, "it answered with status %u",
	    status); /* fits */
	return -EIO;
}

int
issuer_ask(struct issuer_client *client, const struct config *config,
    const struct token_introspector *introspector, struct http_request *request,
    int64_t deadline_ms, struct secret **ret_text)
{
	uint64_t key = text_hash(introspector->id) ^ text_hash(request->url);
	int64_t left_ms = deadline_ms - clock_monotonic_ms();
	struct http_answer answer = {0};
	char why[WHY_BYTES] = "";
	bool opened;
	int r;

	if (left_ms <= 0)
		return -ETIMEDOUT;
	if (!admit(client, key))
		return -EHOSTUNREACH;
	set_transport(request, config, introspector);
	request->timeout_ms =
	    left_ms < ISSUER_TIMEOUT_MS ? (unsigned)left_ms : ISSUER_TIMEOUT_MS;
	r = http_ask(client->fetch_socket, request, &answer, why, sizeof(why));
	/* One that refuses is there, which is all that the breaker asks. */
	opened = count_try(client, key, r == 0 && answer.status < 500);
	if (r == 0)
		r = judge_status(answer.status, why);
	if (r == 0)
		*ret_text = TAKE(answer.body);
	else
		log_warning("TokenIntrospector/%s: %s gave no answer: %s%s",
		    introspector->id, request->url, why,
		    opened ? "; it is left alone for a while" : "");
	http_answer_done(&answer);
	return r;
}
