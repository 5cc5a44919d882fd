#include "token/opaque.h"

#include <errno.h>
#include <stdio.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "token/digest.h"
#include "token/flight.h"

struct opaque {
	struct endpoints *endpoints;
	struct cache *answers;
	struct flights *flights;
};

struct opaque *
opaque_new(struct endpoints *endpoints)
{
	struct opaque *opaque = calloc(1, sizeof(*opaque));

	if (!opaque)
		return NULL;
	opaque->endpoints = endpoints;
	opaque->answers = cache_new(OPAQUE_ENTRIES_MAX, OPAQUE_ANSWER_BYTES);
	opaque->flights = flights_new();
	if (opaque->answers && opaque->flights)
		return opaque;
	opaque_free(opaque);
	return NULL;
}

void
opaque_free(struct opaque *opaque)
{
	if (!opaque)
		return;
	cache_free(opaque->answers);
	flights_free(opaque->flights);
	free(opaque);
}

/* An answer belongs to the configuration that it was asked for under. */
static int
make_key(const struct config *config,
    const struct token_introspector *introspector, const char *token,
    uint8_t ret_key[DIGEST_BYTES])
{
	char generation[24];
	const char *texts[] = {generation, introspector->id, token};

	(void)snprintf(generation, sizeof(generation), "%llu",
	    (unsigned long long)config->generation); /* fits */
	return digest_texts(texts, 3, ret_key);
}

/* 1; 0: nothing is remembered; < 0. */
static int
find_remembered(struct opaque *opaque,
    const struct token_introspector *introspector,
    const uint8_t key[DIGEST_BYTES], struct introspection *ret_introspection)
{
	AUTO(secret) text = NULL;
	int r;

	r = cache_find(opaque->answers, key, clock_monotonic_ms(), &text);
	if (r <= 0)
		return r;
	r = introspection_check(introspector, text->bytes, text->size,
	    clock_unix_s(), ret_introspection);
	return r < 0 ? r : 1;
}

static void
remember(struct opaque *opaque, const struct token_introspector *introspector,
    const uint8_t key[DIGEST_BYTES], const struct secret *text,
    const struct introspection *introspection)
{
	int64_t life_ms = OPAQUE_NEGATIVE_MS;

	if (introspection->is_active)
		life_ms = introspector->cache_ttl_s * INT64_C(1000);
	/* Without memory it is asked again. */
	(void)cache_put(
	    opaque->answers, key, text, clock_monotonic_ms() + life_ms);
}

static int
ask_issuer(struct opaque *opaque, struct config *config,
    const struct token_introspector *introspector, const char *token,
    int64_t deadline_ms, struct secret **ret_text)
{
	const struct endpoint_question question = {
	    .config = config,
	    .issuer = issuer_of_introspector(introspector),
	    .which = ENDPOINT_INTROSPECTION,
	    .deadline_ms = deadline_ms,
	};
	const struct form_field fields[] = {
	    {"token", token},
	    {"token_type_hint", "access_token"},
	};

	return endpoint_ask(opaque->endpoints, &question, fields, 2, ret_text);
}

static int
ask(struct opaque *opaque, struct config *config,
    const struct token_introspector *introspector, const char *token,
    const uint8_t key[DIGEST_BYTES], int64_t deadline_ms,
    struct introspection *ret_introspection)
{
	AUTO(secret) text = NULL;
	int r;

	r = ask_issuer(opaque, config, introspector, token, deadline_ms, &text);
	if (r < 0)
		return r;
	r = introspection_check(introspector, text->bytes, text->size,
	    clock_unix_s(), ret_introspection);
	if (r == 0)
		remember(opaque, introspector, key, text, ret_introspection);
	if (r != -EBADMSG)
		return r;
	/* A JWS begins so, and JSON never does. */
	log_warning("TokenIntrospector/%s: what its introspection endpoint "
		    "gave is %s",
	    introspector->id,
	    text_after(text->bytes, "eyJ")
		? "signed (RFC 9701), which is not supported: let the issuer "
		  "answer this client with plain JSON"
		: "no answer as in RFC 7662");
	return -ENOMSG; /* the other would be the store's */
}

int
opaque_check(struct opaque *opaque, struct config *config,
    const struct token_introspector *introspector, const char *token,
    int64_t deadline_ms, struct introspection *ret_introspection,
    bool *ret_remembered)
{
	uint8_t key[DIGEST_BYTES];
	int r;

	r = make_key(config, introspector, token, key);
	if (r < 0)
		return r;
	r = find_remembered(opaque, introspector, key, ret_introspection);
	*ret_remembered = r > 0;
	if (r != 0)
		return r < 0 ? r : 0;

	r = flights_join(opaque->flights, key, deadline_ms);
	if (r < 0)
		return r;
	if (r == 0) { /* somebody asked meanwhile */
		r = find_remembered(
		    opaque, introspector, key, ret_introspection);
		*ret_remembered = r > 0;
		return r > 0 ? 0 : r < 0 ? r : -EHOSTUNREACH;
	}
	/* It may have ended between the look and the join. */
	r = find_remembered(opaque, introspector, key, ret_introspection);
	*ret_remembered = r > 0;
	if (r == 0)
		r = ask(opaque, config, introspector, token, key, deadline_ms,
		    ret_introspection);
	flights_end(opaque->flights, key);
	return r < 0 ? r : 0;
}
