/*
 * A thread that renews what issuers published before anybody has to wait for
 * it.
 */
#ifndef TOKEN_RENEWER_H
#define TOKEN_RENEWER_H

#include "base/cleanup.h"

#define RENEWALS_MAX 64 /* that wait for the thread */

struct renewer;

struct renewal {
	const void *key; /* what is renewed: once is enough */
	void (*run)(void *context);
	void (*done)(void *context); /* frees it, whether or not it ran */
	void *context;
};

struct renewer *renewer_new(void); /* NULL: no memory, or no thread */

/* Waits for the renewal under way. NULL is fine. */
void renewer_free(struct renewer *renewer);
CLEANUP_DEFINE(renewer)

/* Takes the context. One that is waiting already, or one too many, is done with
 * at once: whoever needs it next will put it again. */
void renewer_put(struct renewer *renewer, const struct renewal *renewal);

#endif
