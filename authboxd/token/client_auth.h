/*
 * How a request to an issuer's endpoint proves who we are: one form, for the
 * introspection, token, device authorization and revocation endpoints alike.
 * Pure: time and entropy are arguments.
 *
 *	client_secret_basic	RFC 6749 2.3.1: header, each part form-encoded
 *	client_secret_post	the same: in the form
 *	private_key_jwt		RFC 7523: an assertion that we sign
 *	tls_client_auth		RFC 8705: the certificate goes with the request
 *
 * token/endpoint.h sends what this makes.
 */
#ifndef TOKEN_CLIENT_AUTH_H
#define TOKEN_CLIENT_AUTH_H

#include "config/config.h"
#include "net/form.h"

#define CLIENT_AUTH_ASSERTION_S 120 /* for so long is an assertion good */
#define CLIENT_AUTH_JTI_DIGITS	32
#define CLIENT_AUTH_HEADERS_MAX 1
#define CLIENT_AUTH_FIELDS_MAX	16 /* of the caller's form */

struct client_request {
	struct secret *body; /* of type FORM_TYPE */
	/* None, or Authorization. */
	struct header headers[CLIENT_AUTH_HEADERS_MAX];
	size_t header_count;
	/* For TLS, in PEM; lent from the client_auth; NULL: none. */
	const struct secret *certificate, *private_key;
};

void client_request_done(struct client_request *request);

/* What a proof needs besides the configuration. */
struct client_auth_facts {
	/* Whom an assertion is for, see client_auth_get_audience(). */
	const char *audience;
	const char *jti; /* never used before; CLIENT_AUTH_JTI_DIGITS of them */
	int64_t now_unix_s;
	/* What the issuer's metadata say of this endpoint (RFC 8414 2):
	 * algorithms as bits of alg_bit(), 0: nothing; and that it takes a
	 * secret in the form alone, which decides for CLIENT_AUTH_SECRET. */
	uint32_t algs;
	bool secret_in_form;
};

/* The form of these fields (at most CLIENT_AUTH_FIELDS_MAX) with our proof.
 * `auth` NULL, or without a method: none, but a public client's `client_id`,
 * if it has an id. -ENOMEM; -EINVAL: the key cannot sign. */
int client_request_print(const struct client_auth *auth,
    const struct client_auth_facts *facts, const struct form_field fields[],
    size_t count, struct client_request *ret_request);

/* The same fields, and a whole header Authorization of the configuration. */
int client_request_print_authorized(const struct secret *authorization,
    const struct form_field fields[], size_t count,
    struct client_request *ret_request);

/* Whom an assertion shall be for: what is configured; else the issuer, since an
 * audience that the issuer's own metadata choose can be another issuer's
 * endpoint, which would then get an assertion that is good there; else, with no
 * issuer known, the token endpoint; else the address that is asked. All may be
 * NULL but the last. Lent. */
const char *client_auth_get_audience(const struct client_auth *auth,
    const char *issuer, const char *token_endpoint, const char *address);

#endif
