/*
 * Asking an issuer over HTTP, by way of authbox-fetch: the bounds of time and
 * size, the authorities and the breaker of each question. A failure is logged
 * here, once.
 */
#ifndef TOKEN_ISSUER_H
#define TOKEN_ISSUER_H

#include "config/config.h"
#include "net/http.h"

struct issuer_client;
struct troubles;

#define ISSUER_TIMEOUT_MS 5000

/* Whom a question goes to; all is lent from one snapshot. */
struct issuer {
	const struct token_introspector *introspector; /* NULL: none asks */
	const struct identity_provider *provider;      /* NULL: none is named */
};

static inline struct issuer
issuer_of_introspector(const struct token_introspector *introspector)
{
	return (struct issuer){introspector, introspector->identity_provider};
}

static inline struct issuer
issuer_of_provider(const struct identity_provider *provider)
{
	return (struct issuer){NULL, provider};
}

/* `fetch_socket` is kept by reference. NULL: no memory. */
struct issuer_client *issuer_client_new(const char *fetch_socket);
void issuer_client_free(struct issuer_client *client); /* NULL is fine */
CLEANUP_DEFINE(issuer_client)

/* What issuers did not answer lately, lent: failures are noted there. */
struct troubles *issuer_client_get_troubles(struct issuer_client *client);

/* For the log: kind and id of the resource that the question is asked for. */
const char *issuer_get_kind(const struct issuer *issuer);
const char *issuer_get_id(const struct issuer *issuer);

/* What `iss` of its tokens is, NULL: not known. Lent. */
const char *issuer_get_name(const struct issuer *issuer);

/* Send a request: the caller sets method, URL, headers, body and certificate,
 * and the types of answers where JSON is not what it expects; the rest is set
 * here. 0: *ret_answer has a status below 500, for
 * http_answer_done(). < 0: logged; -EHOSTUNREACH also while the breaker is
 * open, -EREMOTEIO for another status and other failures; never -EIO or
 * -EBADMSG, which are the store's. */
int issuer_exchange(struct issuer_client *client, const struct config *config,
    const struct issuer *issuer, struct http_request *request,
    int64_t deadline_ms, struct http_answer *ret_answer);

/* The body of an answer that must have a status 2xx; the rest of the answer is
 * done with. 0: *ret_text; < 0, logged: -EACCES: the issuer does not know us
 * (401, 403); -EREMOTEIO. */
int issuer_judge(struct issuer_client *client, const struct issuer *issuer,
    const char *address, struct http_answer *answer, struct secret **ret_text);

/* Both, for questions that have one good answer. */
int issuer_ask(struct issuer_client *client, const struct config *config,
    const struct issuer *issuer, struct http_request *request,
    int64_t deadline_ms, struct secret **ret_text);

#endif
