/*
 * The metadata of issuers (token/metadata.h): asked for at the issuer by one
 * thread at a time and as seldom as token/refresh.h says, replaced only by good
 * ones, and kept in the store, so that a restart while an issuer is down stops
 * nobody. Any number of threads.
 */
#ifndef TOKEN_DISCOVERY_H
#define TOKEN_DISCOVERY_H

#include "token/issuer.h"
#include "token/metadata.h"

struct discovery;
struct renewer;
struct store;

/* All are kept by reference. NULL: no memory. */
struct discovery *discovery_new(
    struct store *store, struct issuer_client *client, struct renewer *renewer);

/* The renewer is gone by then. NULL is fine. */
void discovery_free(struct discovery *discovery);
CLEANUP_DEFINE(discovery)

/* The metadata of a provider's issuer, which it must have. 0: *ret_metadata,
 * for metadata_unref(); < 0: there are none, as issuer_exchange() said, or
 * -ENOMSG, -EHOSTUNREACH, -ETIMEDOUT, -ENOMEM; a failure was logged. */
int discovery_get(struct discovery *discovery, struct config *config,
    const struct identity_provider *provider, int64_t deadline_ms,
    struct metadata **ret_metadata);

#endif
