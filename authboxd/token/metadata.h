/*
 * What an issuer says about itself: OpenID Connect Discovery 1.0 3 and RFC 8414
 * 2, read into what is used of it: pure.
 *
 * The document comes by verified TLS from the issuer whose word is taken for
 * who may log in, so it may name endpoints on other hosts, as Google's does.
 * What it must not do is to turn us against hosts that are not its own: see
 * metadata_parse().
 */
#ifndef TOKEN_METADATA_H
#define TOKEN_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define METADATA_BYTES_MAX 65536

enum endpoint {
	ENDPOINT_JWKS = 0,
	ENDPOINT_INTROSPECTION,
	ENDPOINT_TOKEN,
	ENDPOINT_USERINFO,
	ENDPOINT_DEVICE_AUTHORIZATION,
	ENDPOINT_REVOCATION,
	ENDPOINT_COUNT,
};

/* As configuration and metadata call it. */
const char *metadata_get_name(enum endpoint which);

struct metadata;

/* Read a document. Its `issuer` must be `issuer`, byte by byte.
 *
 * An endpoint is used only if it is https, or of the same origin as the issuer;
 * on another host than the issuer's only under a name with a dot and at the
 * usual port. Any other is as if it were not there, but metadata_why_not() says
 * why.
 *
 * 0: *ret_metadata, with one reference; -EINVAL: it is not the issuer's, or no
 * such document, and *ret_why (static) says why; -ENOMEM. */
int metadata_parse(const char *text, size_t size, const char *issuer,
    struct metadata **ret_metadata, const char **ret_why);

struct metadata *metadata_ref(struct metadata *metadata);
void metadata_unref(struct metadata *metadata); /* NULL is fine */

static inline void
metadata_cleanup(struct metadata **metadata)
{
	metadata_unref(*metadata);
}

/* Of one endpoint. */
struct metadata_endpoint {
	const char *address; /* lent; NULL: none that may be used */
	const char *why_not; /* static; NULL: it is not named at all */
	/* Its client authentication (RFC 8414 2): a secret in the form alone,
	 * algorithms of assertions as bits of alg_bit(), 0: not said. */
	bool secret_in_form;
	uint32_t algs;
};

/* `mtls`: where clients with a certificate ask, if there is another place for
 * them (RFC 8705 5). */
void metadata_get(const struct metadata *metadata, enum endpoint which,
    bool mtls, struct metadata_endpoint *ret_endpoint);

/* Whether a good URL is on another host than the issuer. */
bool metadata_is_elsewhere(const char *issuer, const char *address);

/* Where the document of an issuer is: of OpenID Connect (4.1), and of RFC 8414
 * (3.1). malloc()ed; NULL: no memory. */
enum metadata_place { METADATA_OPENID, METADATA_OAUTH };
char *metadata_print_address(const char *issuer, enum metadata_place place);

#endif
