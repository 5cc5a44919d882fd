/*
 * A document that an issuer publishes, its keys or its metadata: fetched by one
 * thread at a time and as seldom as token/refresh.h says, replaced whole and
 * only by a good one, and kept in the store, so that a restart while the issuer
 * is down stops nobody. Any number of threads.
 */
#ifndef TOKEN_PUBLISHED_H
#define TOKEN_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"

struct store;
struct published;
struct troubles;

#define PUBLISHED_WAITING_MAX 16 /* for a newer one, while one is in use */

/* What kind of document; its functions are those of the parsed one, which is
 * immutable and counted. */
struct published_kind {
	const char *name;     /* in the store: kept_place.kind */
	const char *resource; /* the kind of the resource that it serves */
	const char *title;  /* in the log: "the TITLE of ADDRESS cannot ..." */
	const char *absent; /* why it cannot, where there is none */
	/* 0; -EINVAL: it is not good, *ret_why (static) says why; -ENOMEM. */
	int (*parse)(const char *text, size_t size, const char *issuer,
	    void **ret_document, const char **ret_why);
	void *(*ref)(void *document);
	void (*unref)(void *document); /* NULL is fine */
};

/* Where to fetch from; copied. What lies in the store is used only for the same
 * three. */
struct published_place {
	const char *id; /* of the resource */
	const char *issuer;
	const char *address;
};

/* One asking: how the address is asked, and when. */
struct published_ask {
	/* 0: *ret_text is the body of a 2xx answer, NULL: there is no such
	 * document; < 0, and it has logged. */
	int (*fetch)(void *context, const char *address, int64_t deadline_ms,
	    struct secret **ret_text);
	void *context;
	int64_t now_ms, deadline_ms; /* monotonic */
	int64_t now_unix_s;
	struct troubles *troubles; /* of who is asked; may be NULL */
};

/* `kind` and `store` are kept by reference. NULL: no memory. */
struct published *published_new(const struct published_kind *kind,
    struct store *store, const struct published_place *place);
struct published *published_ref(struct published *published);
void published_unref(struct published *published); /* NULL is fine */

/* Lent. */
const struct published_place *
published_get_place(const struct published *published);
bool published_is_at(
    const struct published *published, const struct published_place *place);

/* The document in use, for the kind's unref(); without one it is fetched, or
 * waited for. *ret_due: published_refresh() should be called, by somebody whom
 * nobody waits for. < 0: there is none, as `fetch` said or -ENOMSG,
 * -EHOSTUNREACH, -ETIMEDOUT. */
int published_get(struct published *published, const struct published_ask *ask,
    void **ret_document, bool *ret_due);

/* `sought` (a key id, or NULL) is not in `old`: is there a newer document? 1:
 * *ret_document; 0: not now, it is unknown; < 0: the issuer cannot be asked. */
int
published_renew(struct published *published, const struct published_ask *ask,
    const void *old, const char *sought, void **ret_document);

/* It is not in the renewed document either. */
void published_note_unknown(
    struct published *published, const char *sought, int64_t now_ms);

/* Fetch if it is time. 0: done, or not now; < 0 as above. */
int
published_refresh(struct published *published, const struct published_ask *ask);

#endif
