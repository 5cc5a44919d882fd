/*
 * Opaque tokens: asked about at the issuer's introspection endpoint, once for
 * all who ask at the same time, and remembered for a while. What is remembered
 * is the issuer's answer, and it is checked anew each time.
 */
#ifndef TOKEN_OPAQUE_H
#define TOKEN_OPAQUE_H

#include "token/endpoint.h"
#include "token/introspection.h"

struct opaque;

#define OPAQUE_ENTRIES_MAX  2048
#define OPAQUE_ANSWER_BYTES 16384 /* longer ones are not remembered */
#define OPAQUE_NEGATIVE_MS  5000

/* `endpoints` is kept by reference. NULL: no memory. */
struct opaque *opaque_new(struct endpoints *endpoints);
void opaque_free(struct opaque *opaque); /* NULL is fine */

/* 0: *ret_introspection, and whether it was remembered; < 0: the issuer cannot
 * answer (-EBUSY: it is asked too much), or -ENOMEM. */
int opaque_check(struct opaque *opaque, struct config *config,
    const struct token_introspector *introspector, const char *token,
    int64_t deadline_ms, struct introspection *ret_introspection,
    bool *ret_remembered);

#endif
