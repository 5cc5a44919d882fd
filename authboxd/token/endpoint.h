/*
 * The endpoints of an issuer: where each one is, and asking it as the client
 * that we are there. Any number of threads.
 *
 * An address is the one that the configuration gives: the introspector's own,
 * else its provider's. Where it gives none and the provider has an issuer, it
 * is the one that the issuer's metadata give (token/discovery.h), and so is
 * what it takes as a proof.
 */
#ifndef TOKEN_ENDPOINT_H
#define TOKEN_ENDPOINT_H

#include "net/form.h"
#include "token/issuer.h"
#include "token/metadata.h"

struct endpoints;
struct renewer;
struct store;

/* All are kept by reference. NULL: no memory. */
struct endpoints *endpoints_new(
    struct store *store, struct issuer_client *client, struct renewer *renewer);

/* The renewer is gone by then. NULL is fine. */
void endpoints_free(struct endpoints *endpoints);
CLEANUP_DEFINE(endpoints)

/* Whether the configuration gives it: then it is not looked up. */
bool endpoint_is_configured(const struct issuer *issuer, enum endpoint which);

/* Whether an address that was found is on another host than the issuer, and not
 * one that the configuration gives: it must then be a public one, so that no
 * issuer can turn us against the network that we are in. */
bool endpoint_is_elsewhere(const struct issuer *issuer, const char *address);

/* What is asked: all is lent. */
struct endpoint_question {
	struct config *config;
	struct issuer issuer;
	enum endpoint which;
	int64_t deadline_ms; /* monotonic */
};

/* The address of one. 0: *ret_address, malloc()ed; -EDESTADDRREQ, logged:
 * neither the configuration nor the issuer's metadata give it; < 0: the
 * metadata are needed and cannot be had, as issuer_exchange(), or -ENOMSG. */
int endpoint_find(struct endpoints *endpoints,
    const struct endpoint_question *question, char **ret_address);

/* POST a form with our proof of who we are: the introspector's client_auth,
 * else its provider's client. A failure is logged; 0: *ret_answer has a status
 * below 500 and a body to judge, for http_answer_done(); < 0 as above. */
int endpoint_post(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct form_field fields[],
    size_t count, struct http_answer *ret_answer);

/* The same where only one answer is good. 0: *ret_text is the body of one with
 * status 2xx; < 0, logged; -EACCES: the issuer does not know us. */
int endpoint_ask(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct form_field fields[],
    size_t count, struct secret **ret_text);

/* GET with headers, such as Authorization for ENDPOINT_USERINFO; as
 * endpoint_post(). */
int endpoint_get(struct endpoints *endpoints,
    const struct endpoint_question *question, const struct header headers[],
    size_t count, struct http_answer *ret_answer);

#endif
