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

#define ISSUER_TIMEOUT_MS 5000

/* `fetch_socket` is kept by reference. NULL: no memory. */
struct issuer_client *issuer_client_new(const char *fetch_socket);
void issuer_client_free(struct issuer_client *client); /* NULL is fine */
CLEANUP_DEFINE(issuer_client)

/* Of both: the address that is configured, or that of the provider; lent; NULL:
 * there is none. */
const char *
issuer_get_jwks_address(const struct token_introspector *introspector);
const char *
issuer_get_introspection_address(const struct token_introspector *introspector);

/* Send a request for an introspector: the caller sets method, URL, headers and
 * body, the rest is set here. 0: *ret_text is the body of an answer with status
 * 2xx. < 0: logged; -EHOSTUNREACH also while the breaker is open, -EIO for
 * another status, -EACCES where the issuer does not know us (401, 403). */
int issuer_ask(struct issuer_client *client, const struct config *config,
    const struct token_introspector *introspector, struct http_request *request,
    int64_t deadline_ms, struct secret **ret_text);

#endif
