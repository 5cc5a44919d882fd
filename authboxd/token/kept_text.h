/*
 * The last good text that an issuer published, as it lies in the store under
 * meta/KIND/ID: so that a restart while the issuer is down stops nobody.
 */
#ifndef TOKEN_KEPT_TEXT_H
#define TOKEN_KEPT_TEXT_H

#include <stdint.h>

#include "base/secret.h"

struct store;

/* Where it is from; what lies in the store is good for the very same alone. */
struct kept_place {
	const char *kind; /* a short word, part of the key */
	const char *id;	  /* of the resource that it is asked for */
	const char *issuer;
	const char *address;
};

/* One too large for the store is not kept: after a restart it is fetched before
 * the first login. Other failures are logged; none matters now. */
void kept_text_put(struct store *store, const struct kept_place *place,
    const struct secret *text, int64_t now_unix_s);

/* 1: *ret_text, and when it was fetched; 0: there is none for this place; < 0.
 */
int kept_text_find(struct store *store, const struct kept_place *place,
    struct secret **ret_text, int64_t *ret_fetched_unix_s);

#endif
