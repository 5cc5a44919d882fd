/* IdentityProvider: who issues tokens, and where it answers. */
#include "config/check.h"
#include "config/tables.h"

static const struct field_word method_words[] = {
    {"symmetric", CLIENT_AUTH_SECRET},
    {"asymmetric", CLIENT_AUTH_PRIVATE_KEY_JWT}, {"basic", CLIENT_AUTH_BASIC},
    {"post", CLIENT_AUTH_POST}, {"mtls", CLIENT_AUTH_MTLS}, {NULL, 0}};

static const struct field_word source_words[] = {
    {"id-token", USERINFO_ID_TOKEN}, {"userinfo-endpoint", USERINFO_ENDPOINT},
    {NULL, 0}};

#define ENDPOINT(name, text)                                                   \
	{                                                                      \
		.path = #name, .type = FIELD_URL, AT(identity_provider, name), \
		.help = (text),                                                \
	}

#define LATER_ENDPOINT(name, text)                                             \
	{                                                                      \
		.path = #name, .type = FIELD_URL, .later = true,               \
		AT(identity_provider, name), .help = (text),                   \
	}

#define IGNORED(name, text)                                                    \
	{                                                                      \
		.path = (name), .type = FIELD_IGNORED, .help = (text),         \
	}

static const struct field identity_provider_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	.required = true,
	AT(identity_provider, id),
	.help = "The name that a TokenIntrospector refers to.",
    },
    {
	.path = "active",
	.type = FIELD_BOOLEAN,
	AT(identity_provider, active),
	.fallback = "true",
	.help = "If false, none of its tokens is good.",
    },
    {
	.path = "title",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(identity_provider, title),
	.help = "A name for people.",
    },
    {
	.path = "system",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(identity_provider, system),
	.fallback_note = "the issuer",
	.help = "Stands in the identifier of a user created from it.",
    },
    {
	.path = "issuer",
	.type = FIELD_URL,
	AT(identity_provider, issuer),
	.help = "As in iss; what is not given below is asked there.",
    },
    ENDPOINT(jwks_uri, "Where it publishes its keys."),
    ENDPOINT(introspection_endpoint, "Where it tells about opaque tokens."),
    ENDPOINT(token_endpoint, "Where it issues tokens."),
    LATER_ENDPOINT(revocation_endpoint, "Where it takes tokens back."),
    ENDPOINT(userinfo_endpoint, "Where it tells about a user."),
    LATER_ENDPOINT(authorize_endpoint, "Where its web login begins."),
    ENDPOINT(device_authorization_endpoint, "Where its device login begins."),
    {
	.path = "userinfo-source",
	.type = FIELD_CHOICE,
	.words = source_words,
	AT(identity_provider, userinfo_source),
	.fallback = "userinfo-endpoint",
	.help = "Where a new user's data come from.",
    },
    {
	.path = "userinfo_header",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(identity_provider, userinfo_header),
	.fallback = "Authorization: Bearer",
	.help = "The header that carries the token there.",
    },
    {
	.path = "scopes",
	.type = FIELD_TEXTS,
	.shape = &shape_line,
	.max = 64,
	.fallback_note = "openid",
	AT(identity_provider, scopes),
	.help = "What a device login asks for.",
    },
    {
	.path = "client.id",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(identity_provider, client.id),
	.help = "The name that authboxd has there.",
    },
    {
	.path = "client.auth-method",
	.type = FIELD_CHOICE,
	.words = method_words,
	AT(identity_provider, client.method),
	.fallback_note = "by the rest",
	.help = "By the secret, by what the key signs, or in TLS.",
    },
    {
	.path = "client.secret",
	.type = FIELD_SECRET,
	AT(identity_provider, client.secret),
	.help = "What authboxd proves its name with there.",
    },
    {
	.path = "client.private-key",
	.type = FIELD_SECRET,
	AT(identity_provider, client.private_key_pem),
	.help = "The same: a private key in PEM.",
    },
    {
	.path = "client.certificate",
	.type = FIELD_SECRET,
	.is_public = true,
	AT(identity_provider, client.certificate),
	.help = "Of this key; mtls shows it, asymmetric names it.",
    },
    {
	.path = "client.audience",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(identity_provider, client.audience),
	.fallback_note = "the issuer",
	.help = "Whom what is signed for asymmetric is for.",
    },
    {
	.path = "kid",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(identity_provider, client.kid),
	.help = "The name that the provider knows this key by.",
    },
    {
	.path = "toScim",
	.type = FIELD_JSON,
	AT(identity_provider, to_scim),
	.help = "For a claim, the path of the user's attribute: [NAME].",
    },
    {
	.path = "tls.ca",
	.type = FIELD_TEXT,
	.shape = &shape_path,
	AT(identity_provider, tls_ca),
	.fallback_note = "http.ca of Settings",
	.help = "PEM file of the authorities that are trusted instead.",
    },
    {
	.path = "insecure",
	.type = FIELD_BOOLEAN,
	AT(identity_provider, insecure),
	.fallback = "false",
	.help = "Allow http:// URLs to other hosts in this resource.",
    },
    IGNORED("type", "The provider's make."),
    IGNORED("base_url", "Of web logins."),
    IGNORED("registration_endpoint", "Of web logins."),
    IGNORED("organizations", "Of web logins."),
    IGNORED("team_id", "Of web logins."),
    IGNORED("isScim", "Of web logins."),
    IGNORED("isEmailUniqueness", "Of web logins."),
    IGNORED("client.redirect_uri", "Of web logins."),
    IGNORED("client.certificate-thumbprint", "Give client.certificate."),
    IGNORED("client.creds-ts", "When the key was made."),
};

const struct table table_identity_provider = {
    FIELDS(identity_provider_fields),
    .size = sizeof(struct identity_provider),
    .check = check_identity_provider,
};
