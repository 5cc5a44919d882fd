/* The key sets of all issuers, each with its source. */
#ifndef TOKEN_JWKS_SOURCES_H
#define TOKEN_JWKS_SOURCES_H

#include "config/config.h"
#include "jose/jwt.h"
#include "token/endpoint.h"

struct jwt_question;
struct published_kind;
struct renewer;
struct store;
struct jwks_sources;

/* A key set as what an issuer publishes (token/published.h). */
extern const struct published_kind jwks_sources_kind;

/* All are kept by reference. NULL: no memory. */
struct jwks_sources *
jwks_sources_new(struct store *store, struct issuer_client *client,
    struct endpoints *endpoints, struct renewer *renewer);

/* The renewer is gone by then. NULL is fine. */
void jwks_sources_free(struct jwks_sources *sources);
CLEANUP_DEFINE(jwks_sources)

/* Verify a JWT with the configured keys of its introspector and those that its
 * issuer publishes. 1: *ret_jwt; 0: *ret_why; < 0: the issuer's keys cannot be
 * had, or -ENOMEM. */
int jwks_sources_check(struct jwks_sources *sources, struct config *config,
    const struct jwt_question *question, int64_t deadline_ms,
    struct jwt **ret_jwt, const char **ret_why);

/* How often an issuer was asked. */
uint64_t jwks_sources_get_fetches(const struct jwks_sources *sources);

#endif
