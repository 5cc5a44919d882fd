/* TokenIntrospector and IdentityProvider, each on its own: its keys are made
 * here. What concerns both is told by resolve.c. */
#include "config/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/headers.h"
#include "config/pem.h"
#include "config/resource.h"
#include "config/shape.h"
#include "config/tables.h"
#include "jose/certificate.h"
#include "jose/jwks.h"
#include "jose/signer.h"

/* Make a key, and say what is wrong or weak about it. */
static struct jwk *
make_key(struct report *report, unsigned line, const char *shown,
    const struct jwk_given *given)
{
	struct jwk *key = NULL;
	const char *why = "";
	int r = jwk_parse_given(given, &key, &why);

	if (r == -EINVAL)
		report_error(
		    report, line, shown, "the key cannot be used: %s", why);
	else if (r < 0)
		report->failure = r;
	if (r < 0)
		return NULL;

	why = jwk_get_weakness(key);
	if (why)
		report_note(report, line, shown,
		    "the key is weak: %s; take a better one", why);
	return key;
}

/* A secret as a text; NULL: it is none, and the report says so. */
static const char *
get_text(struct report *report, unsigned line, const char *shown,
    const struct secret *secret)
{
	if (strlen(secret->bytes) == secret->size)
		return secret->bytes;
	report_error(report, line, shown,
	    "holds a NUL byte; give the secret in base64url, with \"format: "
	    "base64url\"");
	return NULL;
}

void
check_introspector_key(
    struct report *report, unsigned line, const char *shown, void *object)
{
	struct introspector_key *key = object;
	struct jwk_given given = {
	    .pub = key->pub,
	    .kty = key->kty,
	    .alg = key->alg,
	    .format = key->format,
	    .kid = key->kid,
	};

	if (!key->k == !key->pub) {
		report_error(report, line, shown,
		    "must have either pub (a public key) or k (a secret)");
		return;
	}
	if (key->pub)
		pem_unfold(key->pub);
	if (key->k) {
		given.k = get_text(report, line, shown, key->k);
		if (!given.k)
			return;
	}
	key->key = make_key(report, line, shown, &given);
}

void
check_introspector_key_done(void *object)
{
	struct introspector_key *key = object;

	jwk_free(key->key);
}

static uint32_t
collect_algs(char *const *names)
{
	uint32_t bits = 0;

	for (; names && *names; names++)
		bits |= alg_bit(alg_find(*names)); /* their shape is alg */
	return bits;
}

/* Take a key over; one that can never serve is an error. */
static void
collect_key(struct report *report, unsigned line, const char *shown,
    uint32_t allowed, struct jwk **key, struct jwk **ret_key)
{
	if (*key && allowed && !(jwk_get_algs(*key) & allowed))
		report_error(report, line, shown,
		    "this key is for none of jwt.algs; add its algorithm "
		    "there, or remove the key");
	*ret_key = TAKE(*key);
}

static void
collect_keys(struct report *report, unsigned line,
    struct token_introspector *introspector, struct jwk **keys)
{
	uint32_t allowed = introspector->jwt_alg_bits;
	const struct secret *secret = introspector->given_secret;
	char shown[64];

	for (size_t i = 0; i < introspector->given_key_count; i++) {
		(void)snprintf(shown, sizeof(shown), "jwt.keys[%zu]", i);
		collect_key(report, line, shown, allowed,
		    &introspector->given_keys[i].key, &keys[i]);
	}
	if (secret) {
		struct jwk_given given = {
		    .k = get_text(report, line, "jwt.secret", secret),
		    .alg = "HS256",
		};
		AUTO(jwk) key = NULL;

		if (given.k)
			key = make_key(report, line, "jwt.secret", &given);
		collect_key(report, line, "jwt.secret", allowed, &key,
		    &keys[introspector->given_key_count]);
	}
}

static void
drop_given(struct token_introspector *introspector)
{
	secret_free(introspector->given_secret);
	introspector->given_secret = NULL;
	for (size_t i = 0; i < introspector->given_key_count; i++)
		resource_done(
		    &table_introspector_key, &introspector->given_keys[i]);
	free(introspector->given_keys);
	introspector->given_keys = NULL;
	introspector->given_key_count = 0;
}

static void
make_keys(struct report *report, unsigned line,
    struct token_introspector *introspector)
{
	size_t errors = report->to->error_count;
	size_t count = introspector->given_key_count +
		       (introspector->given_secret ? 1 : 0);
	struct jwk **keys = calloc(count + 1, sizeof(*keys));

	if (!keys) {
		report->failure = -ENOMEM;
		return;
	}
	collect_keys(report, line, introspector, keys);
	/* The table's max is far below what a set can hold. */
	if (report->to->error_count == errors && report->failure == 0 &&
	    jwks_new(keys, count, &introspector->jwt_keys) < 0)
		report->failure = -ENOMEM;
	for (size_t i = 0; i < count; i++)
		jwk_free(keys[i]);
	free(keys);
	drop_given(introspector);
}

void
check_introspector_done(void *object)
{
	struct token_introspector *introspector = object;

	jwks_unref(introspector->jwt_keys);
	introspector->jwt_keys = NULL;
}

/* The names that a client's fields have. */
struct client_fields {
	const char *id, *method, *secret, *private_key, *certificate;
};

static void
demand(struct report *report, unsigned line, const char *shown,
    const void *value, const char *what)
{
	if (!value)
		report_error(
		    report, line, shown, "is missing; %s needs it", what);
}

