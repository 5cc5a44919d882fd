/*
 * The key set of one issuer, from its address: fetched by one thread at a time
 * and as seldom as token/refresh.h says, replaced whole and only by one with a
 * usable key, and kept in the store, so that a restart while the issuer is down
 * stops nobody. Any number of threads.
 */
#ifndef TOKEN_JWKS_SOURCE_H
#define TOKEN_JWKS_SOURCE_H

#include "base/secret.h"
#include "base/text.h"
#include "jose/jwks.h"

struct store;
struct jwks_source;

#define JWKS_SOURCE_WAITING_MAX 16 /* for a newer set, while one is in use */

/* Where to fetch from; copied. The set that lies in the store is used only for
 * the same three. */
struct jwks_place {
	const char *introspector; /* its id */
	const char *issuer;
	const char *address;
};

/* One asking: how the address is asked, and when. */
struct jwks_ask {
	/* 0: *ret_text is the body of a 2xx answer; < 0, and it has logged. */
	int (*fetch)(void *context, const char *address, int64_t deadline_ms,
	    struct secret **ret_text);
	void *context;
	int64_t now_ms, deadline_ms; /* monotonic */
	int64_t now_unix_s;
};

/* `store` is kept by reference. NULL: no memory. */
struct jwks_source *
jwks_source_new(struct store *store, const struct jwks_place *place);
struct jwks_source *jwks_source_ref(struct jwks_source *source);
void jwks_source_unref(struct jwks_source *source); /* NULL is fine */

bool jwks_source_is_at(
    const struct jwks_source *source, const struct jwks_place *place);

/* The set in use, for jwks_unref(); without one it is fetched, or waited for.
 * *ret_due: jwks_source_refresh() should be called, by somebody whom nobody
 * waits for. < 0: there is none, as `fetch` said or -ENOMSG, -EHOSTUNREACH,
 * -ETIMEDOUT. */
int jwks_source_get(struct jwks_source *source, const struct jwks_ask *ask,
    struct jwks **ret_set, bool *ret_due);

/* A token's key is not in `old`: is there a newer set? 1: *ret_set; 0: not now,
 * the token's key is unknown; < 0: the issuer cannot be asked. `kid` NULL: the
 * token has none. */
int jwks_source_renew(struct jwks_source *source, const struct jwks_ask *ask,
    const struct jwks *old, const char *kid, struct jwks **ret_set);

/* It is not in the renewed set either. */
void jwks_source_note_unknown(
    struct jwks_source *source, const char *kid, int64_t now_ms);

/* Fetch if it is time. 0: done, or not now; < 0 as above. */
int jwks_source_refresh(struct jwks_source *source, const struct jwks_ask *ask);

#endif