/* A certificate alone does not say what it is for, see check_client_auth(). */
static void
infer_method(struct client_auth *auth)
{
	if (auth->method != CLIENT_AUTH_NONE || auth->certificate)
		return;
	if (auth->private_key_pem)
		auth->method = CLIENT_AUTH_PRIVATE_KEY_JWT;
	else if (auth->secret)
		auth->method = CLIENT_AUTH_SECRET;
}

static void
check_client_key(struct report *report, unsigned line,
    const struct client_fields *fields, struct client_auth *auth)
{
	AUTO(signer) signer = NULL;
	const char *why = "";
	int r = 0;

	if (auth->private_key_pem) {
		pem_unfold(auth->private_key_pem->bytes);
		r = signer_parse(auth->private_key_pem, &signer, &why);
	}
	if (r == -EINVAL)
		report_error(report, line, fields->private_key, "%s", why);
	else if (r < 0)
		report->failure = r;
	if (!auth->certificate)
		return;
	pem_unfold(auth->certificate->bytes);
	if (signer &&
	    !certificate_is_of_key(auth->certificate, auth->private_key_pem))
		report_error(report, line, fields->certificate,
		    "is no certificate in PEM, or not one of the key in %s",
		    fields->private_key);
}

static void
check_client_auth(struct report *report, unsigned line,
    const struct client_fields *fields, struct client_auth *auth)
{
	static const char what[] = "this way of proving a name";

	infer_method(auth);
	switch (auth->method) {
	case CLIENT_AUTH_SECRET:
	case CLIENT_AUTH_BASIC:
	case CLIENT_AUTH_POST:
		demand(report, line, fields->secret, auth->secret, what);
		break;
	case CLIENT_AUTH_MTLS:
		demand(
		    report, line, fields->certificate, auth->certificate, what);
		demand(report, line, fields->private_key, auth->private_key_pem,
		    what);
		break;
	case CLIENT_AUTH_PRIVATE_KEY_JWT:
		demand(report, line, fields->private_key, auth->private_key_pem,
		    what);
		break;
	case CLIENT_AUTH_NONE:
		if (auth->certificate)
			report_error(report, line, fields->method,
			    "is missing; a certificate is shown in TLS, or "
			    "names the key of what is signed");
		break;
	}
	if (auth->secret && strlen(auth->secret->bytes) != auth->secret->size)
		report_error(report, line, fields->secret, "holds a NUL byte");
	check_client_key(report, line, fields, auth);
}

static void
check_authorization(struct report *report, unsigned line,
    const struct token_introspector *introspector)
{
	const struct secret *value = introspector->introspection_authorization;
	const char *shown = "introspection_endpoint.authorization";

	if (!value)
		return;
	if (strlen(value->bytes) != value->size ||
	    value->size > HEADERS_VALUE_BYTES_MAX ||
	    !shape_is_header_value(value->bytes))
		report_error(report, line, shown,
		    "is no value of a header; it must be one line of at most "
		    "%d bytes, like \"Bearer xxx\"",
		    HEADERS_VALUE_BYTES_MAX);
	if (introspector->client_auth.method != CLIENT_AUTH_NONE)
		report_error(report, line, shown,
		    "and client_auth exclude each other; remove one");
}

/* What stands there for tokens of the other type. */
static void
note_other_type(struct report *report, unsigned line,
    const struct token_introspector *introspector)
{
	bool is_jwt = introspector->type == INTROSPECTOR_JWT;
	const struct {
		const char *shown;
		bool given, for_jwt;
	} fields[] = {
	    {"jwks_uri", introspector->jwks_uri, true},
	    {"jwt.secret", introspector->given_secret, true},
	    {"jwt.keys", introspector->given_key_count > 0, true},
	    {"jwt.algs", introspector->jwt_algs, true},
	    {"jwt.typ", introspector->jwt_typ, true},
	    {"introspection_endpoint.url", introspector->introspection_url,
		false},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].given && fields[i].for_jwt != is_jwt)
			report_note(report, line, fields[i].shown,
			    "has no effect with \"type: %s\"",
			    is_jwt ? "jwt" : "opaque");
}

void
check_introspector(
    struct report *report, unsigned line, const char *shown, void *object)
{
	static const struct client_fields fields = {
	    .id = "client_auth.id",
	    .method = "client_auth.method",
	    .secret = "client_auth.secret",
	    .private_key = "client_auth.private_key",
	    .certificate = "client_auth.certificate",
	};
	struct token_introspector *introspector = object;

	(void)shown;
	note_other_type(report, line, introspector);
	check_client_auth(report, line, &fields, &introspector->client_auth);
	check_authorization(report, line, introspector);
	if (introspector->username.pattern && !introspector->username.claim)
		report_error(report, line, "username.claim",
		    "is missing; name the claim that the pattern is for");
	introspector->jwt_alg_bits = collect_algs(introspector->jwt_algs);
	if (introspector->given_key_count > 0 || introspector->given_secret)
		make_keys(report, line, introspector);
}

void
check_identity_provider(
    struct report *report, unsigned line, const char *shown, void *object)
{
	static const struct client_fields fields = {
	    .id = "client.id",
	    .method = "client.auth-method",
	    .secret = "client.secret",
	    .private_key = "client.private-key",
	    .certificate = "client.certificate",
	};
	struct identity_provider *provider = object;

	(void)shown;
	if (provider->issuer && strchr(provider->issuer, '?'))
		report_error(report, line, "issuer",
		    "must not have a part after ?, or its metadata cannot be "
		    "found (RFC 8414 2)");
	check_client_auth(report, line, &fields, &provider->client);
	if (provider->client.method != CLIENT_AUTH_NONE)
		demand(report, line, fields.id, provider->client.id,
		    "its secret or key");
	check_to_scim(report, line, provider);
}
